/**
 * The answers of the admin API, one per entry of its table; the server around them checks rights and shapes.
 *
 * @module
 */
import { documentOfText, textOfBytes, textOfDocument, type SignedDocument } from '@lunarx/core/document'
import { bytesOfHex, LunarError } from '@lunarx/core/model'
import type { ADMIN, TrackerStatus } from '@lunarx/wire'
import type { z } from 'zod'
import { convictionHeadOf, headOf, type Audits, type Standings } from '../audit/index.ts'
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
  readonly standings: Standings
  /** Undefined: nothing is audited. */
  readonly audits: Pick<Audits, 'beacon' | 'convictions' | 'orders' | 'transcripts'> | undefined
}

export function adminRoutes({ fleet, readStatus, newestEpoch, takeEpoch, declareLost, standings, audits }: AdminDeps): AdminRoutes {
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
    maintenance: async ({ peer, forMs }) => {
      if (!fleet.standing(peer)) throw new LunarError('UNKNOWN_PEER', 'this tracker has never heard of the provider', { detail: { peer } })
      await standings.setMaintenance(peer, forMs)
      return { peer, maintenanceLeftMs: standings.maintenanceLeftMs(peer) }
    },
    orderAudit: async ({ peer, id }) => {
      if (!audits) throw new LunarError('UNKNOWN_EXCHANGE', 'providers of this network are not audited')
      return { peer, order: audits.orders.take(peer, id) }
    },
    listTranscripts: async () => ({
      transcripts: (audits?.transcripts.list() ?? []).map(headOf),
      convictions: (audits?.convictions.kept.list() ?? []).map(convictionHeadOf),
    }),
    readTranscript: async ({ id }) => {
      const named = bytesOfHex(id)
      const transcript = (await audits?.transcripts.read(named)) ?? (await audits?.convictions.kept.read(named))
      return { transcript: transcript ? textOfBytes(transcript) : null }
    },
    readBeacon: async ({ round }) => {
      const proof = await audits?.beacon.proofOf(round)
      return { proof: proof ? textOfBytes(proof) : null }
    },
    readEpoch: async () => {
      const newest = newestEpoch()
      return { epoch: newest ? textOfDocument(newest) : null }
    },
    announceEpoch: async ({ epoch }) => ({ number: await takeEpoch(documentOfText(epoch)) }),
  }
}
