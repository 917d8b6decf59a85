/**
 * The keys of an S3 account, from a folder of files: a mounted Secret. They are read again now and then and whenever the server
 * refuses them, so that a rotated Secret needs no restart.
 *
 * Never logged, never in an error.
 *
 * @module
 */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { LunarError, textOf } from '@lunarx/core/model'
import type { Clock } from '../../clock/clock.ts'
import { readSecretFile } from '../../files/small-files.ts'

/** Keys that were read this long ago are read again before use. */
const FRESH_MS = 10_000
const MAX_CHARS = 4_096

export interface S3Keys {
  readonly accessKey: string
  readonly secretKey: string
  /** Of temporary credentials. */
  readonly sessionToken: string | undefined
}

export class S3Credentials {
  readonly #folder: string
  readonly #clock: Clock
  #keys: S3Keys | undefined
  #readAtMs = 0

  constructor(folder: string, clock: Clock) {
    this.#folder = folder
    this.#clock = clock
  }

  /** @throws {LunarError} BAD_CONFIG: a file is missing, empty, or open to others */
  async current(): Promise<S3Keys> {
    if (this.#keys && this.#clock.elapsed() - this.#readAtMs < FRESH_MS) return this.#keys
    return await this.#read()
  }

  /** True if others than these are in the folder now. */
  async haveChanged(used: S3Keys): Promise<boolean> {
    const { accessKey, secretKey, sessionToken } = await this.#read()
    return accessKey !== used.accessKey || secretKey !== used.secretKey || sessionToken !== used.sessionToken
  }

  async #read(): Promise<S3Keys> {
    const [accessKey, secretKey, sessionToken] = await Promise.all([this.#file('accessKey'), this.#file('secretKey'), this.#token()])
    this.#keys = { accessKey, secretKey, sessionToken }
    this.#readAtMs = this.#clock.elapsed()
    return this.#keys
  }

  async #token(): Promise<string | undefined> {
    const file = 'sessionToken'
    const isThere = await access(join(this.#folder, file)).then(
      () => true,
      () => false,
    )
    return isThere ? await this.#file(file) : undefined
  }

  /** Without white space at its ends: an editor leaves a new line there. */
  async #file(name: string): Promise<string> {
    const file = join(this.#folder, name)
    const text = textOf(await readSecretFile(file)).trim()
    if (!/^[\x21-\x7e]+$/.test(text) || text.length > MAX_CHARS)
      throw new LunarError('BAD_CONFIG', `${file} holds no key of an S3 account`, { detail: { file } })
    return text
  }
}
