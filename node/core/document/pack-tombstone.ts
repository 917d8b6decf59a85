/**
 * A tombstone as it is stored under set and owner: all else that was signed follows from those, but for the time. 72 bytes for 206.
 *
 * Nothing is lost: the document comes back bit for bit, so that whoever comes back with a shard of the set can verify it. One whose body
 * is not the canonical encoding of its fields is stored as it is.
 *
 * signature (64) ‖ u64(deletedMs)
 *
 * @module
 */
import { concatBytes, equalBytes } from '../model/bytes.ts'
import { encodeBytes, parseBytes, readDocument, signedDocument, type SignedDocument } from './signed.ts'
import { TOMBSTONE, type Tombstone } from './tombstone.ts'

const SIGNATURE_BYTES = 64
const PACKED_BYTES = SIGNATURE_BYTES + 8

/** Where it is stored. */
export type TombstoneKey = Pick<Tombstone, 'network' | 'owner' | 'segment'>

/** @throws {LunarError} BAD_MESSAGE: it is no tombstone */
export function packTombstone({ body, signature }: SignedDocument, key: TombstoneKey): Uint8Array {
  const { deletedMs } = readDocument(TOMBSTONE, { body, signature })
  const time = new Uint8Array(8)
  new DataView(time.buffer).setBigUint64(0, BigInt(deletedMs))
  return equalBytes(bodyOf(key, deletedMs), body) ? concatBytes(signature, time) : encodeBytes({ body, signature })
}

/** Inverse of {@link packTombstone}; takes whole documents too. @throws {LunarError} BAD_MESSAGE */
export function unpackTombstone(packed: Uint8Array, key: TombstoneKey): SignedDocument {
  if (packed.length !== PACKED_BYTES) return parseBytes(signedDocument, packed)
  const deletedMs = Number(new DataView(packed.buffer, packed.byteOffset).getBigUint64(SIGNATURE_BYTES))
  return { body: bodyOf(key, deletedMs), signature: packed.slice(0, SIGNATURE_BYTES) }
}

const bodyOf = ({ network, owner, segment }: TombstoneKey, deletedMs: number): Uint8Array =>
  encodeBytes({ network, owner, segment, deletedMs } satisfies Tombstone)
