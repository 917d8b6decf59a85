/**
 * Enrolment tokens: 32 random bytes that stand for a role, a name and domains, kept hashed in a file. For `lunarx dev` and outsiders;
 * in a cluster pods show their service-account tokens instead.
 *
 * A token may be used again and by any key: a new volume is a new peer of the same name.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { hexOf, LunarError, name, role, textOf, utf8 } from '@lunarx/core/model'
import type { Disk, Random } from '@lunarx/runtime'
import { z } from 'zod'
import type { Authenticate, Member } from './authenticate.ts'

const FILE = 'enrolment-tokens.json'
const MAX_TOKENS = 10_000

const storedTokens = z
  .array(z.object({ hash: z.string().length(64), role, name, domains: z.record(z.string().max(253), z.string().max(253)) }))
  .max(MAX_TOKENS)

export class EnrolmentTokens {
  readonly #disk: Disk
  readonly #crypto: CryptoEngine
  readonly #members: Map<string, Member>

  private constructor(disk: Disk, crypto: CryptoEngine, members: Map<string, Member>) {
    this.#disk = disk
    this.#crypto = crypto
    this.#members = members
  }

  /** @throws {LunarError} STORE_FAILED, also when the file is damaged */
  static async open(disk: Disk, crypto: CryptoEngine): Promise<EnrolmentTokens> {
    const bytes = await disk.readFile(FILE)
    return new EnrolmentTokens(disk, crypto, new Map(bytes ? read(bytes).map(({ hash, ...member }) => [hash, member]) : []))
  }

  /** A new token, durable when it resolves; it cannot be read again. @throws {LunarError} TOO_MANY_REQUESTS, STORE_FAILED, FULL */
  async add(member: Member, random: Random): Promise<string> {
    if (this.#members.size >= MAX_TOKENS)
      throw new LunarError('TOO_MANY_REQUESTS', 'there are too many enrolment tokens', { detail: { maxTokens: MAX_TOKENS } })
    const token = Buffer.from(random.bytes(32)).toString('base64url')
    this.#members.set(this.#hash(token), member)
    const stored = [...this.#members].map(([hash, { role, name, domains }]) => ({ hash, role, name, domains }))
    await this.#disk.writeFileDurably(FILE, utf8(JSON.stringify(stored)))
    return token
  }

  readonly authenticate: Authenticate = async (token) =>
    this.#members.get(this.#hash(token)) ?? { refusal: 'the enrolment token is not known' }

  #hash(token: string): string {
    return hexOf(this.#crypto.sha256(utf8(token)))
  }
}

function read(bytes: Uint8Array): z.infer<typeof storedTokens> {
  try {
    return storedTokens.parse(JSON.parse(textOf(bytes)))
  } catch (cause) {
    throw new LunarError('STORE_FAILED', 'the file of enrolment tokens is damaged', { cause, detail: { file: FILE } })
  }
}
