/**
 * The calls of WebHDFS that we make, each a method: parameters in, plain values out. Paths are absolute.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http'
import { LunarError } from '@lunarx/core/model'
import type { Answer } from './exchange.ts'
import { type NameNodes, parsed } from './name-nodes.ts'
import { isMissing } from './refusal.ts'

/** Shards are ciphertext, yet nobody else has any business with them. */
const [FILE_MODE, FOLDER_MODE] = ['600', '700']

export interface FileStatus {
  /** Of a child, in a listing; '' for the path that was asked for. */
  readonly name: string
  readonly isFolder: boolean
  readonly sizeBytes: number
  /** Milliseconds since 1970, by the clock of the name node. */
  readonly changedAt: number
}

export interface CreateOptions {
  readonly sizeBytes: number
  readonly bytes: AsyncIterable<Uint8Array>
  readonly blockBytes: number
  /** undefined: as the cluster does by itself. */
  readonly replication: number | undefined
}

export class Files {
  readonly #nameNodes: NameNodes

  constructor(nameNodes: NameNodes) {
    this.#nameNodes = nameNodes
  }

  /** undefined: there is none. */
  async status(path: string, signal: AbortSignal): Promise<FileStatus | undefined> {
    try {
      const { FileStatus: status } = await this.#nameNodes.json('GET', path, { op: 'GETFILESTATUS' }, signal)
      return fileStatus(status)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  /** Makes the folder above, too. The data node writes what arrives: a cut upload leaves a shorter file. */
  async create(path: string, { sizeBytes, bytes, blockBytes, replication }: CreateOptions, signal: AbortSignal): Promise<void> {
    const query = { op: 'CREATE', overwrite: true, permission: FILE_MODE, blocksize: blockBytes, ...(replication ? { replication } : {}) }
    const redirect = await this.#nameNodes.ask('PUT', path, query, signal)
    await ended(await this.#nameNodes.follow(redirect, 'PUT', { sizeBytes, bytes }, signal))
  }

  /** @param length at least 1 */
  async open(path: string, offset: number, length: number, signal: AbortSignal): Promise<IncomingMessage> {
    const answer = await this.#nameNodes.ask('GET', path, { op: 'OPEN', offset, length }, signal)
    const opened = answer.status < 300 ? answer : await this.#nameNodes.follow(answer, 'GET', undefined, signal)
    return opened.body
  }

  /** Over the sums that the data nodes keep of the blocks: `bytes` in lower-case hex. */
  async checksum(path: string, signal: AbortSignal): Promise<{ readonly algorithm: unknown; readonly bytes: unknown }> {
    const answer = await this.#nameNodes.ask('GET', path, { op: 'GETFILECHECKSUM' }, signal)
    const { FileChecksum: sum } = await parsed(
      answer.status < 300 ? answer : await this.#nameNodes.follow(answer, 'GET', undefined, signal),
    )
    const { algorithm, bytes } = (sum ?? {}) as { algorithm?: unknown; bytes?: unknown }
    return { algorithm, bytes }
  }

  async makeFolder(path: string, signal: AbortSignal): Promise<void> {
    await this.#nameNodes.json('PUT', path, { op: 'MKDIRS', permission: FOLDER_MODE }, signal)
  }

  /** In one step of the name node. @throws {Refusal} FileNotFoundException, also for a missing folder above `to`; FileAlreadyExistsException */
  async rename(from: string, to: string, over: 'OVERWRITE' | 'NONE', signal: AbortSignal): Promise<void> {
    await ended(await this.#nameNodes.ask('PUT', from, { op: 'RENAME', destination: to, renameoptions: over }, signal))
  }

  /** @returns false: there was none */
  async remove(path: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#nameNodes.json('DELETE', path, { op: 'DELETE', recursive: false }, signal))['boolean'] === true
  }

  /** Up to 1,000 in the order of their names, those behind `after`; undefined: there is no such folder. */
  async children(
    path: string,
    after: string | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly files: readonly FileStatus[]; readonly isLast: boolean } | undefined> {
    try {
      // `startafter` in lower case: any other spelling is ignored in silence, and the first page comes for ever
      const query = { op: 'LISTSTATUS_BATCH', ...(after === undefined ? {} : { startafter: after }) }
      const { DirectoryListing: listing } = await this.#nameNodes.json('GET', path, query, signal)
      const { partialListing, remainingEntries } = (listing ?? {}) as {
        partialListing?: { FileStatuses?: { FileStatus?: unknown[] } }
        remainingEntries?: number
      }
      return { files: (partialListing?.FileStatuses?.FileStatus ?? []).map(fileStatus), isLast: (remainingEntries ?? 0) === 0 }
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  /** Bytes of disk that files below may still take, all copies counted; undefined: no quota, or no such folder. */
  async quotaLeft(path: string, signal: AbortSignal): Promise<number | undefined> {
    try {
      const { QuotaUsage: usage } = await this.#nameNodes.json('GET', path, { op: 'GETQUOTAUSAGE' }, signal)
      const { spaceQuota, spaceConsumed } = (usage ?? {}) as { spaceQuota?: unknown; spaceConsumed?: unknown }
      return amount(spaceQuota) < 0 ? undefined : amount(spaceQuota) - amount(spaceConsumed)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  /** Bytes of disk that are free in the whole cluster. */
  async remaining(path: string, signal: AbortSignal): Promise<number> {
    const { FsStatus: status } = await this.#nameNodes.json('GET', path, { op: 'GETSTATUS' }, signal)
    return amount((status as { remaining?: unknown } | undefined)?.remaining)
  }

  /** Copies of each block that the cluster makes when nobody says how many. */
  async defaultReplication(path: string, signal: AbortSignal): Promise<number> {
    const { FsServerDefaults: defaults } = await this.#nameNodes.json('GET', path, { op: 'GETSERVERDEFAULTS' }, signal)
    return amount((defaults as { replication?: unknown } | undefined)?.replication)
  }
}

function fileStatus(value: unknown): FileStatus {
  const { pathSuffix, type, length, modificationTime } = (value ?? {}) as Record<string, unknown>
  if (typeof pathSuffix !== 'string') throw malformed()
  return { name: pathSuffix, isFolder: type === 'DIRECTORY', sizeBytes: amount(length), changedAt: amount(modificationTime) }
}

function amount(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw malformed()
  return value
}

const malformed = (): LunarError =>
  new LunarError('STORE_FAILED', 'HDFS answers with something else than was asked for', { retryable: false })

/** Reads the rest of an answer, so that its connection can be used again. */
async function ended({ body }: Answer): Promise<void> {
  for await (const _ of body);
}
