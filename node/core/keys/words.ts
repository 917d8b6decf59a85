/**
 * The owner secret as 24 recovery words (BIP-39, English list, checksum of 8 bits): what a person writes down.
 *
 * The words are the secret itself, not a seed stretched from it: whoever reads them has everything.
 *
 * @module
 */
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { LunarError } from '../model/error.ts'
import { OWNER_SECRET_BYTES } from './owner-keys.ts'

/** 24 words with single spaces. */
export const wordsOf = (secret: Uint8Array): string => entropyToMnemonic(secret, wordlist)

/**
 * Inverse of {@link wordsOf}; case and white space do not matter.
 * @throws {LunarError} BAD_WORDS: a word is not of the list, or the checksum does not fit
 */
export function secretOfWords(words: string): Uint8Array {
  let secret: Uint8Array
  try {
    secret = mnemonicToEntropy(words.trim().toLowerCase().split(/\s+/).join(' '), wordlist)
  } catch (cause) {
    throw new LunarError('BAD_WORDS', 'these are not recovery words', { cause })
  }
  if (secret.length !== OWNER_SECRET_BYTES) throw new LunarError('BAD_WORDS', 'an owner secret has 24 recovery words')
  return secret
}
