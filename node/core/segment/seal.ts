/**
 * seal: encrypt → stripe → inject → encode → hash. From plaintext to the n shards of a set and their addresses.
 *
 * Costs n/k of the segment and one frame of memory: each frame goes straight into the shards.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { frameCipher, type FrameCipher } from '../crypto/frames.ts'
import { segmentKey } from '../crypto/keys.ts'
import { TAG_BYTES, type Suite } from '../crypto/suite.ts'
import type { ErasureEngine } from '../erasure/engine.ts'
import { address } from '../merkle/address.ts'
import { itemAt } from '../model/item.ts'
import { LIMITS } from '../model/limits.ts'
import { regionCodes } from '../watermark/codes.ts'
import { injectWatermarks } from '../watermark/inject.ts'
import { watermarkPlaces } from '../watermark/places.ts'
import { slotOfRegion } from '../watermark/seeds.ts'
import { frameSpan, isLastFrame, sealedFrameStart, type SegmentLayout } from './layout.ts'
import { stripe } from './stripe.ts'

export interface SegmentEngines {
  readonly crypto: CryptoEngine
  readonly erasure: ErasureEngine
}

/** What opens a segment; the manifest has it. */
export interface SegmentSecrets {
  readonly suite: Suite
  /** Of the object, 32 bytes. */
  readonly dataKey: Uint8Array
  /** Of the segment record, 16 bytes, drawn anew for every attempt at sealing. */
  readonly salt: Uint8Array
  /** Place of the segment in its object. */
  readonly segmentIndex: number
  /** Eight, by slot. */
  readonly positionSeeds: readonly Uint8Array[]
}

export interface SealSecrets extends SegmentSecrets {
  /** Eight, by slot; never in the manifest. */
  readonly codeSeeds: readonly Uint8Array[]
}

export interface SealedSegment {
  /** The n shards in order: k of data, m of parity. */
  readonly shards: Uint8Array[]
  /** Their addresses, 32 bytes each. */
  readonly addresses: Uint8Array[]
}

export async function sealSegment(
  plaintext: Uint8Array,
  layout: SegmentLayout,
  secrets: SealSecrets,
  { crypto, erasure }: SegmentEngines,
): Promise<SealedSegment> {
  if (plaintext.length !== layout.plaintextBytes) throw new RangeError('the layout is of a segment of another length')
  if (secrets.codeSeeds.length !== LIMITS.trackerSlots) throw new RangeError(`expected ${LIMITS.trackerSlots} code seeds`)
  const dataShards = Array.from({ length: layout.required }, () => new Uint8Array(layout.shardBytes))
  const places = watermarkPlaces(layout.dataShardBytes, secrets.positionSeeds, crypto)
  const cipher = segmentCipher(layout, secrets, crypto)
  for await (const { at, sealed } of encrypt(plaintext, layout, cipher)) stripe(sealed, at, layout, places, dataShards)
  injectWatermarks(dataShards, places, (region) =>
    regionCodes(itemAt(secrets.codeSeeds, slotOfRegion(region)), region, layout.required, crypto),
  )
  const shards = [...dataShards, ...erasure.code(layout.required, layout.parity).encode(dataShards)]
  return { shards, addresses: shards.map((shard) => address(shard, crypto)) }
}

export function segmentCipher(
  layout: SegmentLayout,
  { suite, dataKey, salt, segmentIndex }: SegmentSecrets,
  crypto: CryptoEngine,
): FrameCipher {
  const key = segmentKey(suite, dataKey, salt, crypto)
  return frameCipher(key, { suite, segmentIndex, plaintextBytes: layout.plaintextBytes }, crypto)
}

/** Sealed frames in order, in one buffer that the next frame reuses. */
async function* encrypt(
  plaintext: Uint8Array,
  layout: SegmentLayout,
  cipher: FrameCipher,
): AsyncGenerator<{ at: number; sealed: Uint8Array }> {
  const buffer = new Uint8Array(LIMITS.frameBytes + TAG_BYTES)
  for (let frame = 0; frame < layout.frames; frame++) {
    const { from, until } = frameSpan(layout, frame)
    const sealed = buffer.subarray(0, until - from + TAG_BYTES)
    await cipher.seal(frame, isLastFrame(layout, frame), paddedFrame(plaintext, from, until), sealed)
    yield { at: sealedFrameStart(frame), sealed }
  }
}

/** A view of the plaintext; a copy with zeros behind where the frame is longer. */
function paddedFrame(plaintext: Uint8Array, from: number, until: number): Uint8Array {
  if (until <= plaintext.length) return plaintext.subarray(from, until)
  const frame = new Uint8Array(until - from)
  frame.set(plaintext.subarray(from))
  return frame
}
