/**
 * The admin API of trackers: HTTPS on port 4443, mutual TLS by network credentials, JSON. Operator rights where stated; the rest
 * is open to every credential of the network. OpenAPI is generated from this table and served at `GET /v1/openapi.json`.
 *
 * The caller's TLS certificate carries its peer id (libp2p certificate extension); its credential comes in the header
 * `lunarx-credential` (base64url of the DAG-CBOR signed document).
 *
 * @module
 */
import { EVIDENCE_BYTES, slotNumber, verdictWord } from '@lunarx/core/audit'
import { auditConfigSchema } from '@lunarx/core/membership'
import { count, LIMITS, name, peerAddress, peerId, timeMs } from '@lunarx/core/model'
import { z } from 'zod'
import { drainOrder } from './drain.ts'
import { storeId } from './store-id.ts'

export const CREDENTIAL_HEADER = 'lunarx-credential'

export const providerState = z.enum(['alive', 'suspect', 'lost'])

/** How far a provider is drained, as one tracker sees it. Sums over trackers count every shard once. */
export const drainProgress = z.object({
  /** Of the order. */
  revision: count,
  /** Shards that this tracker answers for and that no provider that stays holds by the placement rule, and their bytes. */
  shards: count,
  bytes: count,
  /** At the measured rate, everything that comes before included; null: nothing left, or nothing measured yet. */
  etaMs: count.nullable(),
  /** It is in no epoch in force, and every member of that has taken over what it had. */
  rowsMoved: z.boolean(),
  /**
   * As far as this tracker knows all of it: the provider takes nothing new, nothing is reserved with it, and neither a shard nor a row
   * is left that only it holds. To be believed when trackers of every set say so.
   */
  isDrained: z.boolean(),
})
export type DrainProgress = z.infer<typeof drainProgress>

export const fleetProvider = z.object({
  peer: peerId,
  name,
  domain: z.string().max(253),
  /** Zone of its node; '': it has none. Unset: the tracker does not say. */
  zone: z.string().max(253).optional(),
  /** Backing store that it may share with others (see the heartbeat, and STORE_KEY of credentials); null: a volume of its own. */
  store: storeId.nullable(),
  address: peerAddress,
  state: providerState,
  /** Declared lost for certain. */
  declaredLost: z.boolean(),
  /** It was drained and removed on purpose; it counts as declared lost, and is no alarm. */
  retired: z.boolean(),
  /** null: it is not to be drained. */
  drain: drainProgress.nullable(),
  silentMs: count.nullable(),
  services: z.array(z.enum(['storage', 'index'])),
  capacityBytes: count,
  usedBytes: count,
  reservedBytes: count,
  shards: count,
  epoch: count,
  mergedEpoch: count,
})
export type FleetProvider = z.infer<typeof fleetProvider>

/** Sets that this tracker is the first live ring owner of, so that sums over trackers count each set once. */
export const setsByMargin = z.object({
  /** margin (healthy − k) → sets; "lost" for fewer than k. */
  margin: z.record(z.string(), count),
  /** Sets below full redundancy. */
  degraded: count,
  /** Shards still to be rebuilt, and their bytes. */
  backlogShards: count,
  backlogBytes: count,
  /** At the measured repair rate; null: no backlog, or nothing measured yet. */
  etaMs: count.nullable(),
  /** Shards rebuilt since the start of the process. */
  repairedShards: count,
  /** What this tracker rebuilt in a second with work at hand, of late; at least 1. Unset: nothing was measured, or the tracker does not say. */
  rebuiltBytesPerSecond: count.min(1).optional(),
})
export type SetsByMargin = z.infer<typeof setsByMargin>

/** Whoever works on a provider for longer says so again: what nobody takes back ends by itself. */
export const MAX_MAINTENANCE_MS = 24 * 3_600_000

/** Names an order to audit: whoever gives it chooses; one that is given again is no other. */
export const auditOrderId = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/)

/** An order to audit one provider at once, as far as this tracker carries it out. */
export const auditOrder = z.object({
  id: auditOrderId,
  /** Leaves that this tracker asks for at most; fewer where the provider holds nothing that is known here, or is silent. */
  leaves: count,
  /** What came of those that it has asked for. */
  verdicts: z.object({ proved: count, disproved: count, lost: count, silent: count }),
  /** Nothing is asked for it any more. */
  isOver: z.boolean(),
})
export type AuditOrder = z.infer<typeof auditOrder>

