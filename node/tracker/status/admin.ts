/**
 * The answers of the admin API, one per entry of its table; the server around them checks rights and shapes.
 *
 * @module
 */
import { documentOfText, textOfDocument, type SignedDocument } from '@lunarx/core/document'
import type { ADMIN, TrackerStatus } from '@lunarx/wire'
import type { z } from 'zod'
import type { Fleet } from '../fleet/index.ts'

/** One function per entry of the ADMIN table. */
export type AdminRoutes = {
  readonly [K in keyof typeof ADMIN]: (request: z.infer<(typeof ADMIN)[K]['request']>) => Promise<z.infer<(typeof ADMIN)[K]['response']>>
}

export interface AdminDeps {
  readonly fleet: Fleet
  readonly readStatus: () => TrackerStatus
  readonly newestEpoch: () => SignedDocument | undefined
  readonly takeEpoch: (document: SignedDocument) => Promise<number>
  readonly declareLost: (peer: string, reason: string) => Promise<void>
}

export function adminRoutes({ fleet, readStatus, newestEpoch, takeEpoch, declareLost }: AdminDeps): AdminRoutes {
  return {
    status: async () => readStatus(),
    declareLost: async ({ peer, reason }) => {
      await declareLost(peer, reason)
      return { peer, state: fleet.standing(peer)?.state ?? 'lost' }
    },
    drain: async ({ peer }) => ({ peer, drain: await fleet.orderDrain(peer, true) }),
    undrain: async ({ peer }) => ({ peer, drain: await fleet.orderDrain(peer, false) }),
    retire: async ({ peer, reason }) => {
      await fleet.declareLost(peer, reason, true)
      return { peer, state: fleet.standing(peer)?.state ?? 'lost' }
    },
    readEpoch: async () => {
      const newest = newestEpoch()
      return { epoch: newest ? textOfDocument(newest) : null }
    },
    announceEpoch: async ({ epoch }) => ({ number: await takeEpoch(documentOfText(epoch)) }),
  }
}
