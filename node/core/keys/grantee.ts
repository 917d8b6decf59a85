/**
 * What an owner gives others so that they can share objects with it: its X25519 key as text that a slip of the pen breaks.
 *
 * `lunarx1` ‖ base32 (RFC 4648, lower case, no padding) of key 32 ‖ checksum 4: the first bytes of SHA-256(domain ‖ key).
 *
 * @module
 */
import { base32 } from 'multiformats/bases/base32'
import type { CryptoEngine } from '../crypto/engine.ts'
import { concatBytes, equalBytes, utf8 } from '../model/bytes.ts'
import { LunarError } from '../model/error.ts'

const PREFIX = 'lunarx1'
const DOMAIN = utf8('lunarx/grantee/1\0')
const KEY_BYTES = 32
const CHECKSUM_BYTES = 4

const checksumOf = (key: Uint8Array, crypto: CryptoEngine): Uint8Array => crypto.sha256(DOMAIN, key).slice(0, CHECKSUM_BYTES)

/** 65 characters. */
export const granteeText = (key: Uint8Array, crypto: CryptoEngine): string =>
  PREFIX + base32.baseEncode(concatBytes(key, checksumOf(key, crypto)))

/** Inverse of {@link granteeText}; case and space around do not matter. @throws {LunarError} BAD_GRANTEE */
export function granteeOfText(text: string, crypto: CryptoEngine): Uint8Array {
  const bytes = decoded(text.trim().toLowerCase())
  const key = bytes.subarray(0, KEY_BYTES)
  if (bytes.length !== KEY_BYTES + CHECKSUM_BYTES || !equalBytes(bytes.subarray(KEY_BYTES), checksumOf(key, crypto)))
    throw new LunarError('BAD_GRANTEE', 'not the address of a grantee: a character is wrong or missing')
  return key
}

function decoded(text: string): Uint8Array {
  if (!text.startsWith(PREFIX)) throw new LunarError('BAD_GRANTEE', `the address of a grantee begins with ${PREFIX}`)
  try {
    return base32.baseDecode(text.slice(PREFIX.length))
  } catch (cause) {
    throw new LunarError('BAD_GRANTEE', 'not the address of a grantee', { cause })
  }
}
