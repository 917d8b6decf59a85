/**
 * retrieve: find → authorize → widen to leaves → prove → send. The reader verifies: what leaves here is not hashed again.
 *
 * @module
 */
import { provePath } from '@lunarx/core/merkle'
import type { PeerId } from '@lunarx/core/membership'
import { LIMITS, LunarError } from '@lunarx/core/model'
import { WithBody, type Asked, type Body } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { Counter } from '@lunarx/runtime/metrics'
import type { AnswerOf, QuestionOf, retrieve } from '@lunarx/wire'
import type { Catalog } from '../catalog/index.ts'
import { PROVIDER_LIMITS } from '../limits.ts'
import type { GivingWay } from '../remove/giving-way.ts'
import type { Draining } from '../reserve/draining.ts'
import { isDamage } from '../scrub/index.ts'
import type { OpenShard, ShardKey, ShardStore } from '../store/index.ts'
import type { Transfers } from '../transfers.ts'
import { authorize } from './authorize.ts'

export interface RetrieveDeps {
  readonly catalog: Catalog
  readonly store: ShardStore
  readonly crypto: CryptoEngine
  readonly clock: Clock
  readonly isTracker: (peer: PeerId) => boolean
  readonly retrievedBytes: Counter
  readonly transfers: Transfers
  readonly draining: Draining
  readonly givingWay: GivingWay
  /** Told of a shard that could not be read as it should be. */
  readonly suspect: (key: ShardKey) => void
}

/** Leaves that cover the bytes asked for. */
export interface LeafSpan {
  readonly firstLeaf: number
  readonly leaves: number
}

/** @throws {LunarError} BAD_MESSAGE if the range begins behind the shard */
export function spanOf(offset: number, length: number, shardBytes: number): LeafSpan {
  if (offset > 0 && offset >= shardBytes)
    throw new LunarError('BAD_MESSAGE', 'the range begins behind the shard', { detail: { offset, shardBytes } })
  const end = length === 0 ? shardBytes : Math.min(shardBytes, offset + length)
  const firstLeaf = Math.floor(offset / LIMITS.leafBytes)
  return { firstLeaf, leaves: Math.max(1, Math.ceil(end / LIMITS.leafBytes)) - firstLeaf }
}

/** @throws {LunarError} SHARD_NOT_FOUND, UNAUTHORIZED, BAD_MESSAGE, SHARD_DAMAGED, STORE_FAILED, STOPPING, DRAINING, GIVING_WAY */
export async function retrieveShard(
  question: QuestionOf<typeof retrieve>,
  asked: Asked,
  deps: RetrieveDeps,
): Promise<WithBody<AnswerOf<typeof retrieve>>> {
  deps.transfers.refuseWhenStopping()
  return await suspecting({ segment: question.segment, index: question.index }, deps, () => retrieveFrom(question, asked, deps))
}

async function retrieveFrom(
  { segment, index, offset, length, authority }: QuestionOf<typeof retrieve>,
  { session }: Asked,
  deps: RetrieveDeps,
): Promise<WithBody<AnswerOf<typeof retrieve>>> {
  const { catalog, store, crypto, clock, isTracker } = deps
  const key = { segment, index }
  await using shard = (await catalog.has(key)) ? await store.open(key) : undefined
  if (!shard) throw new LunarError('SHARD_NOT_FOUND', 'the provider does not hold the shard')
  authorize(authority, key, shard.record, session, { crypto, nowMs: clock.now(), isTracker })
  if (session.credential.role === 'provider') {
    // it would give up its own for one that leaves
    deps.draining.refuseWhenDraining()
    deps.givingWay.refuseWhileGiving(key)
  }

  const { shardBytes } = shard.record
  const { firstLeaf, leaves } = spanOf(offset, length, shardBytes)
  const isWhole = firstLeaf === 0 && leaves * LIMITS.leafBytes >= shardBytes
  const path = isWhole ? [] : provePath(await shard.leafHashes(), firstLeaf, leaves, crypto)
  const start = firstLeaf * LIMITS.leafBytes
  const end = Math.min(shardBytes, start + leaves * LIMITS.leafBytes)
  const answer = { shardBytes, firstLeaf, leaves, path }
  if (end - start <= PROVIDER_LIMITS.readAheadBytes) return new WithBody(answer, few(await readAll(shard, start, end), deps))
  return new WithBody(answer, bytesOf(key, start, end, shard.holdsNothing ? shard : undefined, deps))
}

/** Read before the answer: an audit asks for a leaf, and opening the shard once more would cost more than that. */
async function* few(bytes: Uint8Array, { retrievedBytes, transfers }: RetrieveDeps): Body & AsyncGenerator<Uint8Array> {
  using _ = transfers.enter()
  yield bytes
  retrievedBytes.add(bytes.length)
}

/** Opens the file when the first chunk is asked for, unless it is open at no cost: a body that nobody reads holds nothing. */
async function* bytesOf(
  key: ShardKey,
  start: number,
  end: number,
  opened: OpenShard | undefined,
  deps: RetrieveDeps,
): Body & AsyncGenerator<Uint8Array> {
  const { store, retrievedBytes, transfers } = deps
  using _ = transfers.enter()
  await using shard = opened ?? (await suspecting(key, deps, () => store.open(key)))
  if (!shard) throw new LunarError('SHARD_NOT_FOUND', 'the shard was removed')
  const pieceBytes = transfers.count > PROVIDER_LIMITS.largePieces ? PROVIDER_LIMITS.chunkBytes : shard.pieceBytes
  // one for the whole body: the network has taken a chunk when it asks for the next
  const buffer = new Uint8Array(Math.min(pieceBytes, end - start))
  for (let at = start; at < end;) {
    const read = await suspecting(key, deps, () => readSome(shard, buffer.subarray(0, end - at), at))
    for (const chunk of chunksOf(buffer.subarray(0, read))) {
      yield chunk
      retrievedBytes.add(chunk.length)
    }
    at += read
  }
}

function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  const { chunkBytes } = PROVIDER_LIMITS
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

async function readAll(shard: OpenShard, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start)
  for (let at = 0; at < bytes.length;) at += await readSome(shard, bytes.subarray(at), start + at)
  return bytes
}

async function readSome(shard: OpenShard, into: Uint8Array, position: number): Promise<number> {
  const read = await shard.read(into, position)
  if (read === 0) throw new LunarError('SHARD_DAMAGED', 'a shard file is shorter than its shard')
  return read
}

async function suspecting<T>(key: ShardKey, { suspect }: RetrieveDeps, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isDamage(error)) suspect(key)
    throw error
  }
}
