/**
 * One try of each operation at an S3 server.
 *
 * What a write must show before it counts: the server accepted a payload whose SHA-256 was signed, and afterwards names an object of
 * that length, with the entity tag that it gave the write, and with that SHA-256 where it keeps one.
 *
 * Assumed of the server is what S3 promises: reads after writes, listings that are complete, objects that appear whole.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http'
import { hasCode, LunarError } from '@lunarx/core/model'
import type { S3Backend } from '@lunarx/core/membership'
import type { Clock } from '../../clock/clock.ts'
import { deadline } from '../../tasks/index.ts'
import type { ObjectAttempts, ObjectPage } from '../attempts.ts'
import { OBJECT_LIMITS } from '../limits.ts'
import type { ObjectEnd } from '../objects.ts'
import { clientOf, type Connection, type SignedClient } from './client.ts'
import type { S3Credentials } from './credentials.ts'
import { partsOf } from './parts.ts'
import { endHeader, fill, fillEnd, rangeHeader, totalOf } from './range.ts'
import { codeOf, isAboutCredentials, refusalOf } from './refusal.ts'
import { bareTag, ONLY_NEW, PART_BYTES, type Place, writeParts, writeWhole, type Written } from './write.ts'

/** For taking back the parts of an upload that failed. */
const GIVE_UP_MS = 5_000

export interface S3AttemptsDeps {
  readonly backend: S3Backend
  readonly credentials: S3Credentials
  readonly connection: Connection
  readonly clock: Clock
}

type Act<T> = (client: SignedClient) => Promise<T>

export class S3Attempts implements ObjectAttempts {
  readonly #deps: S3AttemptsDeps
  /** Of every name. */
  readonly #folder: string

  constructor(deps: S3AttemptsDeps) {
    this.#deps = deps
    this.#folder = deps.backend.prefix === '' ? '' : `${deps.backend.prefix}/`
  }

  async put(name: string, sizeBytes: number, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    const place = this.#place(name)
    try {
      await this.#write(place, sizeBytes, bytes, signal)
    } catch (error) {
      if (hasCode(error, 'STORE_FAILED') && error.retryable) await this.#refuseIfLasting(place, signal)
      throw error
    }
  }

  #write(place: Place, sizeBytes: number, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    return this.#ask('put', signal, async (client) => {
      const written =
        sizeBytes > PART_BYTES
          ? await writeParts(client, place, bytes, (uploadId) => this.#giveUp(place, uploadId))
          : await writeWhole(client, place, await gathered(bytes, sizeBytes))
      await verify(client, place, sizeBytes, written)
    })
  }

  read(name: string, into: Uint8Array, position: number, signal: AbortSignal): Promise<number | undefined> {
    return this.#ask('read', signal, async (client) => {
      try {
        return await fill(await get(client, this.#place(name), rangeHeader(position, into.length)), into, position)
      } catch (error) {
        const code = codeOf(error)
        if (code === 'NoSuchKey') return undefined
        if (code === 'InvalidRange') return 0
        throw error
      }
    })
  }

  /** The end is asked for as such: one request, where its place would first have to be asked for. */
  readEnd(name: string, into: Uint8Array, signal: AbortSignal): Promise<ObjectEnd | undefined> {
    return this.#ask('read', signal, async (client) => {
      try {
        return await fillEnd(await get(client, this.#place(name), endHeader(into.length)), into)
      } catch (error) {
        const code = codeOf(error)
        if (code === 'NoSuchKey') return undefined
        if (code === 'InvalidRange') return { sizeBytes: 0, readBytes: 0 }
        throw error
      }
    })
  }

  /** A HEAD says only that something is missing, and a bucket that vanished must not look like objects that did: then a GET tells. */
  size(name: string, signal: AbortSignal): Promise<number | undefined> {
    return this.#ask('size', signal, async (client) => {
      const place = this.#place(name)
      try {
        return (await client.statObject(place.bucket, place.key)).size
      } catch (error) {
        if (!['NotFound', 'NoSuchKey'].includes(codeOf(error) ?? '')) throw error
      }
      try {
        const answer = await get(client, place, rangeHeader(0, 1))
        answer.resume()
        return totalOf(answer) ?? 0
      } catch (error) {
        if (codeOf(error) === 'NoSuchKey') return undefined
        throw error
      }
    })
  }

  remove(name: string, signal: AbortSignal): Promise<void> {
    return this.#ask('remove', signal, async (client) => {
      const { bucket, key } = this.#place(name)
      try {
        await client.removeObject(bucket, key)
      } catch (error) {
        if (codeOf(error) !== 'NoSuchKey') throw error
      }
    })
  }

  /** Goes on behind the last name of the page before: the client mangles continuation tokens that look like numbers. */
  page(prefix: string, after: string | undefined, signal: AbortSignal): Promise<ObjectPage> {
    return this.#ask('list', signal, async (client) => {
      const from = after ?? ''
      const { bucket } = this.#deps.backend
      const page = await client.listObjectsV2Query(bucket, `${this.#folder}${prefix}`, '', '', OBJECT_LIMITS.pageNames, from)
      const named = page.objects.flatMap(({ name, size }) => (typeof name === 'string' ? [{ key: name, sizeBytes: size }] : []))
      const last = named.at(-1)?.key
      if (page.isTruncated && last === undefined)
        throw new LunarError('STORE_FAILED', 'the backend gives an empty page that is not the last', { detail: { operation: 'list' } })
      return {
        objects: named.map(({ key, sizeBytes }) => ({ name: key.slice(this.#folder.length), sizeBytes })),
        next: page.isTruncated ? last : undefined,
      }
    })
  }

  /** S3 does not say. */
  freeBytes(): Promise<number | undefined> {
    return Promise.resolve(undefined)
  }

  claim(name: string, bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    return this.#ask('claim', signal, async (client) => {
      const place = this.#place(name)
      const found = await readSmall(client, place)
      if (found) return found
      const payload = Buffer.from(bytes)
      const isMine = await createNew(client, place, payload)
      if (isMine && (await createNew(client, place, payload)))
        throw new LunarError('STORE_FAILED', `the backend cannot create an object only if there is none: put ${name} there by hand`, {
          detail: { operation: 'claim', name },
          retryable: false,
        })
      const kept = await readSmall(client, place)
      if (!kept) throw new LunarError('STORE_FAILED', 'an object vanished while it was claimed', { detail: { operation: 'claim' } })
      return kept
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#deps.connection.agent.destroy()
  }

  #place(name: string): Place {
    return { bucket: this.#deps.backend.bucket, key: `${this.#folder}${name}` }
  }

  /**
   * A server that refuses before it has read the body closes the connection, and its answer may be lost with it: a question without
   * body tells whether it was a refusal. @throws {LunarError} STORE_FAILED, not retryable
   */
  async #refuseIfLasting({ bucket, key }: Place, signal: AbortSignal): Promise<void> {
    const isThere = async (client: SignedClient): Promise<void> => {
      const answer = await get(client, { bucket, key }, rangeHeader(0, 1))
      answer.resume()
    }
    try {
      await this.#ask('put', signal, isThere)
    } catch (error) {
      const { server } = error instanceof LunarError ? error.detail : {}
      if (error instanceof LunarError && !error.retryable && !['NoSuchKey', 'InvalidRange'].includes(String(server))) throw error
    }
  }

  /** Also after the signal of the try was aborted. What stays is invisible; a rule of the bucket clears it away (docs/BACKENDS.md). */
  async #giveUp({ bucket, key }: Place, uploadId: string): Promise<void> {
    using limit = deadline(this.#deps.clock, GIVE_UP_MS)
    await this.#ask('put', limit.signal, (client) => client.abortMultipartUpload(bucket, key, encodeURIComponent(uploadId))).catch(
      () => undefined,
    )
  }

  async #ask<T>(operation: string, signal: AbortSignal, act: Act<T>): Promise<T> {
    const { backend, credentials, connection } = this.#deps
    const keys = await credentials.current().catch((cause: unknown) => {
      throw new LunarError('STORE_FAILED', 'the credentials for the backend cannot be read', {
        cause,
        detail: { operation },
        retryable: false,
      })
    })
    const client = clientOf(backend, keys, connection, signal)
    try {
      return await act(client)
    } catch (cause) {
      signal.throwIfAborted()
      if (cause instanceof LunarError) throw cause
      const failure = { code: codeOf(cause), status: client.lastStatus, cause }
      const isRotated = isAboutCredentials(failure.code) && (await credentials.haveChanged(keys).catch(() => false))
      throw isRotated
        ? new LunarError('STORE_FAILED', 'the credentials for the backend were replaced meanwhile', { cause, detail: { operation } })
        : refusalOf(operation, failure)
    }
  }
}

