/**
 * A provider as this tracker knows it: what is remembered over restarts, and what was heard since the start.
 *
 * @module
 */
import { encodeBytes, parseBytes } from '@lunarx/core/document'
import { STORE_KEY, type Credential } from '@lunarx/core/membership'
import { name, peerAddress, peerId, timeMs } from '@lunarx/core/model'
import { drainOrder, storeId, type heartbeat, type QuestionOf } from '@lunarx/wire'
import { z } from 'zod'

export type Heartbeat = QuestionOf<typeof heartbeat>

export const rememberedSchema = z.object({
  peer: peerId,
  name,
  domain: z.string().max(253),
  /** Zone of its node; '': its credential tells none. Unset: not heard yet, or remembered by a release that knew no zones. */
  zone: z.string().max(253).optional(),
  /** Backing store; null: its own volume, or not heard yet. */
  store: storeId.nullable(),
  address: peerAddress.required({ peer: true }),
  /** Issue time of the newest credential seen here; 0: known from other trackers only. */
  issuedMs: timeMs,
  /** Why it was declared lost; null: it was not. */
  lostReason: z.string().max(200).nullable(),
  /** The loss was on purpose: it was drained and removed. */
  isRetired: z.boolean(),
  drain: drainOrder,
})
export type Remembered = z.infer<typeof rememberedSchema>

/** What its shards fail together with: what the issuer says of its volume; else what it says itself, of a bucket that it alone can see. */
export const storeOf = ({ domains }: Pick<Credential, 'domains'>, beat: Pick<Heartbeat, 'store'>): string | null =>
  storeId.safeParse(domains[STORE_KEY]).data ?? beat.store

export const packRemembered = (remembered: Remembered): Uint8Array => encodeBytes(remembered)
export const unpackRemembered = (bytes: Uint8Array): Remembered => parseBytes(rememberedSchema, bytes)

export interface Member {
  remembered: Remembered
  /** Last heartbeat to this tracker and when (elapsed); undefined: none since the start. */
  beat: Heartbeat | undefined
  heardMs: number | undefined
  /** Since when (elapsed) its heartbeats have come without a silence that makes suspect; undefined: none came since the start. */
  steadyMs: number | undefined
  /** Since when (elapsed) this tracker would have heard it. */
  readonly listeningMs: number
  /** When (elapsed) it was declared lost; undefined: not, or before the start. */
  declaredMs: number | undefined
  /** Bytes reserved by this tracker since the last heartbeat, less those of shards that it had given up. */
  promisedBytes: number
  /** Its inventory was known here in full at some heartbeat since the start. */
  hasReported: boolean
}
