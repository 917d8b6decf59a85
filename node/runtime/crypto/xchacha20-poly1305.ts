/**
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): HChaCha20 of @noble/ciphers turns key and the first 16 bytes of the nonce into a key
 * for `node:crypto`'s ChaCha20-Poly1305.
 *
 * All frames of a segment begin their nonces alike, so the last such key is kept: then it costs what ChaCha20-Poly1305 costs.
 *
 * @module
 */
import { createSecretKey } from 'node:crypto'
import type { Aead } from '@lunarx/core/crypto'
import { equalBytes, utf8 } from '@lunarx/core/model'
import { hchacha } from '@noble/ciphers/chacha.js'
import { openNewWith, openWith, sealWith, type NodeCipher } from './node-aead.ts'

const NONCE_BYTES = 24
const PREFIX_BYTES = 16

export function nodeXChaCha20Poly1305(key: Uint8Array): Aead {
  if (key.length !== 32) throw new RangeError('an XChaCha20 key has 32 bytes')
  const secret = Uint8Array.from(key)
  let last: { readonly prefix: Uint8Array; readonly cipher: NodeCipher } | undefined
  const cipherOf = (nonce: Uint8Array): NodeCipher => {
    if (nonce.length !== NONCE_BYTES) throw new RangeError('an XChaCha20 nonce has 24 bytes')
    const prefix = nonce.slice(0, PREFIX_BYTES)
    if (!last || !equalBytes(last.prefix, prefix))
      last = { prefix, cipher: { name: 'chacha20-poly1305', key: createSecretKey(subkey(secret, prefix)) } }
    return last.cipher
  }
  return {
    overheadBytes: 16,
    nonceBytes: NONCE_BYTES,
    seal: (nonce, plaintext, associated, out) => sealWith(cipherOf(nonce), shortNonce(nonce), plaintext, associated, out),
    open: (nonce, sealed, associated, out) => openWith(cipherOf(nonce), shortNonce(nonce), sealed, associated, out),
    openNew: (nonce, sealed, associated) => openNewWith(cipherOf(nonce), shortNonce(nonce), sealed, associated),
  }
}

/** Four zero bytes ‖ the last eight of the nonce. */
function shortNonce(nonce: Uint8Array): Uint8Array {
  const short = new Uint8Array(12)
  short.set(nonce.subarray(PREFIX_BYTES), 4)
  return short
}

function subkey(key: Uint8Array, prefix: Uint8Array): Uint8Array {
  const out = new Uint32Array(8)
  hchacha(SIGMA, wordsOf(key), wordsOf(prefix), out)
  const bytes = new Uint8Array(32)
  const view = new DataView(bytes.buffer)
  for (const [i, word] of out.entries()) view.setUint32(4 * i, word, true)
  return bytes
}

const SIGMA = wordsOf(utf8('expand 32-byte k'))

/** Little-endian words. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true))
}
