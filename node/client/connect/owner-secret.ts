/**
 * The owner secret in its file: 64 hex digits, or the recovery words. Never shown but by `lunarx key`, never in a message.
 *
 * @module
 */
import { OWNER_SECRET_BYTES, secretOfWords } from '@lunarx/core/keys'
import { bytesOfHex, hexOf, LunarError, textOf } from '@lunarx/core/model'
import { readSecretFile, writeNewSecretFile } from '@lunarx/runtime/files'

/** @throws {LunarError} BAD_CONFIG, BAD_WORDS */
export async function readOwnerSecret(file: string): Promise<Uint8Array> {
  const text = textOf(await readSecretFile(file)).trim()
  if (new RegExp(`^[0-9a-f]{${2 * OWNER_SECRET_BYTES}}$`).test(text)) return bytesOfHex(text)
  if (text.includes(' ')) return secretOfWords(text)
  throw new LunarError('BAD_CONFIG', `${file} holds no owner secret: expected 64 hex digits or 24 words`, { detail: { file } })
}

/** Mode 0600; never over an existing file: a secret that is lost takes all objects with it. @throws {LunarError} BAD_CONFIG */
export async function writeOwnerSecret(file: string, secret: Uint8Array): Promise<void> {
  await writeNewSecretFile(file, `${hexOf(secret)}\n`)
}
