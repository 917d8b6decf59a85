/**
 * The `minio` client as it is used here: one for each try, over connections that all share.
 *
 * Three of its habits are turned off. It looks regions up: ours is given. It tries again by itself and then forgets what the server
 * said: answers it would try again are turned into errors with their code before it sees them. Over TLS it signs "any payload": here
 * the SHA-256 of every payload is signed, so that no server stores another one, or a part of it, with success.
 *
 * @module
 */
import * as http from 'node:http'
import * as https from 'node:https'
import { Client, type ClientOptions } from 'minio'
import type { S3Backend } from '@lunarx/core/membership'
import type { S3Keys } from './credentials.ts'

/** An answer of this length is not kept: it is no error document of S3. */
const MAX_ERROR_BYTES = 64 * 1024
/** What the client would try again by itself. */
const TRIED_AGAIN: readonly number[] = [408, 429, 499, 500, 502, 503, 504, 520]

type Transport = NonNullable<ClientOptions['transport']>

/** The server answered with an error that passes. */
class PassingAnswer extends Error {
  readonly code: string | undefined

  constructor(status: number, code: string | undefined) {
    super(`HTTP ${status}`)
    this.name = 'PassingAnswer'
    this.code = code
  }
}

export class SignedClient extends Client {
  /** HTTP status of the last answer. */
  lastStatus: number | undefined

  constructor(options: ClientOptions, base: typeof http | typeof https, signal: AbortSignal) {
    super({ ...options, transport: transportOf(base, signal, (status) => (this.lastStatus = status)) })
    this.enableSHA256 = true
  }
}

export interface Connection {
  readonly agent: http.Agent
  readonly isSecure: boolean
}

export function connectionOf({ endpoint }: S3Backend, ca: string | undefined, sockets: number): Connection {
  const isSecure = endpoint.startsWith('https:')
  const options = { keepAlive: true, maxSockets: sockets, scheduling: 'lifo' as const }
  const agent = isSecure ? new https.Agent({ ...options, ...(ca === undefined ? {} : { ca }) }) : new http.Agent(options)
  return { agent, isSecure }
}

/** A client whose requests end with the signal. */
export function clientOf(backend: S3Backend, keys: S3Keys, { agent, isSecure }: Connection, signal: AbortSignal): SignedClient {
  const { hostname, port } = new URL(backend.endpoint)
  const options = {
    endPoint: hostname.replace(/^\[|\]$/g, ''),
    ...(port === '' ? {} : { port: Number(port) }),
    useSSL: isSecure,
    accessKey: keys.accessKey,
    secretKey: keys.secretKey,
    ...(keys.sessionToken === undefined ? {} : { sessionToken: keys.sessionToken }),
    region: backend.region,
    pathStyle: backend.pathStyle,
    transportAgent: agent,
    retryOptions: { disableRetry: true },
  }
  return new SignedClient(options, isSecure ? https : http, signal)
}

/** Requests with a signal, whose passing errors become errors of the request. */
function transportOf(base: typeof http | typeof https, signal: AbortSignal, onStatus: (status: number) => void): Transport {
  const request = (options: https.RequestOptions, onAnswer: (answer: http.IncomingMessage) => void): http.ClientRequest => {
    const asked = base.request({ ...options, signal }, (answer) => {
      const { statusCode = 0 } = answer
      onStatus(statusCode)
      if (TRIED_AGAIN.includes(statusCode)) void errorOf(answer, statusCode).then((error) => asked.emit('error', error))
      else onAnswer(answer)
    })
    return asked
  }
  return { request } as Transport
}

async function errorOf(answer: http.IncomingMessage, status: number): Promise<PassingAnswer> {
  let text = ''
  try {
    for await (const chunk of answer.setEncoding('utf8')) {
      text += String(chunk)
      if (text.length > MAX_ERROR_BYTES) break
    }
  } catch {
    // cut in the middle: the status says enough
  }
  return new PassingAnswer(status, /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(text)?.[1])
}