const get = (client: SignedClient, { bucket, key }: Place, range: string): Promise<IncomingMessage> =>
  client.makeRequestAsync({ method: 'GET', bucketName: bucket, objectName: key, headers: { range } }, '', [200, 206])

/** All bytes of an object that goes in one request. */
async function gathered(bytes: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<Buffer> {
  for await (const part of partsOf(bytes, Math.max(1, sizeBytes))) return part
  return Buffer.alloc(0)
}

/** @throws {LunarError} STORE_FAILED: what lies there is not what was written */
async function verify(client: SignedClient, { bucket, key }: Place, sizeBytes: number, written: Written): Promise<void> {
  const headers = { 'x-amz-checksum-mode': 'ENABLED' }
  const answer = await client.makeRequestAsync({ method: 'HEAD', bucketName: bucket, objectName: key, headers }, '', [200])
  answer.resume()
  const { 'content-length': length, etag, 'x-amz-checksum-sha256': sha256 } = answer.headers
  const wrong = [
    ...(Number(length) === sizeBytes ? [] : ['length']),
    ...(bareTag(etag) === written.etag ? [] : ['entity tag']),
    ...(written.sha256 === undefined || sha256 === undefined || sha256 === written.sha256 ? [] : ['checksum']),
  ]
  if (wrong.length > 0)
    throw new LunarError('STORE_FAILED', 'the backend did not store what it was sent', { detail: { operation: 'put', wrong, sizeBytes } })
}

/** @returns false: there is one already */
async function createNew(client: SignedClient, place: Place, payload: Buffer): Promise<boolean> {
  try {
    await writeWhole(client, place, payload, ONLY_NEW)
    return true
  } catch (error) {
    if (codeOf(error) === 'PreconditionFailed') return false
    throw error
  }
}

async function readSmall(client: SignedClient, place: Place): Promise<Uint8Array | undefined> {
  const into = new Uint8Array(OBJECT_LIMITS.claimBytes)
  try {
    return into.slice(0, await fill(await get(client, place, rangeHeader(0, into.length)), into, 0))
  } catch (error) {
    if (codeOf(error) === 'NoSuchKey') return undefined
    if (codeOf(error) === 'InvalidRange') return new Uint8Array()
    throw error
  }
}