/** That rows stay missing at a provider which others of their partitions have shown. */
export const rowsLacking = z.object({
  sinceMs: timeMs,
  /** Those that show it, of which it is asked until it has proved them for long enough. */
  rows: count,
  /** For so long it has proved them all, and for so long it has to before it does not lack rows any more. */
  provedForMs: count,
  provingMs: count,
})
export type RowsLacking = z.infer<typeof rowsLacking>

/** What audits found of one provider, as one tracker sees it; its draws are this tracker's since its start. */
export const providerAudit = z.object({
  peer: peerId,
  standing: z.object({
    state: z.enum(['vetting', 'trusted', 'suspended', 'expelled']),
    reason: z.string().max(200),
    sinceMs: timeMs,
    /** What its next answer is expected to be, 0 … 1. */
    score: z.number(),
  }),
  /** Declared by the operator: it is not audited. */
  maintenance: z.boolean(),
  /** Of the maintenance that was declared, milliseconds; 0: it is in none. Unset: the tracker knows no maintenance with an end. */
  maintenanceLeftMs: count.optional(),
  draws: z.object({ proved: count, disproved: count, lost: count, silent: count }),
  /** Leaves that it proved to this tracker within the time of the promise. Sums over trackers say how far the promise is kept. */
  provedLately: count,
  /** Rows that it was asked for, and those that it lacks while others have them. Unset: the tracker audits no rows. */
  rows: z
    .object({
      proved: count,
      disproved: count,
      lost: count,
      silent: count,
      contained: count,
      missing: count,
      /** Unset: this tracker has not found that it lacks rows, or does not say. */
      lacking: rowsLacking.optional(),
    })
    .optional(),
  /** The newest that this process took. Unset: none, or the tracker knows no orders. */
  order: auditOrder.optional(),
  /** Leaves that it gave this tracker after an outside verifier had met it with silence. Unset: none, or the tracker does not say. */
  withheld: count.min(1).optional(),
})
export type ProviderAudit = z.infer<typeof providerAudit>

/** Lower-case hex of a transcript's id. */
const transcriptName = z.string().regex(/^[0-9a-f]{64}$/)

const transcriptHead = z.object({ id: transcriptName, provider: peerId, verdict: verdictWord, keptMs: timeMs })
export type TranscriptHead = z.infer<typeof transcriptHead>

/** A ticket that was convicted. `leaf`: slot or owner was wrong; `opening`: the tracker was. Null: the opening alone convicts. */
const convictionHead = z.object({
  /** Lower-case hex; read and judged again like a transcript. */
  id: transcriptName,
  cause: z.enum(['leaf', 'opening']),
  tracker: peerId,
  slot: slotNumber,
  segment: transcriptName.nullable(),
  keptMs: timeMs,
})
export type ConvictionHead = z.infer<typeof convictionHead>

/** What counts against trackers and owners for their tickets: of the convictions that this tracker keeps. */
export const convictionStatus = z.object({
  kept: count,
  /** `convicted`: opened otherwise than committed to; `named`: sets of which either its tickets or their owners were wrong. */
  trackers: z.array(z.object({ tracker: peerId, convicted: count, named: count, owners: count })).max(100),
  /** Public keys as hex, and sets of which they dealt other codes than they sealed: a quorum of trackers shows it. */
  owners: z.array(z.object({ owner: transcriptName, convicted: count })).max(256),
  /** Newest first. */
  newest: z.array(convictionHead).max(10),
})
export type ConvictionStatus = z.infer<typeof convictionStatus>

/** Transcripts that a status names. */
export const NEWEST_TRANSCRIPTS = 10

export const outsideVerifier = z.object({
  peer: peerId,
  /** Of its token, or of its pod. */
  name,
  /** Failure domain. */
  domain: z.string().max(512),
  /** It has not said for a while that it is there, and is not asked any more. Unset: the tracker does not say. */
  isSilent: z.boolean().optional(),
  /** `silent`: it met with silence, and the tracker asked itself; so it does where the answer proves nothing, or none comes. */
  leaves: z.object({ answered: count, silent: count, wrong: count, away: count }),
})

