/**
 * How heads lie in the store, so that a partition is one range in order of row and commit:
 *
 *   h ‖ partition ‖ row ‖ commit   the signed commit, a head
 *   v ‖ partition ‖ row ‖ commit   its sealed value, if it has one
 *   p ‖ partition                  XOR of the ids of its heads, rows, heads
 *
 * The values are apart, so that comparing and merging reads none.
 *
 * @module
 */
import { concatBytes, utf8 } from '@lunarx/core/model'
import type { Range } from '@lunarx/runtime/store'

const HEAD = utf8('h')
const VALUE = utf8('v')
const PARTITION = utf8('p')

export const headKey = (partition: Uint8Array, row: Uint8Array, id: Uint8Array): Uint8Array => concatBytes(HEAD, partition, row, id)
export const valueKey = (partition: Uint8Array, row: Uint8Array, id: Uint8Array): Uint8Array => concatBytes(VALUE, partition, row, id)
export const partitionKey = (partition: Uint8Array): Uint8Array => concatBytes(PARTITION, partition)

/** Row and commit of a head's key. */
export const rowOf = (key: Uint8Array): Uint8Array => key.subarray(33, 65)
export const idOf = (key: Uint8Array): Uint8Array => key.subarray(65, 97)
/** Row ‖ commit: where a page of heads ends. */
export const cursorOf = (key: Uint8Array): Uint8Array => key.slice(33, 97)
export const partitionOfKey = (key: Uint8Array): Uint8Array => key.slice(1, 33)

/** The smallest key behind all that begin with `prefix`. */
export function afterPrefix(prefix: Uint8Array): Uint8Array {
  const end = prefix.slice()
  for (let at = end.length - 1; at >= 0; at--) {
    end[at] = (prefix[at] ?? 0) + 1
    if (prefix[at] !== 255) return end.slice(0, at + 1)
  }
  throw new RangeError('nothing is behind this prefix')
}

/** Heads of one row. */
export const rowRange = (partition: Uint8Array, row: Uint8Array, limit: number): Range => {
  const prefix = concatBytes(HEAD, partition, row)
  return { from: prefix, until: afterPrefix(prefix), limit }
}

/** Heads of a partition behind `after` (a row, or row ‖ commit), up to and with `until`. */
export const partitionRange = (partition: Uint8Array, after: Uint8Array | null, until: Uint8Array | null, limit: number): Range => {
  const prefix = concatBytes(HEAD, partition)
  return {
    from: after ? afterPrefix(concatBytes(prefix, after)) : prefix,
    until: afterPrefix(until ? concatBytes(prefix, until) : prefix),
    limit,
  }
}

/** Partitions behind `after`. */
export const partitionsRange = (after: Uint8Array | null, limit: number): Range => ({
  from: after ? afterPrefix(partitionKey(after)) : PARTITION,
  until: afterPrefix(PARTITION),
  limit,
})
