/**
 * The answers of the admin API, one per entry of its table; the server around them checks rights and shapes.
 *
 * @module
 */
import { encodeBytes, parseBytes, signedDocument, type SignedDocument } from '@lunarx/core/document'
import { LunarError } from '@lunarx/core/model'
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
    readEpoch: async () => {
      const newest = newestEpoch()
      return { epoch: newest ? textOfDocument(newest) : null }
    },
    announceEpoch: async ({ epoch }) => ({ number: await takeEpoch(documentOfText(epoch)) }),
  }
}

const textOfDocument = ({ body, signature }: SignedDocument): string => Buffer.from(encodeBytes({ body, signature })).toString('base64')

/** @throws {LunarError} BAD_MESSAGE */
function documentOfText(text: string): SignedDocument {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new LunarError('BAD_MESSAGE', 'an epoch is not base64')
  return parseBytes(signedDocument, new Uint8Array(Buffer.from(text, 'base64')))
}
