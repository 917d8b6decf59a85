/**
 * Each operation of a backend, tried once on HDFS.
 *
 * A root that is gone must not look like objects that are gone: every "there is none" asks for the root first.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http'
import { LunarError } from '@lunarx/core/model'
import type { ObjectAttempts, ObjectPage } from '../attempts.ts'
import { bodyInto } from '../body-into.ts'
import { OBJECT_LIMITS } from '../limits.ts'
import type { ObjectEnd } from '../objects.ts'
import type { Exchange } from './exchange.ts'
import type { Files } from './files.ts'
import { failure, hasNoTarget, isMissing, isThere, Refusal } from './refusal.ts'
import type { Room } from './room.ts'
import type { FileStorer } from './store-file.ts'
import { walk } from './walk.ts'

export interface HdfsParts {
  readonly exchange: Exchange
  readonly files: Files
  readonly storer: FileStorer
  readonly room: Room
  /** Shared with others of our kind; never made by us. */
  readonly root: string
  /** In the root, or the root itself: of all names. */
  readonly folder: string
}

export class HdfsAttempts implements ObjectAttempts {
  readonly #parts: HdfsParts

  constructor(parts: HdfsParts) {
    this.#parts = parts
  }

  put(name: string, sizeBytes: number, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    let broken: { readonly error: unknown } | undefined
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield* bytes
      } catch (error) {
        broken = { error }
        throw error
      }
    }
    return tried('put', async () => {
      await this.#mustHaveRoot(signal)
      await this.#store({ name, sizeBytes, bytes: source(), over: 'OVERWRITE' }, signal)
    }).catch((error: unknown) => {
      throw broken ? broken.error : error // the caller's own failure is none of HDFS
    })
  }

  read(name: string, into: Uint8Array, position: number, signal: AbortSignal): Promise<number | undefined> {
    return tried('read', async () => {
      const { files, folder } = this.#parts
      const path = `${folder}/${name}`
      try {
        return await fill(into, await files.open(path, position, into.length, signal))
      } catch (error) {
        if (isMissing(error)) return await this.#none(signal)
        // "Offset out of the range" is an IOException like any other
        if (error instanceof Refusal && position >= ((await files.status(path, signal))?.sizeBytes ?? Number.POSITIVE_INFINITY)) return 0
        throw error
      }
    })
  }

  readEnd(name: string, into: Uint8Array, signal: AbortSignal): Promise<ObjectEnd | undefined> {
    return tried('read', async () => {
      const { files, folder } = this.#parts
      const path = `${folder}/${name}`
      try {
        const status = await files.status(path, signal)
        if (!status || status.isFolder) return await this.#none(signal)
        const { sizeBytes } = status
        const end = into.subarray(0, Math.min(into.length, sizeBytes))
        const readBytes = end.length === 0 ? 0 : await fill(end, await files.open(path, sizeBytes - end.length, end.length, signal))
        if (readBytes < end.length)
          throw new LunarError('STORE_FAILED', 'a file is shorter than HDFS says', { detail: { operation: 'read', sizeBytes } })
        return { sizeBytes, readBytes }
      } catch (error) {
        if (isMissing(error)) return await this.#none(signal)
        throw error
      }
    })
  }

  size(name: string, signal: AbortSignal): Promise<number | undefined> {
    return tried('size', async () => {
      const { files, folder } = this.#parts
      const status = await files.status(`${folder}/${name}`, signal)
      return status && !status.isFolder ? status.sizeBytes : await this.#none(signal)
    })
  }

  remove(name: string, signal: AbortSignal): Promise<void> {
    return tried('remove', async () => {
      const { files, folder } = this.#parts
      if (!(await files.remove(`${folder}/${name}`, signal))) await this.#mustHaveRoot(signal)
    })
  }

  page(prefix: string, after: string | undefined, signal: AbortSignal): Promise<ObjectPage> {
    return tried('list', async () => {
      const { files, folder } = this.#parts
      return (await walk(files, folder, prefix, after, signal)) ?? (await this.#none(signal)) ?? { objects: [], next: undefined }
    })
  }

  freeBytes(signal: AbortSignal): Promise<number> {
    return tried('free', () => this.#parts.room.freeBytes(signal))
  }

  claim(name: string, bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    return tried('claim', async () => {
      await this.#mustHaveRoot(signal)
      const there = await this.#claimed(name, signal)
      if (there) return there
      try {
        await this.#store({ name, sizeBytes: bytes.length, bytes: only(bytes), over: 'NONE' }, signal)
      } catch (error) {
        if (!isThere(error)) throw error
      }
      return (await this.#claimed(name, signal)) ?? bytes
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts.exchange[Symbol.dispose]()
  }

  async #store(upload: Parameters<FileStorer['store']>[0], signal: AbortSignal): Promise<void> {
    const { storer, room } = this.#parts
    try {
      await storer.store(upload, signal)
    } catch (error) {
      if (hasNoTarget(error) && (await room.freeBytes(signal)) < upload.sizeBytes)
        throw new LunarError('FULL', 'HDFS has no room', { cause: error, detail: { operation: 'put' } })
      throw error
    }
  }

  async #claimed(name: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const { files, folder } = this.#parts
    const path = `${folder}/${name}`
    const status = await files.status(path, signal)
    if (!status) return undefined
    if (status.isFolder || status.sizeBytes > OBJECT_LIMITS.claimBytes)
      throw new LunarError('STORE_FAILED', 'something else has the name of the claim', { detail: { operation: 'claim' }, retryable: false })
    const into = new Uint8Array(status.sizeBytes)
    if (into.length > 0) await fill(into, await files.open(path, 0, into.length, signal))
    return into
  }

  async #none(signal: AbortSignal): Promise<undefined> {
    await this.#mustHaveRoot(signal)
    return undefined
  }

  async #mustHaveRoot(signal: AbortSignal): Promise<void> {
    const { files, root } = this.#parts
    if (!(await files.status(root, signal))?.isFolder)
      throw new LunarError('STORE_FAILED', 'the root folder of the backend is not there', { retryable: false })
  }
}

/** Errors with the name of their operation. */
async function tried<T>(operation: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw failure(operation, error)
  }
}

/** @returns bytes filled; more than fit are left where they are */
const fill = async (into: Uint8Array, body: IncomingMessage): Promise<number> => Math.min(into.length, await bodyInto(body, into))

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes
}
