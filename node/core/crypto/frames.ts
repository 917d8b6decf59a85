/**
 * STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): a segment is sealed frame by frame, each under its own nonce, the last one
 * marked. A frame that is flipped, moved, left out, cut off, or taken from another segment or object does not open.
 *
 * The key seals one text only (see `segmentKey`), so the nonce needs no random part.
 *
 * @module
 */
import { concatBytes, utf8 } from '../model/bytes.ts'
import { LunarError } from '../model/error.ts'
import type { CryptoEngine } from './engine.ts'
import { aeadOf, type Suite } from './suite.ts'

/** Of a frame number and the mark of the last one: the end of every nonce. */
const COUNTER_BYTES = 5
const DOMAIN = utf8('lunarx/frame/1\0')

/** Where a segment's frames belong: bound into every one of them. */
export interface FrameContext {
  readonly suite: Suite
  /** Place of the segment in its object, 0, 1, 2, … */
  readonly segmentIndex: number
  /** Bytes of the segment before padding. */
  readonly plaintextBytes: number
}

export interface FrameCipher {
  /** Writes ciphertext ‖ tag to `out`, which has the length of both. */
  seal(frame: number, isLast: boolean, plaintext: Uint8Array, out: Uint8Array): Promise<void>
  /** Writes the plaintext to `out`. @throws {LunarError} WRONG_KEY, and `out` is to be discarded */
  open(frame: number, isLast: boolean, sealed: Uint8Array, out: Uint8Array): Promise<void>
  /** The plaintext in memory of its own. @throws {LunarError} WRONG_KEY */
  openNew(frame: number, isLast: boolean, sealed: Uint8Array): Promise<Uint8Array>
}

/** @param key of {@link segmentKey} */
export function frameCipher(key: Uint8Array, context: FrameContext, crypto: CryptoEngine): FrameCipher {
  const aead = aeadOf(context.suite, key, crypto)
  const associated = associatedOf(context)
  return {
    async seal(frame, isLast, plaintext, out) {
      await aead.seal(nonceOf(frame, isLast, aead.nonceBytes), plaintext, associated, out)
    },
    async open(frame, isLast, sealed, out) {
      if (!(await aead.open(nonceOf(frame, isLast, aead.nonceBytes), sealed, associated, out))) throw doesNotOpen(context, frame)
    },
    async openNew(frame, isLast, sealed) {
      const plaintext = await aead.openNew(nonceOf(frame, isLast, aead.nonceBytes), sealed, associated)
      if (!plaintext) throw doesNotOpen(context, frame)
      return plaintext
    },
  }
}

const doesNotOpen = ({ segmentIndex }: FrameContext, frame: number): LunarError =>
  new LunarError('WRONG_KEY', 'a frame does not open: wrong key or changed bytes', { detail: { segmentIndex, frame } })

/** Zero bytes (7 of a nonce of 12, 19 of one of 24) ‖ frame, 4 bytes big-endian ‖ 1 for the last frame, else 0. */
function nonceOf(frame: number, isLast: boolean, nonceBytes: number): Uint8Array {
  const nonce = new Uint8Array(nonceBytes)
  new DataView(nonce.buffer).setUint32(nonceBytes - COUNTER_BYTES, frame)
  nonce[nonceBytes - 1] = isLast ? 1 : 0
  return nonce
}

/** domain ‖ suite ‖ 0 ‖ segment index, 4 bytes big-endian ‖ plaintext bytes, 4 bytes big-endian */
function associatedOf({ suite, segmentIndex, plaintextBytes }: FrameContext): Uint8Array {
  const numbers = new Uint8Array(8)
  const view = new DataView(numbers.buffer)
  view.setUint32(0, segmentIndex)
  view.setUint32(4, plaintextBytes)
  return concatBytes(DOMAIN, utf8(`${suite}\0`), numbers)
}
