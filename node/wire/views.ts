/**
 * Tracker ↔ tracker: who was heard of when, who is declared lost, and what each lacks of the map.
 *
 * @module
 */
import { signedDocument } from '@lunarx/core/document'
import { count, hash, name, peerAddress, peerId } from '@lunarx/core/model'
import { z } from 'zod'
import { exchange } from './exchange.ts'
import { drainOrder } from './drain.ts'
import { storeId } from './store-id.ts'

export const providerView = z.object({
  peer: peerId,
  name,
  domain: z.string().max(253),
  /** Zone of its node; '': it has none. Unset: the tracker does not know. */
  zone: z.string().max(253).optional(),
  /** As in its heartbeat. */
  store: storeId.nullable(),
  address: peerAddress,
  /** Since the last heartbeat to the tracker that answers; null: never heard by it. */
  silentMs: count.nullable(),
  /** Declared lost for certain (volume gone): its shards count as gone at once. */
  declaredLost: z.boolean(),
  /** It was drained and removed on purpose: a loss that nobody has to be told of. */
  retired: z.boolean(),
  drain: drainOrder,
})
export type ProviderView = z.infer<typeof providerView>

/** What this tracker sees of providers. */
export const views = exchange({
  name: 'views',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({ providers: z.array(providerView).max(10_000) }),
  answer: z.object({ providers: z.array(providerView).max(10_000) }),
})

/** Anti-entropy of the map: ids of records that both should own by the ring, paged in order of id. The answer: what the asker lacks. */
export const compareMap = exchange({
  name: 'compare-map',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({
    after: hash.nullable(),
    until: hash.nullable(),
    /** Ids the asker has in (after, until], live and buried. */ records: z.array(hash).max(4096),
    tombstones: z.array(hash).max(4096),
  }),
  answer: z.object({
    records: z.array(signedDocument).max(4096),
    tombstones: z.array(signedDocument).max(4096),
    /** Ids the answerer lacks. */ wanted: z.array(hash).max(8192),
  }),
})