export const auditStatus = z.object({
  promise: auditConfigSchema,
  /** Draws of each provider within the time of the promise that keep it. */
  promisedDraws: z.number(),
  /** Shards whose silence is being looked into, and those that count as missing for it. */
  contained: count,
  silent: count,
  /** The hour whose value of the beacon this tracker draws by; null: it has none, and draws by a secret of its own. */
  beaconRound: count.nullable(),
  /** The round of watermarks that is asked, as far as it lies with this tracker. Counts are of this process. */
  sweep: z.object({
    round: count,
    /** Part of the round that was asked, 0 … 1. */
    done: z.number().min(0).max(1),
    /** Slots that lie with this tracker. */
    slots: z.array(slotNumber).max(LIMITS.trackerSlots),
    /** `away`, `silent`: asked by their leaves when the provider is back. */
    watermarks: z.object({ proved: count, wrong: count, lost: count, silent: count, away: count }),
    /** Sets that are asked for leaves only: their owners have not dealt the keys of a slot here; or they have no watermark left. */
    unkeyed: count,
    spent: count,
    /** The same: their owners have shared them. Of those whose watermark it was this tracker's to ask. Unset: the tracker does not say. */
    shared: count.optional(),
    /** The same, for good: a right leaf has shown that their codes are not those that were dealt. */
    wrongCodes: count,
  }),
  transcripts: count,
  /** Of those that are to somebody's harm, newest first. Unset: the tracker does not say. */
  newest: z.array(transcriptHead).max(NEWEST_TRANSCRIPTS).optional(),
  /** Unset: the tracker does not say. */
  convictions: convictionStatus.optional(),
  /** Outside verifiers that this tracker has ask for it, and what came of that since they announced themselves. Unset: it knows none. */
  outside: z.array(outsideVerifier).max(64).optional(),
  providers: z.array(providerAudit).max(10_000),
})
export type AuditStatus = z.infer<typeof auditStatus>

/** Outside verifiers that some tracker knows, and those of them that none of these has heard of lately. */
export function countVerifiers(audits: readonly Pick<AuditStatus, 'outside'>[]): { readonly known: number; readonly silent: number } {
  const seen = Map.groupBy(
    audits.flatMap(({ outside = [] }) => outside),
    ({ peer }) => peer,
  )
  return { known: seen.size, silent: [...seen.values()].filter((those) => those.every(({ isSilent }) => isSilent === true)).length }
}

/** Leases that owners have set for all they have. Every tracker has them all, and counts for itself. */
export const leaseStatus = z.object({
  /** Owners with a lease that can end. */
  owners: count,
  /** Of them, those that are over in a quarter of their time or less, unless they are renewed; and those that are over. */
  ending: count,
  over: count,
  /** Until the next one is over; null: none is to come. */
  nextMs: count.nullable(),
})
export type LeaseStatus = z.infer<typeof leaseStatus>

/** How far a tracker has handed over what it has: it is not one of the network any more. */
export const trackerHandover = z.object({
  /** Records, tombstones, keeps and leases that one of the trackers lacked when it was last compared, each counted once for each that lacked it. */
  left: count,
  /** Trackers that have been compared since this one started, are reachable, and are the very peers that were compared. */
  compared: count,
  /** Trackers of the network. */
  trackers: count,
  /** All of them were compared, and none lacked anything: this tracker's volume holds nothing that all owners do not have. */
  isDone: z.boolean(),
})
export type TrackerHandover = z.infer<typeof trackerHandover>

export const trackerStatus = z.object({
  tracker: peerId,
  name,
  epoch: count,
  sets: setsByMargin,
  /** Sets the tracker knows at all. */
  records: count,
  providers: z.array(fleetProvider).max(10_000),
  /** As the configuration names them; this one first, which it may name no more. */
  trackers: z.array(z.object({ address: peerAddress, peer: peerId.nullable(), reachable: z.boolean() })).max(100),
  /** Unset: it is one of the network. */
  handover: trackerHandover.optional(),
  /** Unset: nothing is audited. */
  audit: auditStatus.optional(),
  /** Unset: no owner has one. */
  leases: leaseStatus.optional(),
  timeMs,
})
export type TrackerStatus = z.infer<typeof trackerStatus>

