/**
 * store: one shard to the provider that reserved for it, straight over the data channel. After a cut it goes on where the provider
 * says it stopped. Done when the provider's signed receipt is here.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { openDocument, RECEIPT, type SignedDocument } from '@lunarx/core/document'
import { publicKeyOf } from '@lunarx/core/membership'
import { equalBytes, LunarError } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { Random } from '@lunarx/runtime/random'
import { retry } from '@lunarx/runtime/tasks'
import { store as storeExchange, storeProgress, type Placed } from '@lunarx/wire'
import { answerOf } from '../answer-of.ts'
import type { SealedSet } from './seal.ts'

/** Tries with one provider before another is asked for. */
const ATTEMPTS = 3
const FIRST_PAUSE_MS = 200
const MAX_PAUSE_MS = 1_000
const CHUNK_BYTES = 256 * 1024

export interface StoreDeps {
  readonly peers: Peers
  readonly clock: Clock
  readonly random: Random
  readonly crypto: CryptoEngine
}

/**
 * @param isKnown the provider may have some of the shard from an earlier put: it is asked first, and gets the rest
 * @param onSent bytes of this shard handed to the network so far
 * @throws {LunarError} FULL, RESERVATION_INVALID, TOMBSTONED, BAD_SIGNATURE (of the receipt), PEER_UNREACHABLE, …
 */
export async function store(
  placed: Placed,
  set: SealedSet,
  deps: StoreDeps,
  signal: AbortSignal,
  isKnown: boolean,
  onSent: (sentBytes: number) => void,
): Promise<void> {
  const { peers, clock, random } = deps
  const shard = set.shards[placed.index]
  if (!shard) throw new RangeError(`no shard ${placed.index} in the set`)
  const receipt = await retry(
    async (attempt) => {
      const isFirst = attempt === 1 && !isKnown
      const progress = isFirst ? undefined : await answerOf(peers, placed.provider, storeProgress, { key: placed.key }, { signal })
      if (progress?.receipt) return progress.receipt
      const offset = Math.min(progress?.receivedBytes ?? 0, shard.length)
      const body = chunksOf(shard, offset, onSent)
      const question = { key: placed.key, record: set.record, offset }
      return (await answerOf(peers, placed.provider, storeExchange, question, { body, signal })).receipt
    },
    { clock, random, attempts: ATTEMPTS, firstPauseMs: FIRST_PAUSE_MS, maxPauseMs: MAX_PAUSE_MS, signal },
  )
  checkReceipt(receipt, placed, set, deps.crypto)
}

async function* chunksOf(shard: Uint8Array, offset: number, onSent: (sentBytes: number) => void): AsyncGenerator<Uint8Array, void> {
  for (let at = offset; at < shard.length; at += CHUNK_BYTES) {
    yield shard.subarray(at, at + CHUNK_BYTES)
    onSent(Math.min(at + CHUNK_BYTES, shard.length))
  }
}

/** @throws {LunarError} BAD_SIGNATURE, BAD_ADDRESS */
function checkReceipt(document: SignedDocument, { index, provider }: Placed, set: SealedSet, crypto: CryptoEngine): void {
  const receipt = openDocument(RECEIPT, document, () => publicKeyOf(provider.peer), crypto)
  const address = set.addresses[index]
  if (receipt.index !== index || !equalBytes(receipt.segment, set.id) || !address || !equalBytes(receipt.address, address))
    throw new LunarError('BAD_ADDRESS', 'the receipt is for another shard', { detail: { provider: provider.peer, index } })
}
