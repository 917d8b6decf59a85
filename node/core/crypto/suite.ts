/**
 * Cipher suites, by the name that the manifest carries. A suite seals frames; nothing else of a format depends on it.
 *
 * @module
 */
import type { Aead, CryptoEngine } from './engine.ts'

export const SUITES = ['aes-256-gcm'] as const
export type Suite = (typeof SUITES)[number]

/** Bytes that every suite adds to a frame. Part of the segment's layout. */
export const TAG_BYTES = 16

const AEADS: Readonly<Record<Suite, (key: Uint8Array, crypto: CryptoEngine) => Aead>> = {
  'aes-256-gcm': (key, crypto) => crypto.aes256Gcm(key),
}

export function aeadOf(suite: Suite, key: Uint8Array, crypto: CryptoEngine): Aead {
  return AEADS[suite](key, crypto)
}
