/**
 * Asks a JSON server one thing over a TLS socket that the caller has made (and whose other end it has judged).
 *
 * @module
 */
import { type IncomingHttpHeaders, request as startRequest } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { LunarError } from '@lunarx/core/model'
import { onAbort } from '../abort.ts'
import { errorOfJson } from './status-of.ts'

export interface JsonQuestion {
  readonly host: string
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Undefined: none. */
  readonly body?: unknown
  readonly maxAnswerBytes: number
}

export interface JsonAnswer {
  readonly body: unknown
  readonly headers: IncomingHttpHeaders
}

/** Ends the socket. @throws {LunarError} what the server answered by code; INTERRUPTED, BAD_MESSAGE; what the signal says */
export async function requestJson(socket: TLSSocket, question: JsonQuestion, signal: AbortSignal): Promise<JsonAnswer> {
  const stopListening = onAbort(signal, (error) => socket.destroy(error))
  try {
    const { status, text, headers } = await exchange(socket, question)
    const body = parseJson(text)
    if (status !== 200) throw errorOfJson(status, body)
    return { body, headers }
  } catch (error) {
    throw error instanceof LunarError ? error : new LunarError('INTERRUPTED', 'the server ended the connection', { cause: error })
  } finally {
    stopListening()
    socket.destroy()
  }
}

interface Received {
  readonly status: number
  readonly text: string
  readonly headers: IncomingHttpHeaders
}

function exchange(socket: TLSSocket, { host, method, path, headers, body, maxAnswerBytes }: JsonQuestion): Promise<Received> {
  const sent = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  const described = sent ? { 'content-type': 'application/json', 'content-length': sent.length } : {}
  return new Promise((resolve, reject) => {
    const asking = startRequest(
      { createConnection: () => socket, method, path, headers: { host, connection: 'close', ...described, ...headers } },
      (response) => {
        const pieces: Buffer[] = []
        let bytes = 0
        response.on('data', (piece: Buffer) => {
          bytes += piece.length
          if (bytes > maxAnswerBytes) reject(new LunarError('BAD_MESSAGE', 'the answer is too long', { detail: { maxAnswerBytes } }))
          else pieces.push(piece)
        })
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString('utf8'), headers: response.headers }),
        )
        response.once('error', reject)
      },
    )
    asking.once('error', reject)
    asking.end(sent)
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new LunarError('BAD_MESSAGE', 'the answer is not JSON', { cause })
  }
}
