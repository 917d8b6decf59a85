/**
 * AES-256-GCM (NIST SP 800-38D) with a tag of 16 bytes behind the ciphertext.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import type { Aead } from '@lunarx/core/crypto'

const TAG_BYTES = 16
const NONCE_BYTES = 12

export function nodeAes256Gcm(key: Uint8Array): Aead {
  if (key.length !== 32) throw new RangeError('an AES-256 key has 32 bytes')
  const secret = createSecretKey(key)
  return {
    overheadBytes: TAG_BYTES,
    nonceBytes: NONCE_BYTES,

    seal(nonce, plaintext, associated, out) {
      if (out.length !== plaintext.length + TAG_BYTES) throw new RangeError('out has the length of plaintext and tag')
      const cipher = createCipheriv('aes-256-gcm', secret, nonce, { authTagLength: TAG_BYTES }).setAAD(associated)
      out.set(cipher.update(plaintext), 0)
      cipher.final()
      out.set(cipher.getAuthTag(), plaintext.length)
    },

    open(nonce, sealed, associated, out) {
      const length = sealed.length - TAG_BYTES
      if (length < 0) return false
      if (out.length !== length) throw new RangeError('out has the length of the plaintext')
      const decipher = createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: TAG_BYTES }).setAAD(associated)
      decipher.setAuthTag(sealed.subarray(length))
      out.set(decipher.update(sealed.subarray(0, length)), 0)
      try {
        decipher.final()
        return true
      } catch {
        return false // the tag does not verify
      }
    },
  }
}
