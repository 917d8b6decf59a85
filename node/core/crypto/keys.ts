/**
 * The keys below an object's data key, and the wrapping of it. Every derivation names its purpose, so that no key serves two.
 *
 * Never draws a key: data keys, salts and nonces come from the caller's `Random`.
 *
 * @module
 */
import { concatBytes, equalBytes, utf8 } from '../model/bytes.ts'
import { LunarError } from '../model/error.ts'
import type { CryptoEngine } from './engine.ts'
import { aeadOf, type Suite } from './suite.ts'

export const DATA_KEY_BYTES = 32
/** nonce 12 ‖ sealed data key 32 ‖ tag 16 */
export const WRAPPED_KEY_BYTES = 60
const NONCE_BYTES = 12
const COMMITMENT = utf8('lunarx/key-commitment/1\0')
const COPY = utf8('lunarx/copy-key/1\0')
const NO_SALT = new Uint8Array(0)
const WRAP = utf8('lunarx/wrap-key/1\0')

/** The key of one attempt at sealing a segment: HKDF(data key, salt of the segment record). 32 bytes. */
export function segmentKey(suite: Suite, dataKey: Uint8Array, salt: Uint8Array, crypto: CryptoEngine): Uint8Array {
  return crypto.hkdf(dataKey, salt, utf8(`lunarx/segment-key/1\0${suite}`), DATA_KEY_BYTES)
}

/**
 * The data key of an object's backup copy, 32 bytes. Whoever has not the object's data key cannot tell that the two belong together.
 * @param copy from 1; 0: the object's own, as it is
 */
export function copyKey(dataKey: Uint8Array, copy: number, crypto: CryptoEngine): Uint8Array {
  return copy === 0 ? dataKey : crypto.hkdf(dataKey, NO_SALT, concatBytes(COPY, Uint8Array.of(copy)), DATA_KEY_BYTES)
}

/** Binds a data key: GCM alone can be made to open under two keys. 32 bytes, public. */
export function keyCommitment(dataKey: Uint8Array, crypto: CryptoEngine): Uint8Array {
  return crypto.hmacSha256(dataKey, COMMITMENT)
}

/**
 * Seals a data key under a wrapping key (AES-256-GCM), bound to its commitment.
 * @param nonce 12 random bytes, never used twice under one wrapping key
 * @returns nonce ‖ sealed data key ‖ tag, {@link WRAPPED_KEY_BYTES}
 */
export async function wrapDataKey(
  wrappingKey: Uint8Array,
  dataKey: Uint8Array,
  nonce: Uint8Array,
  crypto: CryptoEngine,
): Promise<Uint8Array> {
  if (nonce.length !== NONCE_BYTES || dataKey.length !== DATA_KEY_BYTES) throw new RangeError('a nonce of 12 bytes and a data key of 32')
  const sealed = new Uint8Array(WRAPPED_KEY_BYTES - NONCE_BYTES)
  await aeadOf('aes-256-gcm', wrappingKey, crypto).seal(nonce, dataKey, concatBytes(WRAP, keyCommitment(dataKey, crypto)), sealed)
  return concatBytes(nonce, sealed)
}

/**
 * The data key of a manifest, checked against its commitment.
 * @throws {LunarError} WRONG_KEY
 */
export async function unwrapDataKey(
  wrappingKey: Uint8Array,
  wrapped: Uint8Array,
  commitment: Uint8Array,
  crypto: CryptoEngine,
): Promise<Uint8Array> {
  const dataKey = new Uint8Array(DATA_KEY_BYTES)
  const opened =
    wrapped.length === WRAPPED_KEY_BYTES &&
    (await aeadOf('aes-256-gcm', wrappingKey, crypto).open(
      wrapped.subarray(0, NONCE_BYTES),
      wrapped.subarray(NONCE_BYTES),
      concatBytes(WRAP, commitment),
      dataKey,
    ))
  if (!opened || !equalBytes(keyCommitment(dataKey, crypto), commitment))
    throw new LunarError('WRONG_KEY', 'the wrapping key does not open this data key')
  return dataKey
}
