/**
 * One HTTP request and its answer, body and all, over kept connections. Knows nothing of HDFS.
 *
 * Never follows a redirect, never tries again, never logs: addresses hold delegation tokens. Why node:http and not fetch: data nodes
 * send an unasked `100 Continue`, which fetch takes for a broken answer although the file is written.
 *
 * @module
 */
import { once } from 'node:events'
import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Clock } from '../../clock/clock.ts'

/** Listings of a thousand names take 300 KB. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024
/** A server that does not know `Expect: 100-continue` waits for the body as we wait for it (RFC 9110, 10.1.1). */
const CONTINUE_MS = 2_000
const SENDS_BYTES = { expect: '100-continue', 'content-type': 'application/octet-stream', connection: 'close' }
const KEPT = { keepAlive: true, maxFreeSockets: 16 }

export interface Question {
  readonly method: 'GET' | 'PUT' | 'DELETE'
  readonly url: URL
  readonly body?: { readonly sizeBytes: number; readonly bytes: AsyncIterable<Uint8Array> }
}

export interface Answer {
  readonly status: number
  readonly location: string | undefined
  /** Must be read to its end or destroyed. */
  readonly body: IncomingMessage
}

export interface ExchangeOptions {
  readonly clock: Clock
  /** PEM; default: the certificate authorities that Node.js knows. */
  readonly ca?: Uint8Array | undefined
}

export class Exchange implements Disposable {
  readonly #clock: Clock
  readonly #http = new HttpAgent(KEPT)
  readonly #https: HttpsAgent

  constructor({ clock, ca }: ExchangeOptions) {
    this.#clock = clock
    this.#https = new HttpsAgent({ ...KEPT, ...(ca ? { ca: Buffer.from(ca) } : {}) })
  }

  /**
   * Resolves with the head of the answer. A server that refuses before it has read the body is heard: bytes are sent once it asks for
   * them.
   * @throws what node:http or `body.bytes` throws; the reason of the signal
   */
  async send({ method, url, body }: Question, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted()
    const headers = { 'content-length': body?.sizeBytes ?? 0, ...(body ? SENDS_BYTES : {}) }
    const options = { method, signal, ...(method === 'GET' ? {} : { headers }) }
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, agent: this.#https })
        : httpRequest(url, { ...options, agent: this.#http })
    const answered = once(request, 'response') as Promise<[IncomingMessage]>
    answered.catch(() => undefined) // looked at below, perhaps after the body failed
    request.on('error', () => undefined) // also after the answer: a server that refuses early resets what is still being sent
    try {
      if (body) await this.#sendBody(request, answered, body.bytes)
      else request.end()
      const [answer] = await answered
      if (!request.writableEnded) answer.once('close', () => request.destroy()) // it refused before the end: the rest is not sent
      return { status: answer.statusCode ?? 0, location: answer.headers.location, body: answer }
    } catch (error) {
      request.destroy()
      signal.throwIfAborted()
      throw error
    }
  }

  /** Returns when all is sent, or when the server answers before that. */
  async #sendBody(request: ClientRequest, answered: Promise<[IncomingMessage]>, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const answer = answered.then(([{ statusCode }]) => statusCode)
    const asked = Promise.withResolvers<undefined>()
    const cancel = this.#clock.after(CONTINUE_MS, () => asked.resolve(undefined))
    request.once('continue', () => asked.resolve(undefined))
    request.flushHeaders()
    let early = await Promise.race([answer, asked.promise]).finally(cancel)
    for await (const chunk of early === undefined ? bytes : []) {
      early = await Promise.race([answer, written(request, chunk)])
      if (early !== undefined) break
    }
    if (early === undefined) request.end()
  }

  [Symbol.dispose](): void {
    this.#http.destroy()
    this.#https.destroy()
  }
}

/** When the kernel has them: only then the chunk may be filled anew. */
function written(request: ClientRequest, chunk: Uint8Array): Promise<undefined> {
  return new Promise((resolve, reject) => {
    request.write(chunk, (error) => (error ? reject(error) : resolve(undefined)))
  })
}

/** @throws {RangeError} longer than any answer that we ask for */
export async function text({ body }: Answer): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of body as AsyncIterable<Buffer>) {
    length += part.length
    if (length > MAX_TEXT_BYTES) throw new RangeError('an answer is too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}
