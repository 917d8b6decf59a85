/**
 * What the AEADs of `node:crypto` have in common: a tag of 16 bytes behind the ciphertext, a key that was made once, output in new
 * memory only, which is let go of where it is not the caller's.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { letGo } from '@lunarx/core/model'

const TAG_BYTES = 16

/** Ciphers of `node:crypto` with a nonce of 12 bytes. */
export interface NodeCipher {
  readonly name: 'aes-256-gcm' | 'chacha20-poly1305'
  readonly key: KeyObject
}

export function sealWith(
  { name, key }: NodeCipher,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associated: Uint8Array,
  out: Uint8Array,
): void {
  if (out.length !== plaintext.length + TAG_BYTES) throw new RangeError('out has the length of plaintext and tag')
  // one name at a time: node's types give each cipher class of its own
  const cipher =
    name === 'aes-256-gcm'
      ? createCipheriv(name, key, nonce, { authTagLength: TAG_BYTES })
      : createCipheriv(name, key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(associated, { plaintextLength: plaintext.length })
  const sealed = cipher.update(plaintext)
  out.set(sealed, 0)
  letGo(sealed)
  cipher.final()
  out.set(cipher.getAuthTag(), plaintext.length)
}

/** False if the tag does not verify; nothing is then written. */
export function openWith(cipher: NodeCipher, nonce: Uint8Array, sealed: Uint8Array, associated: Uint8Array, out: Uint8Array): boolean {
  if (sealed.length < TAG_BYTES) return false
  if (out.length !== sealed.length - TAG_BYTES) throw new RangeError('out has the length of the plaintext')
  const plaintext = openNewWith(cipher, nonce, sealed, associated)
  if (!plaintext) return false
  out.set(plaintext)
  letGo(plaintext)
  return true
}

/** What the decipher allocated, without another copy; undefined if the tag does not verify. */
export function openNewWith(
  { name, key }: NodeCipher,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array | undefined {
  const length = sealed.length - TAG_BYTES
  if (length < 0) return undefined
  const decipher =
    name === 'aes-256-gcm'
      ? createDecipheriv(name, key, nonce, { authTagLength: TAG_BYTES })
      : createDecipheriv(name, key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(associated, { plaintextLength: length })
  decipher.setAuthTag(sealed.subarray(length))
  const plaintext = decipher.update(sealed.subarray(0, length))
  try {
    decipher.final()
    return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length) // no Buffer: its `slice` shares memory
  } catch {
    return undefined // the tag does not verify
  }
}
