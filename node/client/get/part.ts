/**
 * A part of a set: of the data shards only the leaves that hold it, each proved by its path. What a data shard does not give, or gives
 * late, is decoded from the same leaves of k others.
 *
 * @module
 */
import type { ErasureEngine } from '@lunarx/core/erasure'
import { segmentOpener, shardRanges, type Piece, type ShardRange } from '@lunarx/core/segment'
import { watermarkPlaces } from '@lunarx/core/watermark'
import { slicesOf } from '@lunarx/runtime/clock'
import type { Span } from './cut.ts'
import { fastest } from './fastest.ts'
import { leavesOf } from './retrieve.ts'
import type { ReadSet } from './set.ts'

/** By shard; those that the span does not touch are undefined. */
export type Pieces = (Piece | undefined)[]

/** The whole leaves that hold the span, of every data shard that it touches. */
export function leafRanges({ layout, secrets, deps }: ReadSet, span: Span): ShardRange[] {
  const places = watermarkPlaces(layout.dataShardBytes, secrets.positionSeeds, deps.crypto)
  return shardRanges(layout, places, span).map(({ shard, ...range }) => ({ shard, ...leavesOf(range, layout.shardBytes) }))
}

/** Pieces that suffice to open the span. @throws {LunarError} TOO_FEW_SHARDS, TOMBSTONED */
export async function gatherPart(set: ReadSet, span: Span, erasure: ErasureEngine, signal: AbortSignal): Promise<Pieces> {
  const { layout } = set
  const wanted = leafRanges(set, span)
  const pieces: Pieces = Array.from({ length: layout.required + layout.parity })
  return await set.inRounds(async (round) => {
    const cut = new AbortController()
    try {
      await gatherOnce(set, wanted, pieces, round, erasure, AbortSignal.any([signal, cut.signal]))
    } finally {
      cut.abort()
    }
    return wanted.every(({ shard }) => pieces[shard]) ? pieces : undefined
  }, signal)
}

/** From the data shards themselves; those that fail or are late, and at first those in doubt, are decoded meanwhile. */
async function gatherOnce(
  set: ReadSet,
  wanted: readonly ShardRange[],
  pieces: Pieces,
  round: number,
  erasure: ErasureEngine,
  signal: AbortSignal,
): Promise<void> {
  const { clock, pace } = set.deps
  const missing = (): ShardRange[] => wanted.filter(({ shard }) => !pieces[shard])
  const asked = missing().filter(({ shard }) => round > 1 || !set.isDoubtful(shard))
  const all = Promise.all(asked.map((range) => fetchPiece(set, range, pieces, signal)))
  const lateMs = Math.max(0, ...asked.map(({ from, until }) => pace.lateMs(until - from)))
  await Promise.race([all, clock.sleep(lateMs, signal)])
  const late = missing()
  if (late.length === 0) return
  const decoding = decode(set, late, pieces, erasure, signal)
  await Promise.race([decoding, all.then(() => (missing().length === 0 ? undefined : decoding))])
  for (const { shard } of late) if (asked.some((range) => range.shard === shard)) set.wasLate(shard)
}

async function fetchPiece(set: ReadSet, { shard, ...span }: ShardRange, pieces: Pieces, signal: AbortSignal): Promise<Piece | undefined> {
  const bytes = new Uint8Array(span.until - span.from)
  if (!(await set.ask(shard, span, bytes, signal))) return undefined
  return (pieces[shard] ??= { at: span.from, bytes })
}

/** Fills in the missing pieces if k others give these leaves. */
async function decode(
  set: ReadSet,
  missing: readonly ShardRange[],
  pieces: Pieces,
  erasure: ErasureEngine,
  signal: AbortSignal,
): Promise<void> {
  const { deps, layout } = set
  const { required, parity } = layout
  const span = { from: Math.min(...missing.map(({ from }) => from)), until: Math.max(...missing.map(({ until }) => until)) }
  const spanBytes = span.until - span.from
  const lost = new Set(missing.map(({ shard }) => shard))
  const known = pieces.map((piece) => within(piece, span))
  const candidates = set.inOrder().filter((index) => !lost.has(index) && !known[index])
  const { won, laggards } = await fastest(
    candidates,
    required - known.filter(Boolean).length,
    (index, cut) => fetchPiece(set, { shard: index, ...span }, [], cut),
    { clock: deps.clock, lateMs: () => deps.pace.lateMs(spanBytes) },
    signal,
  )
  for (const [index, { bytes }] of won) known[index] = bytes
  for (const index of laggards) set.wasLate(index)
  if (known.filter(Boolean).length < required) return
  const decoded = erasure.code(required, parity).reconstruct(known, [...lost])
  for (const [i, shard] of [...lost].entries()) {
    const bytes = decoded[i]
    if (bytes) pieces[shard] ??= { at: span.from, bytes }
  }
}

/** The bytes of the span, if the piece has them all. */
const within = (piece: Piece | undefined, { from, until }: Span): Uint8Array | undefined =>
  piece && piece.at <= from && piece.at + piece.bytes.length >= until ? piece.bytes.subarray(from - piece.at, until - piece.at) : undefined

/** The plaintext frame by frame, in memory of the caller's own. @throws {LunarError} WRONG_KEY */
export async function* openPart(set: ReadSet, pieces: Pieces, { from, until }: Span): AsyncGenerator<Uint8Array, void> {
  const opener = segmentOpener(set.layout, set.secrets, set.deps.crypto)
  const giveWay = slicesOf(set.deps.clock)
  for (let at = from; at < until;) {
    const chunk = await opener.openFrame({ from: at, until }, pieces)
    at += chunk.length
    yield chunk
    await giveWay()
  }
}
