/**
 * What can be done with documents, each a call of the SDK. Bytes stream: no document is ever in memory as a whole.
 *
 * @module
 */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Client, ObjectStat } from '@lunarx/client'
import { rangeOf } from './range.ts'
import { Refusal } from './refuse.ts'

/** Objects of the same owner that are none of the vault's do not begin with it. */
const PREFIX = 'documents/'

export interface Exchange {
  readonly client: Client
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Of a document, at most. */
  readonly maxBytes: number
  /** Aborted when who asked has gone, or the vault can not wait any longer. */
  readonly signal: AbortSignal
}

const described = ({ name, sizeBytes, storedMs }: ObjectStat) => ({ name: name.slice(PREFIX.length), sizeBytes, storedMs })

/** Over an existing document, too. Answers when the document is safe: every shard confirmed, and the name durable. */
export async function store(name: string, { client, request, response, maxBytes, signal }: Exchange): Promise<void> {
  const stated = Number(request.headers['content-length'] ?? 0)
  if (stated > maxBytes) throw tooLarge(maxBytes)
  const stat = await client.put(PREFIX + name, atMost(request.iterator({ destroyOnReturn: false }), maxBytes), { signal })
  response.writeHead(201, { 'content-type': 'application/json' }).end(`${JSON.stringify(described(stat))}\n`)
}

/** All of it, or the bytes that a Range header names. */
export async function read(name: string, { client, request, response, signal }: Exchange): Promise<void> {
  const { sizeBytes, storedMs } = await client.stat(PREFIX + name, { signal })
  const range = rangeOf(request.headers.range, sizeBytes)
  const { offset, length } = range ?? { offset: 0, length: sizeBytes }
  response.statusCode = range ? 206 : 200
  response.setHeader('content-type', 'application/octet-stream')
  response.setHeader('accept-ranges', 'bytes')
  response.setHeader('content-length', length)
  if (range) response.setHeader('content-range', `bytes ${offset}-${offset + length - 1}/${sizeBytes}`)
  if (request.method !== 'HEAD') {
    // of this version, and of no later one: its length is promised already. The first chunk sends the head: before, an error has a status
    for await (const chunk of client.get(PREFIX + name, { version: storedMs, range: { offset, length }, signal }))
      await send(chunk, response, signal)
  }
  response.end()
}

/** A line of JSON for each, in no order. */
export async function list(prefix: string, { client, response, signal }: Exchange): Promise<void> {
  response.setHeader('content-type', 'application/x-ndjson')
  for await (const stat of client.list({ prefix: PREFIX + prefix, signal })) {
    await send(`${JSON.stringify(described(stat))}\n`, response, signal)
  }
  response.end()
}

export async function remove(name: string, { client, response, signal }: Exchange): Promise<void> {
  await client.delete(PREFIX + name, { signal })
  response.writeHead(204).end()
}

/** At the pace of who reads. */
async function send(chunk: Uint8Array | string, response: ServerResponse, signal: AbortSignal): Promise<void> {
  if (!response.write(chunk)) await once(response, 'drain', { signal })
}

/** For bodies that do not state their length, or lie. @throws {Refusal} CONTENT_TOO_LARGE: then nothing is stored */
async function* atMost(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    yield chunk
  }
}

const tooLarge = (maxBytes: number): Refusal => new Refusal(413, 'CONTENT_TOO_LARGE', `a document has ${maxBytes} bytes at most`)
