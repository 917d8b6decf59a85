/**
 * The cryptography of pods and of the SDK under Node: `node:crypto`, synchronous throughout, so that `World` can run it with
 * microtasks only.
 *
 * Secrets become a KeyObject before use: an operation under a raw key costs about 10 µs more. Digests are plain Uint8Arrays, never
 * Buffers, whose `slice` shares memory.
 *
 * @module
 */
import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  hash,
  hkdfSync,
  sign,
  verify,
} from 'node:crypto'
import type { AgreementKey, CryptoEngine, SignKey } from '@lunarx/core/crypto'
import { bytesOfHex, concatBytes } from '@lunarx/core/model'
import { nodeAes256Gcm } from './aes-256-gcm.ts'
import { PUBLIC_PREFIX, publicKeyOf } from './public-keys.ts'
import { nodeXChaCha20Poly1305 } from './xchacha20-poly1305.ts'

/** DER around a 32-byte Ed25519 seed (PKCS #8, RFC 8410). */
const SEED_PREFIX = bytesOfHex('302e020100300506032b657004220420')
/** The same around X25519 keys. */
const AGREEMENT_SECRET_PREFIX = bytesOfHex('302e020100300506032b656e04220420')
const AGREEMENT_PUBLIC_PREFIX = bytesOfHex('302a300506032b656e032100')

const plain = (buffer: Buffer): Uint8Array => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
const der = (prefix: Uint8Array, key: Uint8Array): Buffer => Buffer.from(concatBytes(prefix, key))

function signKey(seed: Uint8Array): SignKey {
  if (seed.length !== 32) throw new RangeError('an Ed25519 seed has 32 bytes')
  const key = createPrivateKey({ key: der(SEED_PREFIX, seed), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return {
    publicKey: Uint8Array.from(spki.subarray(PUBLIC_PREFIX.length)),
    sign: (message) => plain(sign(null, message, key)),
  }
}

function verifies(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  try {
    return verify(null, message, publicKeyOf(publicKey), signature)
  } catch {
    return false // not a point of the curve
  }
}

function agreementKey(secret: Uint8Array): AgreementKey {
  if (secret.length !== 32) throw new RangeError('an X25519 key has 32 bytes')
  const privateKey = createPrivateKey({ key: der(AGREEMENT_SECRET_PREFIX, secret), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return {
    publicKey: Uint8Array.from(spki.subarray(AGREEMENT_PUBLIC_PREFIX.length)),
    agree(other) {
      if (other.length !== 32) return undefined
      const publicKey = createPublicKey({ key: der(AGREEMENT_PUBLIC_PREFIX, other), format: 'der', type: 'spki' })
      try {
        return Uint8Array.from(diffieHellman({ privateKey, publicKey }))
      } catch {
        return undefined // OpenSSL refuses a secret of zeros
      }
    },
  }
}

/** For short inputs in parts: a leaf or a node of a Merkle tree. Joining them is cheaper than a hash object: by 4 % for a leaf, by 38 % for a node. */
const joined = new Uint8Array(17 * 1024)

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return plain(hash('sha256', only, 'buffer'))
  let sizeBytes = 0
  for (const part of parts) sizeBytes += part.length
  if (sizeBytes <= joined.length) {
    let at = 0
    for (const part of parts) {
      joined.set(part, at)
      at += part.length
    }
    return plain(hash('sha256', joined.subarray(0, at), 'buffer'))
  }
  const running = createHash('sha256')
  for (const part of parts) running.update(part)
  return plain(running.digest())
}

function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const running = createHmac('sha256', createSecretKey(key))
  for (const part of parts) running.update(part)
  return plain(running.digest())
}

export const nodeCrypto: CryptoEngine = {
  sha256,
  hmacSha256,
  hkdf: (key, salt, info, lengthBytes) => new Uint8Array(hkdfSync('sha256', createSecretKey(key), salt, info, lengthBytes)),
  signKey,
  verify: verifies,
  agreementKey,
  aes256Gcm: nodeAes256Gcm,
  xchacha20Poly1305: nodeXChaCha20Poly1305,
}
