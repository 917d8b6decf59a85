/**
 * Sealing of row values: AES-256-GCM under a key of this row alone, with a random nonce, bound to author, table and row. A value
 * moved to another row, or changed by a bit, does not open.
 *
 * Layout: 1 (this format) ‖ nonce 12 ‖ ciphertext ‖ tag 16.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { concatBytes, LIMITS, LunarError, utf8 } from '@lunarx/core/model'

const FORMAT = 1
const HEAD_BYTES = 1 + 12
const TAG_BYTES = 16
const DOMAIN = utf8('lunarx/row-value/1\0')

/** Bytes that sealing adds. */
export const SEAL_BYTES = HEAD_BYTES + TAG_BYTES

export interface RowIdentity {
  readonly author: Uint8Array
  readonly table: Uint8Array
  readonly row: Uint8Array
}

const associatedOf = ({ author, table, row }: RowIdentity): Uint8Array => concatBytes(DOMAIN, author, table, row)

/**
 * @param nonce 12 random bytes
 * @throws {LunarError} OBJECT_TOO_LARGE
 */
export async function sealValue(
  plaintext: Uint8Array,
  key: Uint8Array,
  nonce: Uint8Array,
  row: RowIdentity,
  crypto: CryptoEngine,
): Promise<Uint8Array> {
  const sizeBytes = plaintext.length + SEAL_BYTES
  if (sizeBytes > LIMITS.rowValueBytes)
    throw new LunarError('OBJECT_TOO_LARGE', 'the manifest does not fit a row', { detail: { sizeBytes, limitBytes: LIMITS.rowValueBytes } })
  const sealed = new Uint8Array(sizeBytes)
  sealed[0] = FORMAT
  sealed.set(nonce, 1)
  await crypto.aes256Gcm(key).seal(nonce, plaintext, associatedOf(row), sealed.subarray(HEAD_BYTES))
  return sealed
}

/** @throws {LunarError} WRONG_KEY */
export async function openValue(sealed: Uint8Array, key: Uint8Array, row: RowIdentity, crypto: CryptoEngine): Promise<Uint8Array> {
  const plaintext = new Uint8Array(Math.max(0, sealed.length - SEAL_BYTES))
  const isOpen =
    sealed.length >= SEAL_BYTES &&
    sealed[0] === FORMAT &&
    (await crypto.aes256Gcm(key).open(sealed.subarray(1, HEAD_BYTES), sealed.subarray(HEAD_BYTES), associatedOf(row), plaintext))
  if (!isOpen) throw new LunarError('WRONG_KEY', 'the key does not open this row')
  return plaintext
}
