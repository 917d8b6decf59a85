/**
 * HPKE (RFC 9180), base mode, one message: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. Seals to somebody's public key.
 *
 * Says nothing of who sealed: what is inside must be signed. Never draws the ephemeral key: its 32 secret bytes come from the
 * caller's `Random`, and serve one message only.
 * Why not a package: docs/adr/0008-seal-grants-synchronously.md
 *
 * @module
 */
import { concatBytes, utf8 } from '../model/bytes.ts'
import { LunarError } from '../model/error.ts'
import type { AgreementKey, CryptoEngine } from './engine.ts'

const ENCAPSULATED_BYTES = 32
const HASH_BYTES = 32
const KEY_BYTES = 32
const NONCE_BYTES = 12
const EMPTY = new Uint8Array(0)
const VERSION = utf8('HPKE-v1')
/** I2OSP(kem_id, 2), 0x0020 */
const KEM_SUITE = concatBytes(utf8('KEM'), Uint8Array.of(0x00, 0x20))
/** kem_id ‖ kdf_id 0x0001 ‖ aead_id 0x0002 */
const HPKE_SUITE = concatBytes(utf8('HPKE'), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x02))
const MODE_BASE = 0

/** Bytes that sealing adds: encapsulated key and tag. */
export const HPKE_BYTES = ENCAPSULATED_BYTES + 16

export interface HpkeContext {
  readonly info: Uint8Array
  readonly associated: Uint8Array
}

/**
 * @param ephemeral a fresh key, of 32 random bytes
 * @returns encapsulated key (32) ‖ ciphertext ‖ tag (16)
 * @throws {LunarError} WRONG_KEY: the recipient's key is of small order
 */
export async function hpkeSeal(
  recipient: Uint8Array,
  plaintext: Uint8Array,
  { info, associated }: HpkeContext,
  ephemeral: AgreementKey,
  crypto: CryptoEngine,
): Promise<Uint8Array> {
  const enc = ephemeral.publicKey
  const { key, nonce } = hpkeSchedule(ephemeral.agree(recipient), enc, recipient, info, crypto)
  const out = new Uint8Array(plaintext.length + HPKE_BYTES)
  out.set(enc)
  await crypto.aes256Gcm(key).seal(nonce, plaintext, associated, out.subarray(ENCAPSULATED_BYTES))
  return out
}

/** @throws {LunarError} WRONG_KEY: sealed to another key, for another context, or changed */
export async function hpkeOpen(
  recipient: AgreementKey,
  sealed: Uint8Array,
  { info, associated }: HpkeContext,
  crypto: CryptoEngine,
): Promise<Uint8Array> {
  if (sealed.length < HPKE_BYTES) throw wrongKey()
  const enc = sealed.subarray(0, ENCAPSULATED_BYTES)
  const { key, nonce } = hpkeSchedule(recipient.agree(enc), enc, recipient.publicKey, info, crypto)
  const plaintext = new Uint8Array(sealed.length - HPKE_BYTES)
  if (!(await crypto.aes256Gcm(key).open(nonce, sealed.subarray(ENCAPSULATED_BYTES), associated, plaintext))) throw wrongKey()
  return plaintext
}

const wrongKey = (): LunarError => new LunarError('WRONG_KEY', 'sealed to another key, or changed')

/** Encap's shared secret (RFC 9180, 4.1), then the key schedule of base mode (5.1): key and first nonce. */
export function hpkeSchedule(
  agreed: Uint8Array | undefined,
  enc: Uint8Array,
  recipient: Uint8Array,
  info: Uint8Array,
  crypto: CryptoEngine,
): { readonly key: Uint8Array; readonly nonce: Uint8Array } {
  if (!agreed) throw wrongKey()
  const kem = labeled(KEM_SUITE, crypto)
  const shared = kem.expand(kem.extract(EMPTY, 'eae_prk', agreed), 'shared_secret', concatBytes(enc, recipient), HASH_BYTES)
  const hpke = labeled(HPKE_SUITE, crypto)
  const context = concatBytes(Uint8Array.of(MODE_BASE), hpke.extract(EMPTY, 'psk_id_hash', EMPTY), hpke.extract(EMPTY, 'info_hash', info))
  const secret = hpke.extract(shared, 'secret', EMPTY)
  return { key: hpke.expand(secret, 'key', context, KEY_BYTES), nonce: hpke.expand(secret, 'base_nonce', context, NONCE_BYTES) }
}

/** LabeledExtract and LabeledExpand (RFC 9180, 4) of one suite. Expands to one block of the hash at most. */
function labeled(suite: Uint8Array, crypto: CryptoEngine) {
  return {
    extract: (salt: Uint8Array, label: string, input: Uint8Array): Uint8Array =>
      crypto.hmacSha256(salt, VERSION, suite, utf8(label), input),
    expand: (key: Uint8Array, label: string, info: Uint8Array, bytes: number): Uint8Array =>
      crypto.hmacSha256(key, Uint8Array.of(0, bytes), VERSION, suite, utf8(label), info, Uint8Array.of(1)).slice(0, bytes),
  }
}
