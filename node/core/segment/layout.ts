/**
 * The arithmetic of a segment: how many bytes of what lie where. Pure numbers; formats in docs/FORMATS.md.
 *
 * Padding comes before sealing and is the least that makes the sealed segment a multiple of k: every byte of a data shard is
 * ciphertext or watermark.
 *
 * @module
 */
import { TAG_BYTES } from '../crypto/suite.ts'
import { LIMITS } from '../model/limits.ts'
import { watermarkCount } from '../watermark/places.ts'

export interface CodeShape {
  /** k */
  readonly required: number
  /** m */
  readonly parity: number
}

export interface SegmentShape extends CodeShape {
  /** 1 … {@link LIMITS.segmentBytes} */
  readonly plaintextBytes: number
}

export interface SegmentLayout extends SegmentShape {
  /** Plaintext and the zeros behind it. */
  readonly paddedBytes: number
  /** Ciphertext and one tag per frame: k × dataShardBytes. */
  readonly sealedBytes: number
  readonly frames: number
  /** Bytes of a data shard without its watermarks. */
  readonly dataShardBytes: number
  /** T′, the same in every shard. */
  readonly watermarks: number
  /** Bytes of each of the n shards, watermarks included. */
  readonly shardBytes: number
  readonly stripes: number
  /** A shard's share of the last stripe, 1 … {@link LIMITS.shareBytes}. */
  readonly lastShareBytes: number
}

const SEALED_FRAME_BYTES = LIMITS.frameBytes + TAG_BYTES

/** Half of what readers take: a put holds the plaintext of one and the shards of two, 122 MiB at 10+4, and is no slower for it. */
const FULL_SEGMENT_BYTES = 32 * 1024 * 1024

/** Plaintext of every segment of an object but the last: at most half the limit, less where a segment in flight would cost too much. */
export function segmentBytesFor({ required, parity }: CodeShape): number {
  return Math.min(FULL_SEGMENT_BYTES, Math.floor((LIMITS.segmentInFlightBytes * required) / (required + parity)))
}

export function segmentLayout({ required, parity, plaintextBytes }: SegmentShape): SegmentLayout {
  if (!Number.isInteger(plaintextBytes) || plaintextBytes < 1 || plaintextBytes > LIMITS.segmentBytes)
    throw new RangeError(`no segment of ${plaintextBytes} bytes`)
  if (!Number.isInteger(required) || !Number.isInteger(parity) || required < 1 || parity < 1 || required + parity > 255)
    throw new RangeError('no such code')
  const sealedBytes = sealedLength(plaintextBytes, required)
  const frames = Math.ceil(sealedBytes / SEALED_FRAME_BYTES)
  const dataShardBytes = sealedBytes / required
  const watermarks = watermarkCount(dataShardBytes)
  const stripes = Math.ceil(dataShardBytes / LIMITS.shareBytes)
  return {
    required,
    parity,
    plaintextBytes,
    paddedBytes: sealedBytes - frames * TAG_BYTES,
    sealedBytes,
    frames,
    dataShardBytes,
    watermarks,
    shardBytes: dataShardBytes + watermarks * LIMITS.watermarkBytes,
    stripes,
    lastShareBytes: dataShardBytes - (stripes - 1) * LIMITS.shareBytes,
  }
}

/** The least multiple of k that is the length of frames with at least this much plaintext: the last frame is more than a tag. */
function sealedLength(plaintextBytes: number, required: number): number {
  const least = plaintextBytes + Math.ceil(plaintextBytes / LIMITS.frameBytes) * TAG_BYTES
  let sealed = Math.ceil(least / required) * required
  while (sealed % SEALED_FRAME_BYTES > 0 && sealed % SEALED_FRAME_BYTES <= TAG_BYTES) sealed += required
  return sealed
}

/** Plaintext (padding included) of a frame: [from, until) in the padded segment. */
export function frameSpan(layout: SegmentLayout, frame: number): { readonly from: number; readonly until: number } {
  return { from: frame * LIMITS.frameBytes, until: Math.min(layout.paddedBytes, (frame + 1) * LIMITS.frameBytes) }
}

/** Where a frame starts in the sealed segment. */
export const sealedFrameStart = (frame: number): number => frame * SEALED_FRAME_BYTES

export const isLastFrame = (layout: SegmentLayout, frame: number): boolean => frame === layout.frames - 1
