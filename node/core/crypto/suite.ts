/**
 * Cipher suites, by the name that the manifest carries. A suite seals frames; nothing else of a format depends on it.
 *
 * `aes-256-gcm` is the fast one wherever the processor has AES; `xchacha20-poly1305` is as fast in plain code as anything gets, and
 * safe from cache timing there.
 *
 * @module
 */
import type { Aead, CryptoEngine } from './engine.ts'

export const SUITES = ['aes-256-gcm', 'xchacha20-poly1305'] as const
export type Suite = (typeof SUITES)[number]

export const DEFAULT_SUITE: Suite = 'aes-256-gcm'

/** Bytes that every suite adds to a frame. Part of the segment's layout. */
export const TAG_BYTES = 16

const AEADS: Readonly<Record<Suite, (key: Uint8Array, crypto: CryptoEngine) => Aead>> = {
  'aes-256-gcm': (key, crypto) => crypto.aes256Gcm(key),
  'xchacha20-poly1305': (key, crypto) => crypto.xchacha20Poly1305(key),
}

export function aeadOf(suite: Suite, key: Uint8Array, crypto: CryptoEngine): Aead {
  return AEADS[suite](key, crypto)
}
