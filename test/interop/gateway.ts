/**
 * A gateway before HDFS, as data centers have them: name node and data nodes behind one address, redirects rewritten to itself. It
 * counts what passes, and does harm when it is told to.
 *
 * @module
 */
import { once } from 'node:events'
import { createServer as createSecureServer } from 'node:https'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Certificate } from './certificate.ts'
import { harmed } from './harmed.ts'

/** `/@127.0.0.1:9864/webhdfs/…`: for a data node. */
const ELSEWHERE = /^\/@([^/]+)(\/.*)$/

export interface Harm {
  readonly op: string
  readonly to: 'name node' | 'data node'
  /**
   * `cut`: the connection ends after so many bytes of the body, of the question if it has one, else of the answer. `short`: so many bytes
   * of the body go on as if they were all. `flip`: the byte at this place is changed. `lose`: the answer never comes, the connection
   * ends. `busy`: 503 at once.
   */
  readonly kind: 'cut' | 'short' | 'flip' | 'lose' | 'busy'
  readonly at?: number
  /** How often. */
  times: number
}

export class Gateway implements AsyncDisposable {
  readonly url: string
  /** Done to questions as they come. */
  readonly harms: Harm[] = []
  readonly #server: Server
  readonly #nameNode: string
  readonly #passed = new Map<string, number>()
  /** `host:port` of the data node that was last sent to. */
  lastDataNode: string | undefined
  /** Of the last question to the name node. */
  lastQuery: URLSearchParams | undefined
  /** False: redirects lead to the data nodes themselves. */
  rewritesRedirects = true

  private constructor(server: Server, nameNode: string, url: string) {
    this.#server = server
    this.#nameNode = nameNode
    this.url = url
    server.on('request', (question, answer) => this.#pass(question, answer))
    server.on('checkContinue', (question, answer) => this.#pass(question, answer))
  }

  /** @param tls serves https with it */
  static async open(nameNodeUrl: string, tls?: Certificate): Promise<Gateway> {
    const server = (tls ? createSecureServer({ key: tls.key, cert: tls.certificate }) : createServer()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return new Gateway(server, new URL(nameNodeUrl).host, `${tls ? 'https' : 'http'}://127.0.0.1:${address.port}`)
  }

  /** Questions that went on to a data node so far. */
  passed(op: string): number {
    return this.#passed.get(op) ?? 0
  }

  #pass(question: IncomingMessage, answer: ServerResponse): void {
    const elsewhere = ELSEWHERE.exec(question.url ?? '')
    const [host, path] = elsewhere ? [elsewhere[1] ?? '', elsewhere[2] ?? ''] : [this.#nameNode, question.url ?? '']
    const query = new URL(path, 'http://gateway').searchParams
    const op = query.get('op') ?? ''
    const to = elsewhere ? 'data node' : 'name node'
    if (elsewhere) {
      this.#passed.set(op, this.passed(op) + 1)
      this.lastDataNode = host
    } else this.lastQuery = query
    const harm = this.harms.find((one) => one.op === op && one.to === to && one.times > 0)
    if (harm) harm.times--
    if (harm?.kind === 'busy') answer.writeHead(503).end('busy')
    else this.#forward(question, answer, host, path, harm)
  }

  #forward(question: IncomingMessage, answer: ServerResponse, host: string, path: string, harm: Harm | undefined): void {
    const hasBody = Number(question.headers['content-length'] ?? 0) > 0
    const headers = { ...question.headers, host, ...(harm?.kind === 'short' ? { 'content-length': String(harm.at) } : {}) }
    const onward = request(`http://${host}${path}`, { method: question.method ?? 'GET', headers }, (answered) => {
      if (harm?.kind === 'lose') {
        answered.resume().once('end', () => answer.destroy())
        return
      }
      const { location } = answered.headers
      const back = this.rewritesRedirects ? location?.replace(/^http:\/\/([^/]+)/, `${this.url}/@$1`) : location
      answer.writeHead(answered.statusCode ?? 502, { ...answered.headers, ...(back ? { location: back } : {}) })
      pipeline(answered, (bytes) => harmed(bytes, hasBody ? undefined : harm), answer).catch(() => answer.destroy())
    })
    onward.on('error', () => answer.destroy())
    onward.on('continue', () => answer.writeContinue())
    pipeline(question, (bytes) => harmed(bytes, hasBody ? harm : undefined), onward).catch(() => answer.destroy())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