/** base64 of the DAG-CBOR of a signed document, for JSON. */
const documentText = z.string().max(3_000_000)

/** base64 of evidence. */
export const EVIDENCE_TEXT = 4 * Math.ceil(EVIDENCE_BYTES / 3)

export const ADMIN = {
  status: {
    method: 'GET',
    path: '/v1/status',
    operator: false,
    summary: 'Fleet, sets by margin, backlog, as this tracker sees them',
    request: z.object({}),
    response: trackerStatus,
  },
  declareLost: {
    method: 'POST',
    path: '/v1/providers/lost',
    operator: true,
    summary: 'A provider is gone for certain (its volume is): rebuild its shards at once',
    request: z.object({ peer: peerId, reason: z.string().max(200) }),
    response: z.object({ peer: peerId, state: providerState }),
  },
  drain: {
    method: 'POST',
    path: '/v1/providers/drain',
    operator: true,
    summary: 'A provider is to be removed: give it nothing new, copy what only it holds. Its progress is in the status',
    request: z.object({ peer: peerId }),
    response: z.object({ peer: peerId, drain: drainOrder }),
  },
  undrain: {
    method: 'POST',
    path: '/v1/providers/undrain',
    operator: true,
    summary: 'A provider stays after all',
    request: z.object({ peer: peerId }),
    response: z.object({ peer: peerId, drain: drainOrder }),
  },
  retire: {
    method: 'POST',
    path: '/v1/providers/retire',
    operator: true,
    summary: 'A drained provider and its volume are removed: no alarm, and it is never waited for',
    request: z.object({ peer: peerId, reason: z.string().max(200) }),
    response: z.object({ peer: peerId, state: providerState }),
  },
  maintenance: {
    method: 'POST',
    path: '/v1/providers/maintenance',
    operator: true,
    summary: 'A provider is worked on for so long from now, 0: no longer. It is not audited meanwhile, and nothing is held against it',
    request: z.object({ peer: peerId, forMs: count.max(MAX_MAINTENANCE_MS) }),
    response: z.object({ peer: peerId, maintenanceLeftMs: count }),
  },
  orderAudit: {
    method: 'POST',
    path: '/v1/providers/audit',
    operator: true,
    summary: 'Ask a provider at once for some leaves at random, beside the draws; how it went is in the status. Few, and not often',
    request: z.object({ peer: peerId, id: auditOrderId }),
    response: z.object({ peer: peerId, order: auditOrder }),
  },
  listTranscripts: {
    method: 'GET',
    path: '/v1/transcripts',
    operator: false,
    summary: 'Audits whose transcripts this tracker keeps, and tickets that were convicted; newest first',
    request: z.object({}),
    response: z.object({
      transcripts: z.array(transcriptHead).max(10_000),
      /** Unset: the tracker does not say. */
      convictions: z.array(convictionHead).max(1_000).optional(),
    }),
  },
  readTranscript: {
    method: 'POST',
    path: '/v1/transcripts/read',
    operator: false,
    summary: 'One transcript or conviction, to be judged again by `lunarx verify`; null: it is not kept here',
    request: z.object({ id: transcriptName }),
    response: z.object({ transcript: z.string().max(EVIDENCE_TEXT).nullable() }),
  },
  readBeacon: {
    method: 'POST',
    path: '/v1/beacon/read',
    operator: false,
    summary: 'The proof of a round of the beacon, to check draws by `lunarx verify`; null: the round had no value, or it is not known here',
    request: z.object({ /** Hours since 1970 UTC. */ round: count }),
    response: z.object({ proof: z.string().max(EVIDENCE_TEXT).nullable() }),
  },
  readEpoch: {
    method: 'GET',
    path: '/v1/epoch',
    operator: false,
    summary: 'The newest epoch this tracker holds',
    request: z.object({}),
    response: z.object({ epoch: documentText.nullable() }),
  },
  announceEpoch: {
    method: 'PUT',
    path: '/v1/epoch',
    operator: true,
    summary: 'Take this epoch and pass it on',
    request: z.object({ epoch: documentText }),
    response: z.object({ number: count }),
  },
} as const

export const adminError = z.object({
  error: z.object({ code: z.string(), message: z.string(), retryable: z.boolean(), detail: z.record(z.string(), z.unknown()) }),
})
