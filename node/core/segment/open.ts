/**
 * open: decode → strip → decrypt. From any k shards of a set to the plaintext, or from ranges of its data shards to a range of it.
 *
 * Shards are expected to be verified against their addresses; whatever they hold, only bytes under a frame's tag come out.
 * When the k data shards are there nothing is decoded.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { TAG_BYTES } from '../crypto/suite.ts'
import { LIMITS } from '../model/limits.ts'
import { watermarkPlaces } from '../watermark/places.ts'
import { frameSpan, isLastFrame, sealedFrameStart, type SegmentLayout } from './layout.ts'
import { framesOf, type PlaintextRange } from './ranges.ts'
import { segmentCipher, type SegmentEngines, type SegmentSecrets } from './seal.ts'
import { gather, type Piece } from './stripe.ts'

/**
 * @param shards by index, undefined where missing; any k of the n
 * @throws {LunarError} TOO_FEW_SHARDS, WRONG_KEY
 */
export async function openSegment(
  shards: readonly (Uint8Array | undefined)[],
  layout: SegmentLayout,
  secrets: SegmentSecrets,
  { crypto, erasure }: SegmentEngines,
): Promise<Uint8Array> {
  const wanted = Array.from({ length: layout.required }, (_, index) => index)
  const isWhole = wanted.every((index) => shards[index] !== undefined)
  const dataShards = isWhole ? shards.slice(0, layout.required) : erasure.code(layout.required, layout.parity).reconstruct(shards, wanted)
  const pieces = dataShards.map((bytes) => bytes && { at: 0, bytes })
  return await openRange({ from: 0, until: layout.plaintextBytes }, pieces, layout, secrets, { crypto })
}

/**
 * @param pieces by data shard: at least what `shardRanges` names for this range
 * @throws {LunarError} WRONG_KEY
 */
export async function openRange(
  range: PlaintextRange,
  pieces: readonly (Piece | undefined)[],
  layout: SegmentLayout,
  secrets: SegmentSecrets,
  { crypto }: Pick<SegmentEngines, 'crypto'>,
): Promise<Uint8Array> {
  return await segmentOpener(layout, secrets, crypto).open(range, pieces)
}

/** Opens one segment range by range: what every range needs is derived once. */
export interface SegmentOpener {
  /**
   * The plaintext of the range, in bytes of its own. A frame that reaches beyond the range is opened for it alone.
   * @param pieces by data shard: at least what `shardRanges` names for this range
   * @throws {LunarError} WRONG_KEY
   */
  open(range: PlaintextRange, pieces: readonly (Piece | undefined)[]): Promise<Uint8Array>
  /** What one frame has of the range: the one that `range.from` lies in. In memory of its own, copied only when it is a part. */
  openFrame(range: PlaintextRange, pieces: readonly (Piece | undefined)[]): Promise<Uint8Array>
}

export function segmentOpener(layout: SegmentLayout, secrets: SegmentSecrets, crypto: CryptoEngine): SegmentOpener {
  const places = watermarkPlaces(layout.dataShardBytes, secrets.positionSeeds, crypto)
  const cipher = segmentCipher(layout, secrets, crypto)
  const sealedBuffer = new Uint8Array(Math.min(LIMITS.frameBytes + TAG_BYTES, layout.sealedBytes))
  const sealedOf = (frame: number, pieces: readonly (Piece | undefined)[]): Uint8Array => {
    const { from, until } = frameSpan(layout, frame)
    const sealed = sealedBuffer.subarray(0, until - from + TAG_BYTES)
    gather(sealed, sealedFrameStart(frame), layout, places, pieces)
    return sealed
  }
  return {
    async openFrame(range, pieces) {
      const { first } = framesOf(layout, range)
      const span = frameSpan(layout, first)
      const opened = await cipher.openNew(first, isLastFrame(layout, first), sealedOf(first, pieces))
      const isWhole = range.from === span.from && range.until >= span.until
      return isWhole ? opened : opened.slice(range.from - span.from, range.until - span.from)
    },
    async open(range, pieces) {
      const { first, last } = framesOf(layout, range)
      const plaintext = new Uint8Array(range.until - range.from)
      for (let frame = first; frame <= last; frame++) {
        const { from, until } = frameSpan(layout, frame)
        const sealed = sealedOf(frame, pieces)
        const isInside = from >= range.from && until <= range.until
        const opened = isInside ? plaintext.subarray(from - range.from, until - range.from) : new Uint8Array(until - from)
        await cipher.open(frame, isLastFrame(layout, frame), sealed, opened)
        const start = Math.max(from, range.from)
        const end = Math.min(until, range.until)
        if (!isInside && start < end) plaintext.set(opened.subarray(start - from, end - from), start - range.from)
      }
      return plaintext
    },
  }
}
