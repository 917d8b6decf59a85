/**
 * Shards for the tests of erasure engines.
 *
 * @module
 */
import { itemAt } from '@lunarx/core/model'
import { stream } from '../vectors/stream.ts'

export const dataShards = (seed: string, required: number, shardBytes: number): Uint8Array[] => {
  const bytes = stream(seed, required * shardBytes)
  return Array.from({ length: required }, (_, index) => bytes.slice(index * shardBytes, (index + 1) * shardBytes))
}

/** A subset of 0 … total − 1 of this size, drawn by the stream. */
export function draw(total: number, size: number, order: Iterator<number>): number[] {
  const left = Array.from({ length: total }, (_, index) => index)
  return Array.from({ length: size }, () => itemAt(left.splice((order.next().value as number) % left.length, 1), 0))
}
