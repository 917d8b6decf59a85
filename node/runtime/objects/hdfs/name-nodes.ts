/**
 * Questions to the name node that is active, or to the HttpFS servers in its place. Which one answered last is remembered.
 *
 * One try asks each of them once at most. One that neither answers nor refuses holds a try to the end of its time limit; the next try
 * begins with another.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Credentials } from './credentials.ts'
import { type Answer, type Exchange, type Question, text } from './exchange.ts'
import { isElsewhere, isTokenRefused, Refusal, refusal } from './refusal.ts'

const API = '/webhdfs/v1'

export type Query = Readonly<Record<string, string | number | boolean>>

export interface NameNodesOptions {
  /** `http://host:9870` or `https://host:9871`; HttpFS: port 14000. */
  readonly urls: readonly URL[]
  readonly exchange: Exchange
  readonly credentials: Credentials
}

export class NameNodes {
  readonly #options: NameNodesOptions
  #active = 0

  constructor(options: NameNodesOptions) {
    this.#options = options
  }

  /**
   * @param path absolute, of plain characters
   * @returns the answer, which may be a redirect
   * @throws {Refusal} by the active one, or by the last when none is active; what node:http throws
   */
  async ask(method: Question['method'], path: string, query: Query, signal: AbortSignal): Promise<Answer> {
    const { credentials } = this.#options
    try {
      return await this.#askEach(method, path, query, signal)
    } catch (error) {
      if (!isTokenRefused(error) || !(await credentials.renew())) throw error
      return await this.#askEach(method, path, query, signal)
    }
  }

  /** The same, for an answer in JSON. @throws {LunarError} STORE_FAILED what is no JSON */
  async json(method: Question['method'], path: string, query: Query, signal: AbortSignal): Promise<Record<string, unknown>> {
    return await parsed(await this.ask(method, path, query, signal))
  }

  /** What a redirect leads to. @throws {Refusal}; {LunarError} STORE_FAILED no redirect, or one that leaves TLS */
  async follow(answer: Answer, method: Question['method'], body: Question['body'], signal: AbortSignal): Promise<Answer> {
    answer.body.resume()
    const url = URL.parse(answer.location ?? '')
    const isSecure = this.#options.urls.every(({ protocol }) => protocol === 'https:')
    if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && !isSecure)))
      throw new LunarError('STORE_FAILED', 'HDFS redirects to what is no address of a data node', { retryable: false })
    return await accepted(await this.#options.exchange.send({ method, url, ...(body ? { body } : {}) }, signal))
  }

  async #askEach(method: Question['method'], path: string, query: Query, signal: AbortSignal): Promise<Answer> {
    const { urls } = this.#options
    const first = this.#active
    for (let tried = 1; ; tried++) {
      try {
        return await this.#askOne(method, path, query, signal)
      } catch (error) {
        if (error instanceof Refusal && !isElsewhere(error)) throw error
        this.#active = (first + tried) % urls.length
        if (signal.aborted || tried === urls.length) throw error
      }
    }
  }

  async #askOne(method: Question['method'], path: string, query: Query, signal: AbortSignal): Promise<Answer> {
    const { urls, credentials, exchange } = this.#options
    const url = new URL(`${API}${path}`, urls[this.#active])
    for (const [name, value] of Object.entries({ ...query, ...(await credentials.query()) })) url.searchParams.set(name, String(value))
    return await accepted(await exchange.send({ method, url }, signal))
  }
}

async function accepted(answer: Answer): Promise<Answer> {
  if (answer.status < 400) return answer
  throw refusal(answer.status, await text(answer))
}

export async function parsed(answer: Answer): Promise<Record<string, unknown>> {
  const said = await text(answer)
  try {
    return JSON.parse(said) as Record<string, unknown>
  } catch (cause) {
    throw new LunarError('STORE_FAILED', 'HDFS answers what is no JSON', { cause, retryable: false })
  }
}
