/**
 * What every engine checks before it works: lengths, counts and indices of shards.
 *
 * @module
 */
import { LunarError } from '../model/error.ts'
import { MOST_BUFFER_BYTES } from './engine.ts'

type Sparse = readonly (Uint8Array | undefined)[]

/** @throws {RangeError} unless there is such a code */
export function assertCode(required: number, parity: number): void {
  if (!Number.isInteger(required) || !Number.isInteger(parity) || required < 1 || parity < 1 || required + parity > 255)
    throw new RangeError(`no code of ${required} + ${parity} shards`)
}

/** @throws {RangeError} beyond the limits of `ErasureEngine.buffers` */
export function assertBuffers(count: number, sizeBytes: number): void {
  if (!Number.isInteger(count) || count < 1 || count > 255) throw new RangeError(`no set of ${count} shards`)
  if (!Number.isInteger(sizeBytes) || sizeBytes < 1 || count * sizeBytes > MOST_BUFFER_BYTES)
    throw new RangeError(`no buffers of ${count} × ${sizeBytes} bytes`)
}

/** @throws {RangeError} unless the shards that are there have one length, at least 1 byte, and there are at most `most` */
export function commonLength(shards: Sparse, most: number): number {
  if (shards.length > most) throw new RangeError(`expected at most ${most} shards, got ${shards.length}`)
  let length = 0
  for (const shard of shards) {
    if (shard === undefined) continue
    if (length !== 0 && shard.length !== length) throw new RangeError('shards of a set have one length')
    length = shard.length
    if (length === 0) throw new RangeError('shards have at least 1 byte')
  }
  return length
}

/** Indices of the shards that are there, ascending. @throws {LunarError} TOO_FEW_SHARDS with fewer than `required` */
export function foundShards(shards: Sparse, required: number): number[] {
  const found = shards.flatMap((shard, index) => (shard === undefined ? [] : [index]))
  if (found.length < required)
    throw new LunarError('TOO_FEW_SHARDS', 'fewer shards than the code requires', { detail: { required, found: found.length } })
  return found
}

/** The buffers for `wanted`: those given, after a look at their lengths, or new ones where a shard is not there. */
export function targets(
  shards: Sparse,
  wanted: readonly number[],
  total: number,
  length: number,
  into?: readonly Uint8Array[],
): Uint8Array[] {
  if (wanted.some((index) => !Number.isInteger(index) || index < 0 || index >= total)) throw new RangeError('no such shard in the code')
  if (new Set(wanted).size !== wanted.length) throw new RangeError('a shard is wanted twice')
  if (into !== undefined && into.length !== wanted.length) throw new RangeError('one target for each wanted shard')
  if (into?.some((target) => target.length !== length)) throw new RangeError('targets are as long as the shards')
  return wanted.map((index, i) => shards[index] ?? into?.[i] ?? new Uint8Array(length))
}
