/**
 * stripe: the sealed segment over the k data shards, stripe by stripe of k shares of 64 KiB; the last stripe's shares are equal and
 * shorter.
 *
 * @module
 */
import { itemAt } from '../model/item.ts'
import { LIMITS } from '../model/limits.ts'
import { injectInto } from '../watermark/inject.ts'
import { stripInto } from '../watermark/strip.ts'
import type { SegmentLayout } from './layout.ts'

/** Sealed bytes that lie within one share. */
export interface Share {
  readonly shard: number
  /** In the sealed segment. */
  readonly sealedAt: number
  /** In the ciphertext of the data shard. */
  readonly cipherAt: number
  readonly bytes: number
}

/** Bytes of a shard, from an offset on. */
export interface Piece {
  readonly at: number
  readonly bytes: Uint8Array
}

/** The shares, or parts of shares, that hold sealed bytes `from … until`, in order. */
export function* sharesOf(layout: SegmentLayout, from: number, until: number): Generator<Share> {
  const stripeBytes = layout.required * LIMITS.shareBytes
  for (let at = from; at < until;) {
    const stripe = Math.floor(at / stripeBytes)
    const shareBytes = stripe === layout.stripes - 1 ? layout.lastShareBytes : LIMITS.shareBytes
    const inStripe = at - stripe * stripeBytes
    const inShare = inStripe % shareBytes
    const bytes = Math.min(until - at, shareBytes - inShare)
    yield { shard: Math.floor(inStripe / shareBytes), sealedAt: at, cipherAt: stripe * LIMITS.shareBytes + inShare, bytes }
    at += bytes
  }
}

/** Lays sealed bytes from `sealedAt` on over the data shards, around the watermarks' places. */
export function stripe(
  sealed: Uint8Array,
  sealedAt: number,
  layout: SegmentLayout,
  places: readonly number[],
  dataShards: readonly Uint8Array[],
): void {
  for (const share of sharesOf(layout, sealedAt, sealedAt + sealed.length)) {
    const offset = share.sealedAt - sealedAt
    injectInto(itemAt(dataShards, share.shard), places, share.cipherAt, sealed.subarray(offset, offset + share.bytes))
  }
}

/** The inverse: fills `into` with sealed bytes from `sealedAt` on, out of pieces of the data shards. */
export function gather(
  into: Uint8Array,
  sealedAt: number,
  layout: SegmentLayout,
  places: readonly number[],
  pieces: readonly (Piece | undefined)[],
): void {
  for (const share of sharesOf(layout, sealedAt, sealedAt + into.length)) {
    const piece = pieces[share.shard]
    if (piece === undefined) throw new RangeError(`data shard ${share.shard} is needed`)
    const offset = share.sealedAt - sealedAt
    stripInto(piece.bytes, piece.at, places, share.cipherAt, into.subarray(offset, offset + share.bytes))
  }
}
