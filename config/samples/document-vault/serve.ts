/**
 * The HTTP side: who may ask, how much at a time, and how it ends.
 *
 * `/livez` and `/readyz` answer anybody. While it listens it is ready: it listens once the client has joined the network.
 *
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '@lunarx/client'
import { list, read, remove, store, type Exchange } from './documents.ts'
import { Refusal, refuse } from './refuse.ts'

const LIMITS = {
  connections: 128,
  /** Documents that are written or read at a time; more are told to come again. Four puts of 200 MB at 4+2: 780 MB resident. */
  transfers: 4,
  headersMs: 10_000,
  /** For a whole document to come in. */
  requestMs: 3_600_000,
  /** Without a byte on the connection: longer than a put takes to be confirmed after its last byte. */
  idleMs: 120_000,
  /** For what is under way when it is told to stop; less than the pod's grace period. */
  drainMs: 20_000,
} as const

export interface Settings {
  /** 0: any free one. */
  readonly port: number
  readonly maxBytes: number
  /** What who asks shows as `authorization: Bearer TOKEN`. */
  readonly token: string
}

export async function serve(client: Client, settings: Settings): Promise<AsyncDisposable & { readonly port: number }> {
  const cut = new AbortController()
  const transfers = { count: 0 }
  const server = createServer({ requestTimeout: LIMITS.requestMs, headersTimeout: LIMITS.headersMs }, (request, response) => {
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const exchange = { client, request, response, maxBytes: settings.maxBytes, signal: AbortSignal.any([gone.signal, cut.signal]) }
    answer(exchange, settings.token, transfers)
      .catch((error: unknown) => refuse(error, response))
      .finally(() => server.listening || server.closeIdleConnections())
  })
  server.maxConnections = LIMITS.connections
  server.setTimeout(LIMITS.idleMs)
  await once(server.listen(settings.port), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      await Promise.race([closed, pause(LIMITS.drainMs, undefined, { ref: false })])
      cut.abort()
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(exchange: Exchange, token: string, transfers: { count: number }): Promise<void> {
  const { request, response } = exchange
  const [path = '', query] = (request.url ?? '').split('?', 2)
  if (path === '/livez' || path === '/readyz') return void response.end('ok\n')
  if (!isKnown(request, token)) throw new Refusal(401, 'UNAUTHORIZED', 'show the token of the vault', { 'www-authenticate': 'Bearer' })
  if (path === '/') {
    allow(request, ['GET'])
    return await list(new URLSearchParams(query).get('prefix') ?? '', exchange)
  }
  if (!path.startsWith('/documents/')) throw new Refusal(404, 'NOT_FOUND', 'there are /, /documents/NAME, /livez and /readyz')
  const name = nameOf(path.slice('/documents/'.length))
  allow(request, ['PUT', 'GET', 'HEAD', 'DELETE'])
  if (request.method === 'DELETE') return await remove(name, exchange)
  if (transfers.count >= LIMITS.transfers) throw new Refusal(503, 'TOO_MANY_REQUESTS', 'as many documents are moved as may be')
  transfers.count++
  try {
    await (request.method === 'PUT' ? store : read)(name, exchange)
  } finally {
    transfers.count--
  }
}

function allow({ method = '' }: IncomingMessage, methods: readonly string[]): void {
  if (methods.includes(method)) return
  throw new Refusal(405, 'METHOD_NOT_ALLOWED', `only ${methods.join(', ')}`, { allow: methods.join(', ') })
}

function nameOf(encoded: string): string {
  if (encoded === '') throw new Refusal(400, 'BAD_NAME', 'a document has a name')
  try {
    return decodeURIComponent(encoded)
  } catch {
    throw new Refusal(400, 'BAD_NAME', 'the name is not percent-encoded UTF-8')
  }
}

/** In a time that tells nothing of the token. */
function isKnown({ headers }: IncomingMessage, token: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(headers.authorization ?? ''), hash(`Bearer ${token}`))
}
