/**
 * A whole set: the fastest k shards, the data shards first (nothing to decode then), decoded as far as needed, opened piece by piece.
 *
 * The tags of the frames vouch for every byte. When one does not open, the addresses say which shards are wrong; others take their
 * place, and reading goes on at that frame.
 *
 * @module
 */
import { address } from '@lunarx/core/merkle'
import type { ErasureEngine } from '@lunarx/core/erasure'
import { equalBytes, hasCode, itemAt, LIMITS, type PeerAddress } from '@lunarx/core/model'
import { segmentOpener, type Piece } from '@lunarx/core/segment'
import { slicesOf } from '@lunarx/runtime/clock'
import type { Span } from './cut.ts'
import { fastest } from './fastest.ts'
import type { Recycled } from './recycled.ts'
import type { ReadSet } from './set.ts'

export interface Gathered {
  readonly bytes: Uint8Array
  readonly from: PeerAddress
}

/** By index; at least k when gathered. */
export type Shards = Map<number, Gathered>

interface Decoded {
  /** Whole data shards, in order. */
  readonly pieces: readonly Piece[]
  readonly decoded: readonly Uint8Array[]
}

/** Adds shards until there are k. @throws {LunarError} TOO_FEW_SHARDS, TOMBSTONED */
export async function gatherWhole(set: ReadSet, shards: Shards, memory: Recycled, signal: AbortSignal): Promise<void> {
  const { deps, layout } = set
  const { required, shardBytes } = layout
  const span = { from: 0, until: shardBytes }
  const fetchShard = async (index: number, cut: AbortSignal): Promise<Gathered | undefined> => {
    const bytes = memory.take(shardBytes)
    let from: PeerAddress | undefined
    try {
      from = await set.ask(index, span, bytes, cut)
    } finally {
      if (!from) memory.give([bytes]) // asking has ended: nobody writes to it any more
    }
    return from && { bytes, from }
  }
  const pace = { clock: deps.clock, lateMs: () => deps.pace.lateMs(shardBytes) }
  await set.inRounds(async () => {
    const candidates = set.inOrder().filter((index) => !shards.has(index))
    const { won, laggards } = await fastest(candidates, required - shards.size, fetchShard, pace, signal)
    for (const [index, shard] of won) shards.set(index, shard)
    for (const index of laggards) set.wasLate(index)
    return shards.size >= required ? shards : undefined
  }, signal)
}

/**
 * The plaintext frame by frame, in memory of the caller's own.
 * @throws {LunarError} WRONG_KEY: all shards are what they should be and still do not open; TOO_FEW_SHARDS, TOMBSTONED
 */
export async function* openWhole(
  set: ReadSet,
  shards: Shards,
  { from, until }: Span,
  { erasure, memory }: { readonly erasure: ErasureEngine; readonly memory: Recycled },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const { layout, secrets, deps } = set
  const opener = segmentOpener(layout, secrets, deps.crypto)
  const giveWay = slicesOf(deps.clock, signal)
  let { pieces, decoded } = decode(set, shards, erasure, memory)
  for (let at = from; at < until;) {
    const chunk = await opener.openFrame({ from: at, until }, pieces).catch((error: unknown) => {
      if (!hasCode(error, 'WRONG_KEY') || !dropSpoiled(set, shards)) throw error
      return undefined
    })
    if (chunk) {
      at += chunk.length
      yield chunk
      await giveWay()
    } else {
      memory.give(decoded)
      await gatherWhole(set, shards, memory, signal)
      ;({ pieces, decoded } = decode(set, shards, erasure, memory))
    }
  }
  memory.give(decoded)
  memory.give(shards.values().map(({ bytes }) => bytes))
  shards.clear()
}

/** The data shards; those that are missing are decoded, into memory that goes back with the others'. */
function decode({ layout }: ReadSet, shards: Shards, erasure: ErasureEngine, memory: Recycled): Decoded {
  const { required, parity, shardBytes } = layout
  const wanted = Array.from({ length: required }, (_, index) => index)
  const known = Array.from({ length: required + parity }, (_, index) => shards.get(index)?.bytes)
  const missing = wanted.filter((index) => !known[index])
  const decoded = missing.map(() => memory.take(shardBytes))
  if (missing.length > 0) erasure.code(required, parity).reconstruct(known, missing, decoded)
  const pieces = wanted.map((index) => ({ at: 0, bytes: known[index] ?? itemAt(decoded, missing.indexOf(index)) }))
  return { pieces, decoded }
}

/** Takes out the shards that are not what their addresses say. @returns whether there were any */
function dropSpoiled(set: ReadSet, shards: Shards): boolean {
  let hasSpoiled = false
  for (const [index, { bytes, from }] of shards) {
    if (equalBytes(address(bytes, set.deps.crypto), set.addressOf(index))) continue
    shards.delete(index)
    set.spoiled(index, from)
    hasSpoiled = true
  }
  return hasSpoiled
}

/** True if the frames of the span are at least three of four. */
export function isMost({ from, until }: Span, plaintextBytes: number): boolean {
  const frames = Math.ceil(until / LIMITS.frameBytes) - Math.floor(from / LIMITS.frameBytes)
  return 4 * frames >= 3 * Math.ceil(plaintextBytes / LIMITS.frameBytes)
}
