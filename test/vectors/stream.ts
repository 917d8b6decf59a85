/**
 * The inputs of the golden vectors, as `generator/main.go` makes them.
 *
 * @module
 */
import { createHash } from 'node:crypto'

/** SHA-256(seed ‖ u32 counter), block after block, cut to length. */
export function stream(seed: string, length: number): Uint8Array {
  const out = new Uint8Array(Math.ceil(length / 32) * 32)
  const counter = Buffer.alloc(4)
  for (let block = 0; block * 32 < length; block++) {
    counter.writeUInt32BE(block)
    out.set(createHash('sha256').update(seed).update(counter).digest(), block * 32)
  }
  return out.subarray(0, length)
}
