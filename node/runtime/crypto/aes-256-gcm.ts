/**
 * AES-256-GCM (NIST SP 800-38D) with a tag of 16 bytes behind the ciphertext.
 *
 * @module
 */
import { createSecretKey } from 'node:crypto'
import type { Aead } from '@lunarx/core/crypto'
import { openNewWith, openWith, sealWith, type NodeCipher } from './node-aead.ts'

export function nodeAes256Gcm(key: Uint8Array): Aead {
  if (key.length !== 32) throw new RangeError('an AES-256 key has 32 bytes')
  const cipher: NodeCipher = { name: 'aes-256-gcm', key: createSecretKey(key) }
  return {
    overheadBytes: 16,
    nonceBytes: 12,
    seal: (nonce, plaintext, associated, out) => sealWith(cipher, nonce, plaintext, associated, out),
    open: (nonce, sealed, associated, out) => openWith(cipher, nonce, sealed, associated, out),
    openNew: (nonce, sealed, associated) => openNewWith(cipher, nonce, sealed, associated),
  }
}
