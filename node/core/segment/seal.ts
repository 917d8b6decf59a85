/**
 * seal: encrypt → stripe → inject → encode → hash. From plaintext to the n shards of a set and their addresses.
 *
 * Costs n/k of the segment, in the erasure engine's own memory, and one frame. Each frame is laid into the shards as it is sealed;
 * the parity of a stripe is computed, and its leaves are hashed, while its bytes are still in the processor's cache.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { frameCipher, type FrameCipher } from '../crypto/frames.ts'
import { segmentKey } from '../crypto/keys.ts'
import { TAG_BYTES, type Suite } from '../crypto/suite.ts'
import type { ErasureEngine } from '../erasure/engine.ts'
import { AddressHasher } from '../merkle/address.ts'
import { itemAt } from '../model/item.ts'
import { LIMITS } from '../model/limits.ts'
import { regionCodes } from '../watermark/codes.ts'
import { injectWatermarks } from '../watermark/inject.ts'
import { watermarkPlaces } from '../watermark/places.ts'
import { slotOfRegion } from '../watermark/seeds.ts'
import { shardOffset } from '../watermark/strip.ts'
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

/** Disposing of it gives the shards' memory back: nothing may read them after that. */
export interface SealedSegment extends Disposable {
  /** The n shards in order: k of data, m of parity. */
  readonly shards: readonly Uint8Array[]
  /** Their addresses, 32 bytes each. */
  readonly addresses: readonly Uint8Array[]
}

/** @param giveWay awaited after every frame: a segment takes a tenth of a second, and others want their turn meanwhile */
export async function sealSegment(
  plaintext: Uint8Array,
  layout: SegmentLayout,
  secrets: SealSecrets,
  { crypto, erasure }: SegmentEngines,
  giveWay: () => Promise<void> = () => Promise.resolve(),
): Promise<SealedSegment> {
  if (plaintext.length !== layout.plaintextBytes) throw new RangeError('the layout is of a segment of another length')
  if (secrets.codeSeeds.length !== LIMITS.trackerSlots) throw new RangeError(`expected ${LIMITS.trackerSlots} code seeds`)
  const { required, parity, shardBytes } = layout
  const buffers = erasure.buffers(required + parity, shardBytes)
  try {
    const { shards } = buffers
    const dataShards = shards.slice(0, required)
    const places = watermarkPlaces(layout.dataShardBytes, secrets.positionSeeds, crypto)
    const code = erasure.code(required, parity)
    const hashers = shards.map(() => new AddressHasher(crypto))
    injectWatermarks(dataShards, places, (region) => regionCodes(itemAt(secrets.codeSeeds, slotOfRegion(region)), region, required, crypto))
    let done = 0
    for await (const { at, sealed } of encrypt(plaintext, layout, segmentCipher(layout, secrets, crypto))) {
      await giveWay()
      stripe(sealed, at, layout, places, dataShards)
      const until = completeBytes(layout, places, at + sealed.length)
      if (until === done) continue
      const columns = shards.map((shard) => shard.subarray(done, until))
      code.encodeInto(columns)
      for (const [index, hasher] of hashers.entries()) hasher.update(itemAt(columns, index))
      done = until
    }
    return { shards, addresses: hashers.map((hasher) => hasher.digest()), [Symbol.dispose]: () => buffers[Symbol.dispose]() }
  } catch (error) {
    buffers[Symbol.dispose]()
    throw error
  }
}

/** Bytes of every data shard, in whole leaves, that are final once so much of the sealed segment is laid out. */
function completeBytes(layout: SegmentLayout, places: readonly number[], sealedUntil: number): number {
  if (sealedUntil === layout.sealedBytes) return layout.shardBytes
  const cipherUntil = Math.floor(sealedUntil / (layout.required * LIMITS.shareBytes)) * LIMITS.shareBytes
  if (cipherUntil === 0) return 0
  const bytes = shardOffset(places, cipherUntil - 1) + 1
  return bytes - (bytes % LIMITS.leafBytes)
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
