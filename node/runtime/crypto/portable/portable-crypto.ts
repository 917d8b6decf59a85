/**
 * The same cryptography where `node:crypto` is absent, in browsers above all: @noble, audited, plain JavaScript, synchronous.
 *
 * Bit for bit what `nodeCrypto` does, many times slower: one conformance suite holds both. Never the choice under Node.
 *
 * @module
 */
import type { Aead, AgreementKey, CryptoEngine, SignKey } from '@lunarx/core/crypto'
import { gcm } from '@noble/ciphers/aes.js'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import type { CipherWithOutput } from '@noble/ciphers/utils.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'

const TAG_BYTES = 16
/** As `node:crypto` judges: RFC 8032 exactly, no cofactored leniency for encodings that are not canonical. */
const STRICT = { zip215: false }

function signKey(seed: Uint8Array): SignKey {
  if (seed.length !== 32) throw new RangeError('an Ed25519 seed has 32 bytes')
  const secret = Uint8Array.from(seed)
  return { publicKey: ed25519.getPublicKey(secret), sign: (message) => ed25519.sign(message, secret) }
}

function verifies(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  try {
    return ed25519.verify(signature, message, publicKey, STRICT)
  } catch {
    return false // not a point of the curve
  }
}

function agreementKey(secret: Uint8Array): AgreementKey {
  if (secret.length !== 32) throw new RangeError('an X25519 key has 32 bytes')
  const own = Uint8Array.from(secret)
  return {
    publicKey: x25519.getPublicKey(own),
    agree(other) {
      try {
        return x25519.getSharedSecret(own, other)
      } catch {
        return undefined // refuses a secret of zeros, and keys of another length
      }
    },
  }
}

type CipherOf = (key: Uint8Array, nonce: Uint8Array, associated: Uint8Array) => CipherWithOutput

function aead(cipherOf: CipherOf, key: Uint8Array, nonceBytes: number): Aead {
  if (key.length !== 32) throw new RangeError('a key has 32 bytes')
  const secret = Uint8Array.from(key)
  return {
    overheadBytes: TAG_BYTES,
    nonceBytes,
    seal(nonce, plaintext, associated, out) {
      if (out.length !== plaintext.length + TAG_BYTES) throw new RangeError('out has the length of plaintext and tag')
      out.set(cipherOf(secret, nonce, associated).encrypt(plaintext))
    },
    open(nonce, sealed, associated, out) {
      if (sealed.length < TAG_BYTES) return false
      if (out.length !== sealed.length - TAG_BYTES) throw new RangeError('out has the length of the plaintext')
      const plaintext = decrypted(cipherOf(secret, nonce, associated), sealed)
      if (plaintext) out.set(plaintext)
      return plaintext !== undefined
    },
    openNew: (nonce, sealed, associated) =>
      sealed.length < TAG_BYTES ? undefined : decrypted(cipherOf(secret, nonce, associated), sealed),
  }
}

function decrypted(cipher: CipherWithOutput, sealed: Uint8Array): Uint8Array | undefined {
  try {
    return cipher.decrypt(sealed)
  } catch {
    return undefined // the tag does not verify
  }
}

function digest(...parts: readonly Uint8Array[]): Uint8Array {
  const running = sha256.create()
  for (const part of parts) running.update(part)
  return running.digest()
}

function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const running = hmac.create(sha256, key)
  for (const part of parts) running.update(part)
  return running.digest()
}

export const portableCrypto: CryptoEngine = {
  sha256: digest,
  hmacSha256,
  hkdf: (key, salt, info, lengthBytes) => hkdf(sha256, key, salt, info, lengthBytes),
  signKey,
  verify: verifies,
  agreementKey,
  aes256Gcm: (key) => aead(gcm, key, 12),
  xchacha20Poly1305: (key) => aead(xchacha20poly1305, key, 24),
}
