/**
 * A proxy before an S3 server, which does harm when it is told to. It passes the `Host` on that the client signed.
 *
 * @module
 */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { harmed } from './harmed.ts'

export interface Harm {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** In the query: a part of an upload is `partNumber`. */
  readonly query?: string
  /**
   * `say`: this status and code, whatever is asked. `cut`: the connection is reset after so many bytes of the body, of the question if
   * it has one, else of the answer. `short`: so many bytes of the body go on as if they were all. `flip`: the byte at this place is
   * changed. `swallow`: nothing goes on, the answer is 200 with an entity tag. `lose`: all goes on, the connection is reset in place of
   * an answer. `hang`: no answer ever. `backdate`: the question says that it is an hour old.
   */
  readonly kind: 'say' | 'cut' | 'short' | 'flip' | 'swallow' | 'lose' | 'hang' | 'backdate'
  readonly at?: number
  readonly status?: number
  readonly code?: string
  /** How often. */
  times: number
}

const HOUR_MS = 3_600_000
const TAG = '"00000000000000000000000000000000"'

export class S3Proxy implements AsyncDisposable {
  readonly url: string
  /** Done to questions as they come. */
  readonly harms: Harm[] = []
  /** Questions that hung so far. */
  hung = 0
  readonly #server: Server
  readonly #to: URL

  private constructor(server: Server, to: URL, url: string) {
    this.#server = server
    this.#to = to
    this.url = url
    server.on('request', (question, answer) => this.#pass(question, answer))
  }

  static async open(url: string): Promise<S3Proxy> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return new S3Proxy(server, new URL(url), `http://127.0.0.1:${address.port}`)
  }

  #pass(question: IncomingMessage, answer: ServerResponse): void {
    const harm = this.harms.find((one) => one.method === question.method && one.times > 0 && (question.url ?? '').includes(one.query ?? ''))
    if (harm) harm.times--
    if (harm?.kind === 'hang') {
      question.resume()
      this.hung++
      return
    }
    if (harm?.kind === 'say') this.#say(question, answer, harm)
    else if (harm?.kind === 'swallow') question.resume().once('end', () => answer.writeHead(200, { etag: TAG }).end())
    else this.#forward(question, answer, harm)
  }

  /** After the question has been heard to its end: an answer before that may be lost with a reset. */
  #say(question: IncomingMessage, answer: ServerResponse, { status = 503, code }: Harm): void {
    const text = code === undefined ? 'out of order' : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as told</Message></Error>`
    question.resume().once('end', () => answer.writeHead(status).end(question.method === 'HEAD' ? undefined : text))
  }

  #forward(question: IncomingMessage, answer: ServerResponse, harm: Harm | undefined): void {
    const { socket } = question // taken off the question when it closes
    const hasBody = Number(question.headers['content-length'] ?? 0) > 0
    const headers = harmedHeaders(question.headers, hasBody || harm?.kind === 'backdate' ? harm : undefined)
    const onward = request(this.#to, { method: question.method ?? 'GET', path: question.url ?? '/', headers }, (answered) => {
      if (harm?.kind === 'lose') {
        answered.resume().once('end', () => socket.resetAndDestroy())
        return
      }
      const inAnswer = hasBody || harm?.kind === 'backdate' ? undefined : harm
      answer.writeHead(answered.statusCode ?? 502, harmedHeaders(answered.headers, inAnswer))
      pipeline(answered, (bytes) => harmed(bytes, inAnswer), answer).catch(() => socket.resetAndDestroy())
    })
    onward.on('error', () => socket.resetAndDestroy())
    pipeline(question, (bytes) => harmed(bytes, hasBody ? harm : undefined), onward).catch(() => socket.resetAndDestroy())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

function harmedHeaders(headers: IncomingHttpHeaders, harm: Harm | undefined): IncomingHttpHeaders {
  if (harm?.kind === 'short') return { ...headers, 'content-length': String(harm.at) }
  if (harm?.kind !== 'backdate') return headers
  const past = new Date(Date.now() - HOUR_MS).toISOString().replace(/[-:]|\.\d+/g, '')
  return { ...headers, 'x-amz-date': past }
}
