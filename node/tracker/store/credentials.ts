/**
 * The account at the database, from a folder of files: a mounted Secret. Read at every new connection, so that a rotated Secret needs
 * no restart: connections that stand are not asked for a password again.
 *
 * Never logged, never in an error.
 *
 * @module
 */
import { LunarError, textOf } from '@lunarx/core/model'
import { readSecretFile } from '@lunarx/runtime/files'
import { DATABASE_LIMITS } from './limits.ts'

export interface Credentials {
  readonly user: string
  readonly password: string
}

/** @throws {LunarError} BAD_CONFIG: a file is missing, empty, or open to others */
export async function readCredentials(folder: string): Promise<Credentials> {
  const [user, password] = await Promise.all([read(`${folder}/username`), read(`${folder}/password`)])
  return { user, password }
}

/** Without a new line at its end: an editor leaves one there. */
async function read(file: string): Promise<string> {
  const text = textOf(await readSecretFile(file)).replace(/\r?\n$/, '')
  if (text === '' || text.length > DATABASE_LIMITS.credentialChars || text.includes('\0'))
    throw new LunarError('BAD_CONFIG', `${file} holds no user name or password of a database`, { detail: { file } })
  return text
}
