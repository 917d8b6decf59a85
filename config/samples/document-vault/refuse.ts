/**
 * What went wrong, as a status and a line of JSON: `{"code", "message", "retryable"}`. Codes of the SDK stay as they are
 * (docs/ERRORS.md); the vault adds those of HTTP.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { LunarError } from '@lunarx/client'

/** Said by the vault itself. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** Codes whose status says more than "again later" (503) or "not by trying again" (500). */
const STATUS: { readonly [Code in LunarError['code']]?: number } = {
  BAD_NAME: 400,
  BAD_RANGE: 400,
  NAME_NOT_FOUND: 404,
  // put anew between two questions of one answer
  VERSION_NOT_FOUND: 409,
  TOMBSTONED: 409,
  SUPERSEDED: 409,
  TOO_MANY_HEADS: 409,
  OBJECT_TOO_LARGE: 413,
  NO_ROOM: 507,
  FULL: 507,
  QUOTA_EXCEEDED: 507,
}

export const statusOf = ({ code, retryable }: LunarError): number => STATUS[code] ?? (retryable || code === 'ABORTED' ? 503 : 500)

/** How long the rest of a document that was refused is still taken in. */
const LINGER_MS = 10_000

export function refuse(error: unknown, response: ServerResponse): void {
  // who asked has gone
  if (response.destroyed) return
  const { status, code, message, headers = {} } = said(error)
  if (status >= 500 && !(error instanceof Refusal))
    console.error(JSON.stringify({ message: 'request failed', status, code, error: String(error) }))
  // an answer that has begun is cut: its length tells that it is not whole
  if (response.headersSent) return void response.destroy()
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  if (!response.req.complete) letGo(response.req)
  const isRetryable = status === 409 || status === 503 || status === 507
  response
    .writeHead(status, {
      'content-type': 'application/json',
      ...(isRetryable ? { 'retry-after': '1' } : {}),
      ...headers,
    })
    .end(`${JSON.stringify({ code, message, retryable: isRetryable })}\n`)
}

/** Closed at once, the connection would be reset before who is still sending has read the answer. */
function letGo(request: IncomingMessage): void {
  request.resume()
  const limit = setTimeout(() => request.destroy(), LINGER_MS)
  request.once('close', () => clearTimeout(limit))
}

function said(error: unknown): Pick<Refusal, 'status' | 'code' | 'message'> & { readonly headers?: Refusal['headers'] } {
  if (error instanceof Refusal) return error
  if (error instanceof LunarError) return { status: statusOf(error), code: error.code, message: error.message }
  return { status: 500, code: 'INTERNAL', message: 'the vault failed in a way that it did not foresee: see its log' }
}
