/**
 * Who asks: a user name that the cluster believes, or a delegation token from a file that somebody keeps fresh.
 *
 * Both travel in the query of every address, so no address is ever logged or put into an error.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import { readSecretFile } from '../../files/small-files.ts'
import type { Clock } from '../../clock/clock.ts'

/** How long a token counts as fresh: a kubelet takes a minute or so to bring a changed Secret into a pod. */
const FRESH_MS = 10_000
const MAX_TOKEN = 8_192
/** As `hdfs fetchdt` and GETDELEGATIONTOKEN give it: base64 that is safe in an address. */
const TOKEN = /^[A-Za-z0-9_-]+={0,2}$/

export interface CredentialOptions {
  readonly clock: Clock
  /** For clusters without security, and for gateways that check who we are by other means. */
  readonly user?: string | undefined
  /** Goes before `user`. Read again when it is older than ten seconds, or refused. */
  readonly tokenFile?: string | undefined
}

export class Credentials {
  readonly #options: CredentialOptions
  #token: { readonly text: string; readonly readAt: number } | undefined

  constructor(options: CredentialOptions) {
    this.#options = options
  }

  /** Parameters of an address. @throws {LunarError} BAD_CONFIG the file is missing, open to others, or holds no token */
  async query(): Promise<Readonly<Record<string, string>>> {
    const { clock, user, tokenFile } = this.#options
    if (tokenFile === undefined) return user === undefined ? {} : { 'user.name': user }
    if (!this.#token || clock.elapsed() - this.#token.readAt > FRESH_MS)
      this.#token = { text: await readToken(tokenFile), readAt: clock.elapsed() }
    return { delegation: this.#token.text }
  }

  /** After a refusal. @returns true: the file holds another token now */
  async renew(): Promise<boolean> {
    const { clock, tokenFile } = this.#options
    if (tokenFile === undefined) return false
    const refused = this.#token?.text
    this.#token = { text: await readToken(tokenFile), readAt: clock.elapsed() }
    return this.#token.text !== refused
  }
}

async function readToken(file: string): Promise<string> {
  const token = new TextDecoder().decode(await readSecretFile(file)).trim()
  if (token.length > MAX_TOKEN || !TOKEN.test(token))
    throw new LunarError('BAD_CONFIG', `${file} holds no delegation token`, { detail: { file } })
  return token
}
