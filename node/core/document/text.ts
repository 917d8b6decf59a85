/**
 * Signed documents as text, for JSON and HTTP headers: base64 or base64url of their DAG-CBOR.
 *
 * @module
 */
import { base64pad, base64url } from 'multiformats/bases/base64'
import { LunarError } from '../model/error.ts'
import { encodeBytes, parseBytes, type SignedDocument, signedDocument } from './signed.ts'

/** `base64url` has no padding and fits a header. */
export type TextAlphabet = 'base64' | 'base64url'

const CODECS = { base64: base64pad, base64url } as const

export function textOfDocument({ body, signature }: SignedDocument, alphabet: TextAlphabet = 'base64'): string {
  return CODECS[alphabet].baseEncode(encodeBytes({ body, signature }))
}

/** @throws {LunarError} BAD_MESSAGE */
export function documentOfText(text: string, alphabet: TextAlphabet = 'base64'): SignedDocument {
  return parseBytes(signedDocument, bytesOf(text, alphabet))
}

/** base64 of bytes that are no document by themselves. */
export const textOfBytes = (bytes: Uint8Array): string => CODECS.base64.baseEncode(bytes)

/** Inverse of {@link textOfBytes}. @throws {LunarError} BAD_MESSAGE */
export const bytesOfText = (text: string): Uint8Array => bytesOf(text, 'base64')

function bytesOf(text: string, alphabet: TextAlphabet): Uint8Array {
  try {
    return CODECS[alphabet].baseDecode(text)
  } catch (cause) {
    throw new LunarError('BAD_MESSAGE', `a document is not ${alphabet}`, { cause })
  }
}
