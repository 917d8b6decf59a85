/**
 * A small HTTPS server for JSON: fixed routes, limits on everything, errors by code. Who may ask what is its routes' business.
 *
 * @module
 */
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { LunarError } from '@lunarx/core/model'
import { type Clock, Limit, type Log } from '@lunarx/runtime'
import { NET_LIMITS } from '../limits.ts'
import { type ListenAddress, listenOn } from '../listen.ts'
import type { TlsCredentials } from '../tls/make-certificate.ts'
import { errorJson, statusOf } from './status-of.ts'

export interface JsonRequest {
  /** Parsed JSON; `{}` when there was none. */
  readonly body: unknown
  readonly headers: IncomingHttpHeaders
  readonly socket: TLSSocket
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal
}

export interface JsonRoute {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  /** The answer, as JSON. */
  handle(request: JsonRequest): Promise<unknown>
}

export interface JsonServerInit {
  readonly listen: ListenAddress
  readonly tls: TlsCredentials
  /** Ask for the caller's certificate; the routes verify it. */
  readonly wantsCertificate?: boolean
  readonly routes: readonly JsonRoute[]
  readonly maxBodyBytes: number
  /** Sent with every answer. */
  readonly headers?: () => OutgoingHttpHeaders
}

export interface JsonServer extends AsyncDisposable {
  readonly port: number
}

export interface JsonServerDeps {
  readonly clock: Clock
  readonly log: Log
}

const CONCURRENT = { concurrent: 64, queued: 256 }

/** Resolves when it listens. */
export async function serveJson(init: JsonServerInit, deps: JsonServerDeps): Promise<JsonServer> {
  const limit = new Limit(CONCURRENT)
  const server = createServer(
    {
      ...init.tls,
      minVersion: 'TLSv1.3',
      requestCert: init.wantsCertificate === true,
      rejectUnauthorized: false,
      handshakeTimeout: NET_LIMITS.handshakeMs,
      headersTimeout: NET_LIMITS.headMs,
      requestTimeout: 3 * NET_LIMITS.headMs,
      keepAliveTimeout: NET_LIMITS.askerIdleMs,
    },
    (request, response) => void answer(request, response, init, limit, deps),
  )
  server.maxConnections = NET_LIMITS.inboundUnproved
  server.on('tlsClientError', (error) => deps.log.debug('TLS handshake failed', { error }))
  const port = await listenOn(server, init.listen)
  server.on('error', (error) => deps.log.error('HTTPS server failed', { error }))
  return { port, [Symbol.asyncDispose]: () => close(server, deps.clock) }
}

function close(server: Server, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(NET_LIMITS.graceMs, () => server.closeAllConnections())
    server.close(() => {
      cancel()
      resolve()
    })
    server.closeIdleConnections()
  })
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  init: JsonServerInit,
  limit: Limit,
  { log }: JsonServerDeps,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  response.on('error', () => undefined)
  const send = (status: number, body: string): void => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...init.headers?.() })
    response.end(body)
  }
  try {
    const route = routeOf(request, init.routes)
    const body = await readJson(request, init.maxBodyBytes)
    const result = await limit.run(
      () => route.handle({ body, headers: request.headers, socket: request.socket as TLSSocket, signal: gone.signal }),
      gone.signal,
    )
    send(200, JSON.stringify(result))
  } catch (error) {
    if (gone.signal.aborted) return
    if (!(error instanceof LunarError)) log.error('request failed', { path: request.url, error })
    const known = error instanceof LunarError ? error : new LunarError('INTERNAL', 'the server failed to answer')
    // a body that was not read to its end leaves the connection of no use
    if (!request.complete) response.setHeader('connection', 'close')
    send(statusOf(known), errorJson(known))
  }
}

function routeOf({ method, url = '' }: IncomingMessage, routes: readonly JsonRoute[]): JsonRoute {
  const path = url.split('?', 1)[0]
  const route = routes.find((candidate) => candidate.method === method && candidate.path === path)
  if (!route)
    throw new LunarError('UNKNOWN_EXCHANGE', 'there is nothing of this method and path', { detail: { method, path: path?.slice(0, 200) } })
  return route
}

async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const pieces: Buffer[] = []
  let bytes = 0
  // by hand, because leaving a `for await` destroys the request and with it the answer
  await new Promise<void>((resolve, reject) => {
    request.on('data', (piece: Buffer) => {
      bytes += piece.length
      if (bytes <= maxBytes) pieces.push(piece)
      else reject(new LunarError('BAD_MESSAGE', 'the request is too long', { detail: { maxBytes } }))
    })
    request.once('end', resolve)
    request.once('error', reject)
    request.once('close', () => reject(new LunarError('INTERRUPTED', 'the request ended early')))
  })
  if (bytes === 0) return {}
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'))
  } catch (cause) {
    throw new LunarError('BAD_MESSAGE', 'the request is not JSON', { cause })
  }
}
