/**
 * What the pure parts need of cryptography. Injected: `node:crypto` in pods, @noble where that is absent.
 *
 * Hashes, signatures and key agreement are synchronous; sealing may be asynchronous, because WebCrypto is.
 *
 * @module
 */
export type Awaitable<T> = T | Promise<T>

export interface SignKey {
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array
  /** Ed25519 signature, 64 bytes (RFC 8032). */
  sign(message: Uint8Array): Uint8Array
}

export interface AgreementKey {
  /** Raw X25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array
  /** X25519 shared secret, 32 bytes (RFC 7748); undefined if it would be all zero, which a public key of small order makes it. */
  agree(publicKey: Uint8Array): Uint8Array | undefined
}

export interface Aead {
  /** Bytes that sealing adds (tag). */
  readonly overheadBytes: number
  readonly nonceBytes: number
  /** Writes ciphertext ‖ tag to `out`, whose length is plaintext.length + overheadBytes. */
  seal(nonce: Uint8Array, plaintext: Uint8Array, associated: Uint8Array, out: Uint8Array): Awaitable<void>
  /** False if the tag does not verify; `out` (sealed.length − overheadBytes) is then to be discarded. */
  open(nonce: Uint8Array, sealed: Uint8Array, associated: Uint8Array, out: Uint8Array): Awaitable<boolean>
  /** The plaintext in memory of its own, where that saves a copy; undefined if the tag does not verify. */
  openNew(nonce: Uint8Array, sealed: Uint8Array, associated: Uint8Array): Awaitable<Uint8Array | undefined>
}

export interface CryptoEngine {
  sha256(...parts: readonly Uint8Array[]): Uint8Array
  hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array
  /** HKDF-SHA-256 (RFC 5869). */
  hkdf(key: Uint8Array, salt: Uint8Array, info: Uint8Array, lengthBytes: number): Uint8Array
  /** Ed25519 key of a 32-byte seed. */
  signKey(seed: Uint8Array): SignKey
  /** Ed25519; false on any malformed input. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** X25519 key of 32 secret bytes. */
  agreementKey(secret: Uint8Array): AgreementKey
  /** AES-256-GCM (NIST SP 800-38D); key of 32 bytes, nonce of 12. */
  aes256Gcm(key: Uint8Array): Aead
  /** XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03); key of 32 bytes, nonce of 24. */
  xchacha20Poly1305(key: Uint8Array): Aead
}
