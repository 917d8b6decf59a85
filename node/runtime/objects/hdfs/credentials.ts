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
const MAX_TOKEN_BYTES = 8_192
/** As GETDELEGATIONTOKEN answers: base64 that is safe in an address. */
const TEXT = /^[A-Za-z0-9_-]+={0,2}$/
/** A credentials file of Hadoop, first version of the format ("java"), that holds one thing. */
const [MAGIC, FORMAT, ONE, NONE] = ['HDTS', 0, 1, 0]

export interface CredentialOptions {
  readonly clock: Clock
  /** For clusters without security, and for gateways that check who we are by other means. */
  readonly user?: string | undefined
  /**
   * Goes before `user`. What `hdfs fetchdt` writes, or the text that GETDELEGATIONTOKEN answers. Read again when that was ten seconds
   * ago, or when it is refused.
   */
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
  const bytes = Buffer.from(await readSecretFile(file))
  const token = bytes.toString('latin1').startsWith(MAGIC) ? fetched(bytes) : bytes.toString('latin1').trim()
  if (bytes.length > MAX_TOKEN_BYTES || token === undefined || !TEXT.test(token))
    throw new LunarError('BAD_CONFIG', `${file} holds no delegation token`, { detail: { file } })
  return token
}

/**
 * The token of a file that `hdfs fetchdt` wrote: magic, format, count, alias (length first), token, count of secrets (none). The token
 * is in the form that addresses take as base64.
 */
function fetched(file: Buffer): string | undefined {
  const [format, count, aliasBytes = 0] = file.subarray(MAGIC.length)
  // a length above 127 takes more than a byte: no address of a service is that long
  if (format !== FORMAT || count !== ONE || aliasBytes > 127 || file.at(-1) !== NONE) return undefined
  return file.subarray(MAGIC.length + 3 + aliasBytes, -1).toString('base64url')
}
