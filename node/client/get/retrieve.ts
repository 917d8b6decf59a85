/**
 * retrieve → verify: one shard, whole, from one holder. Signed with the set's read key, whose secret follows from the data key.
 *
 * Bytes that do not hash to the shard's address never leave here.
 *
 * @module
 */
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import { READ_REQUEST, signDocument } from '@lunarx/core/document'
import { AddressHasher } from '@lunarx/core/merkle'
import { equalBytes, LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import { retrieve as retrieveExchange } from '@lunarx/wire'

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

/** @throws {LunarError} BAD_ADDRESS; SHARD_NOT_FOUND, UNAUTHORIZED, PEER_UNREACHABLE, INTERRUPTED, … */
export async function retrieve(wanted: WantedShard, from: PeerAddress, deps: RetrieveDeps, signal: AbortSignal): Promise<Uint8Array> {
  const { peers, clock, crypto } = deps
  const { segment, index, shardBytes, readKey } = wanted
  const expiresMs = clock.now() + REQUEST_MS
  const request = signDocument(READ_REQUEST, { segment, index, reader: peers.self, expiresMs }, readKey)
  const question = { segment, index, offset: 0, length: 0, authority: { kind: 'reader' as const, request } }
  const { body } = await peers.ask(from, retrieveExchange, question, { signal })
  const shard = new Uint8Array(shardBytes)
  const hasher = new AddressHasher(crypto)
  let fill = 0
  for await (const chunk of body) {
    if (fill + chunk.length > shardBytes) throw badAddress(wanted, from, 'longer than the shard')
    shard.set(chunk, fill)
    hasher.update(chunk)
    fill += chunk.length
  }
  if (fill < shardBytes) throw badAddress(wanted, from, 'shorter than the shard')
  if (!equalBytes(hasher.digest(), wanted.address)) throw badAddress(wanted, from, 'other bytes than the shard')
  return shard
}

const badAddress = ({ index }: WantedShard, from: PeerAddress, found: string): LunarError =>
  new LunarError('BAD_ADDRESS', 'a provider sent bytes that are not the shard', {
    detail: { index, provider: from.peer ?? from.host, found },
  })
