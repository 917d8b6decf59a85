/**
 * retrieve → verify: a range of one shard from one holder. Signed with the set's read key, whose secret follows from the data key.
 *
 * A part of a shard is proved by its path before it is used. A whole shard is only counted here: the tags of its frames say whether
 * its bytes are right, at no cost, and its address says whose they were when they are not (`read-set.ts`).
 *
 * @module
 */
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import { READ_REQUEST, signDocument } from '@lunarx/core/document'
import { verifyRange } from '@lunarx/core/merkle'
import { LIMITS, LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import { retrieve as retrieveExchange, type AnswerOf } from '@lunarx/wire'
import type { Span } from './cut.ts'

/** For how long a signed request is good: clocks differ, and a shard takes its time. */
const REQUEST_MS = 5 * 60_000

export interface RetrieveDeps {
  readonly peers: Peers
  readonly clock: Clock
  readonly crypto: CryptoEngine
}

export interface WantedShard {
  /** Segment id. */
  readonly segment: Uint8Array
  readonly index: number
  readonly address: Uint8Array
  readonly shardBytes: number
  readonly readKey: SignKey
}

/** Widened to whole leaves: what a path can prove. */
export const leavesOf = ({ from, until }: Span, shardBytes: number): Span => ({
  from: Math.floor(from / LIMITS.leafBytes) * LIMITS.leafBytes,
  until: Math.min(shardBytes, Math.ceil(until / LIMITS.leafBytes) * LIMITS.leafBytes),
})

/**
 * Fills `into` with the bytes of whole leaves, {@link leavesOf}.
 * @throws {LunarError} BAD_ADDRESS; SHARD_NOT_FOUND, UNAUTHORIZED, PEER_UNREACHABLE, INTERRUPTED, …
 */
export async function retrieve(
  wanted: WantedShard,
  span: Span,
  into: Uint8Array,
  from: PeerAddress,
  { peers, clock, crypto }: RetrieveDeps,
  signal: AbortSignal,
): Promise<void> {
  const { segment, index, address, shardBytes, readKey } = wanted
  const isWhole = span.from === 0 && span.until === shardBytes
  const length = isWhole ? 0 : span.until - span.from
  if (into.length !== span.until - span.from) throw new RangeError('into has the length of the span')
  const expiresMs = clock.now() + REQUEST_MS
  const request = signDocument(READ_REQUEST, { segment, index, reader: peers.self, expiresMs }, readKey)
  const question = { segment, index, offset: span.from, length, authority: { kind: 'reader' as const, request } }
  const { answer, body } = await peers.ask(from, retrieveExchange, question, { signal })
  let fill = 0
  for await (const chunk of body) {
    if (fill + chunk.length > into.length) throw badAddress(wanted, from, 'more bytes than were asked for')
    into.set(chunk, fill)
    fill += chunk.length
  }
  if (fill < into.length) throw badAddress(wanted, from, 'fewer bytes than were asked for')
  if (isWhole) return
  const { path } = answer
  const isProved =
    isAnswerTo(span, wanted, answer) && verifyRange({ address, shardBytes, firstLeaf: answer.firstLeaf, bytes: into, path }, crypto)
  if (!isProved) throw badAddress(wanted, from, 'other bytes than the shard')
}

/** True if the answer's head speaks of the leaves that were asked for. */
const isAnswerTo = ({ from }: Span, { shardBytes }: WantedShard, answer: AnswerOf<typeof retrieveExchange>): boolean =>
  answer.firstLeaf === from / LIMITS.leafBytes && answer.shardBytes === shardBytes

export const badAddress = ({ index }: Pick<WantedShard, 'index'>, from: PeerAddress, found: string): LunarError =>
  new LunarError('BAD_ADDRESS', 'a provider sent bytes that are not the shard', {
    detail: { index, provider: from.peer ?? from.host, found },
  })
