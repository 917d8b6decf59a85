/**
 * What the map keeps of a record in memory, as the store has it: 51 bytes, so that a start need not decode a million records.
 *
 * The class of a set is not in it (a release that does not know of it could not read it): where decisions need it the record is read.
 *
 * owner (32) ‖ shardBytes (8, big-endian) ‖ createdMs (8, big-endian) ‖ required ‖ parity ‖ survive
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { SetSummary } from './set-table.ts'

const SUMMARY_BYTES = 51

export function packSummary({ owner, shardBytes, createdMs, required, parity, survive }: SetSummary): Uint8Array {
  const bytes = new Uint8Array(SUMMARY_BYTES)
  const view = new DataView(bytes.buffer)
  bytes.set(owner)
  view.setBigUint64(32, BigInt(shardBytes))
  view.setBigUint64(40, BigInt(createdMs))
  bytes.set([required, parity, survive], 48)
  return bytes
}

/** @throws {LunarError} STORE_FAILED */
export function unpackSummary(bytes: Uint8Array): SetSummary {
  if (bytes.length !== SUMMARY_BYTES) throw new LunarError('STORE_FAILED', 'a summary of a record has another length')
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const [required = 0, parity = 0, survive = 0] = bytes.subarray(48)
  const number = (at: number): number => view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4)
  return { owner: bytes.subarray(0, 32), shardBytes: number(32), createdMs: number(40), required, parity, survive }
}
