/**
 * Damage: what a broken or hostile peer makes of bytes that were right.
 *
 * @module
 */
import { pick, type Draw } from './sample.ts'

const MAX_BYTES = 8 * 1024
/** Heads of CBOR that decoders stumble over: long lengths, indefinite ones, tags, floats, reserved values. */
const HEADS = [
  [0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x5a, 0xff, 0xff, 0xff, 0xff],
  [0x5b, 0, 0, 0, 1, 0, 0, 0, 0],
  [0x7a, 0x00, 0x10, 0x00, 0x00],
  [0x9a, 0xff, 0xff, 0xff, 0xff],
  [0xba, 0x00, 0xff, 0xff, 0xff],
  [0x5f],
  [0x9f],
  [0xbf],
  [0xff],
  [0xd8, 0x2a, 0x41, 0x00],
  [0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
  [0xf9, 0x7c, 0x00],
  [0xf7],
  [0xa0],
  [0x80],
  [0x18, 0x01],
]

/** One to four changes; never longer than 8 KiB. */
export function mutate(bytes: Uint8Array, other: Uint8Array, draw: Draw): Uint8Array {
  let changed = bytes
  for (let n = 1 + Math.floor(draw() * 4); n > 0; n--) changed = pick(CHANGES, draw)(changed, other, draw)
  return changed.slice(0, MAX_BYTES)
}

/** Makes new bytes. */
type Change = (bytes: Uint8Array, other: Uint8Array, draw: Draw) => Uint8Array

const at = (bytes: Uint8Array, draw: Draw): number => Math.floor(draw() * (bytes.length + 1))

const CHANGES: readonly Change[] = [
  (bytes, _, draw) => flip(bytes, 1 << Math.floor(draw() * 8), draw),
  (bytes, _, draw) => flip(bytes, Math.floor(draw() * 256), draw),
  (bytes, _, draw) => replace(bytes, at(bytes, draw), 1, [pick([0, 1, 0x7f, 0x80, 0xff], draw)]),
  (bytes, _, draw) => replace(bytes, at(bytes, draw), 1, pick(HEADS, draw)),
  (bytes, _, draw) => replace(bytes, at(bytes, draw), 0, pick(HEADS, draw)),
  (bytes, _, draw) => replace(bytes, at(bytes, draw), Math.floor(draw() * 16), []),
  (bytes, _, draw) => bytes.slice(0, at(bytes, draw)),
  (bytes, _, draw) => twice(bytes, at(bytes, draw), Math.floor(draw() * 64)),
  (bytes, other, draw) => joined(bytes.subarray(0, at(bytes, draw)), other.subarray(Math.floor(draw() * (other.length + 1)))),
]

function flip(bytes: Uint8Array, mask: number, draw: Draw): Uint8Array {
  const index = Math.floor(draw() * bytes.length)
  const changed = bytes.slice()
  if (index < changed.length) changed[index] = (changed[index] ?? 0) ^ mask
  return changed
}

const replace = (bytes: Uint8Array, from: number, count: number, by: readonly number[]): Uint8Array =>
  joined(bytes.subarray(0, from), by, bytes.subarray(from + count))

const twice = (bytes: Uint8Array, from: number, count: number): Uint8Array =>
  joined(bytes.subarray(0, from + count), bytes.subarray(from, from + count), bytes.subarray(from + count))

function joined(...parts: readonly ArrayLike<number>[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let filled = 0
  for (const part of parts) {
    whole.set(part, filled)
    filled += part.length
  }
  return whole
}
