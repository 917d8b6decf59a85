/**
 * Addresses as text: CIDv1, base32, for people, logs and the DHT. Messages and records carry the 32 bytes.
 *
 * The CID is that of the shard's root block (2 ‖ length ‖ top), whose SHA-256 the address is.
 *
 * @module
 */
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { LunarError } from '../model/error.ts'

/** The root block of a LunarX shard: our own code in the private range 0x300000–0x3FFFFF of the multicodec table. */
export const SHARD_CODEC = 0x304c58
const SHA2_256 = 0x12

/** `b…`, 61 characters. */
export function formatAddress(address: Uint8Array): string {
  if (address.length !== 32) throw new RangeError('an address has 32 bytes')
  return CID.createV1(SHARD_CODEC, create(SHA2_256, address)).toString()
}

/** Inverse of {@link formatAddress}. @throws {LunarError} BAD_MESSAGE */
export function parseAddress(text: string): Uint8Array {
  let cid: CID
  try {
    cid = CID.parse(text)
  } catch (cause) {
    throw new LunarError('BAD_MESSAGE', 'not an address', { cause, detail: { text: text.slice(0, 100) } })
  }
  const { digest } = cid.multihash
  if (cid.version !== 1 || cid.code !== SHARD_CODEC || cid.multihash.code !== SHA2_256 || digest.length !== 32 || cid.toString() !== text)
    throw new LunarError('BAD_MESSAGE', 'not the address of a shard', { detail: { text: text.slice(0, 100) } })
  return Uint8Array.from(digest)
}
