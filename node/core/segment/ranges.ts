/**
 * Which bytes of which data shards a range of plaintext needs.
 *
 * @module
 */
import { LIMITS } from '../model/limits.ts'
import { shardOffset } from '../watermark/strip.ts'
import { frameSpan, sealedFrameStart, type SegmentLayout } from './layout.ts'
import { sharesOf } from './stripe.ts'

/** Plaintext bytes of a segment, `from` inclusive, `until` exclusive. */
export interface PlaintextRange {
  readonly from: number
  readonly until: number
}

/** Bytes of a data shard, watermarks included: [from, until). */
export interface ShardRange {
  readonly shard: number
  readonly from: number
  readonly until: number
}

/** First and last frame to open for the range; one that reaches the end of the segment takes the padding along. */
export function framesOf(layout: SegmentLayout, { from, until }: PlaintextRange): { readonly first: number; readonly last: number } {
  if (!(from >= 0 && from < until && until <= layout.plaintextBytes)) throw new RangeError('no such range in the segment')
  const last = until === layout.plaintextBytes ? layout.frames - 1 : Math.floor((until - 1) / LIMITS.frameBytes)
  return { first: Math.floor(from / LIMITS.frameBytes), last }
}

/** One range for every data shard that the plaintext range touches, in order of shard. */
export function shardRanges(layout: SegmentLayout, places: readonly number[], range: PlaintextRange): ShardRange[] {
  const { first, last } = framesOf(layout, range)
  const span = frameSpan(layout, last)
  const sealedUntil = sealedFrameStart(last + 1) - (LIMITS.frameBytes - (span.until - span.from))
  const ranges = new Map<number, ShardRange>()
  for (const { shard, cipherAt, bytes } of sharesOf(layout, sealedFrameStart(first), sealedUntil)) {
    const from = ranges.get(shard)?.from ?? shardOffset(places, cipherAt)
    ranges.set(shard, { shard, from, until: shardOffset(places, cipherAt + bytes - 1) + 1 })
  }
  return [...ranges.values()].sort((a, b) => a.shard - b.shard)
}
