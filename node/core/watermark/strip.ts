/**
 * strip: ciphertext out of a data shard, around the watermarks. Needs the places, never the codes.
 *
 * @module
 */
import { itemAt } from '../model/item.ts'
import { LIMITS } from '../model/limits.ts'

/** Ciphertext bytes that lie side by side in a shard. */
export interface CipherRun {
  /** In the ciphertext of the shard. */
  readonly cipherAt: number
  /** In the shard. */
  readonly shardAt: number
  readonly bytes: number
}

/** Offset in the shard of a byte of its ciphertext. */
export const shardOffset = (places: readonly number[], cipherAt: number): number =>
  cipherAt + watermarksBefore(places, cipherAt) * LIMITS.watermarkBytes

/** The runs that hold ciphertext bytes `from … until` of a data shard, in order. */
export function* cipherRuns(places: readonly number[], from: number, until: number): Generator<CipherRun> {
  let passed = watermarksBefore(places, from)
  for (let at = from; at < until;) {
    const end = Math.min(until, places[passed] ?? until)
    yield { cipherAt: at, shardAt: at + passed * LIMITS.watermarkBytes, bytes: end - at }
    at = end
    passed++
  }
}

/**
 * Fills `into` with the ciphertext bytes of a data shard from `from` on.
 * @param piece bytes of the shard from offset `pieceAt` on
 */
export function stripInto(piece: Uint8Array, pieceAt: number, places: readonly number[], from: number, into: Uint8Array): void {
  for (const { cipherAt, shardAt, bytes } of cipherRuns(places, from, from + into.length)) {
    if (shardAt < pieceAt || shardAt + bytes > pieceAt + piece.length) throw new RangeError('the piece does not hold these bytes')
    into.set(piece.subarray(shardAt - pieceAt, shardAt - pieceAt + bytes), cipherAt - from)
  }
}

/** How many places are at or before this byte (binary search). */
function watermarksBefore(places: readonly number[], cipherAt: number): number {
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (itemAt(places, middle) <= cipherAt) low = middle + 1
    else high = middle
  }
  return low
}
