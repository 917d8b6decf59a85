/**
 * create → send → verify → rename: how a file comes to be there whole or not at all.
 *
 * HDFS keeps what arrived of a cut upload as a complete, shorter file, and with `overwrite` in the place of the old one. So bytes go to a
 * name of their own below `.incoming`, are compared there by length and checksum, and take their place by one rename, which the name
 * node does in one step, over an old file too. What a killed process leaves in `.incoming` is removed a day later.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '../../clock/clock.ts'
import type { Random } from '../../random/random.ts'
import { BlockSums, ONE_BLOCK_ALGORITHM } from './block-sums.ts'
import type { Files } from './files.ts'
import { isMissing } from './refusal.ts'

/** No name of an object begins with a dot. */
const INCOMING = '.incoming'
const NAME_BYTES = 16
const LEFT_OVER_MS = 24 * 3_600_000
const SWEEP_EVERY_MS = 3_600_000

export interface StoreFileOptions {
  readonly files: Files
  /** Absolute; made when it is missing. */
  readonly folder: string
  readonly clock: Clock
  readonly random: Random
  readonly replication: number | undefined
  /** A block is as long as its file, in steps of this: HDFS books whole blocks on quotas and disks while a file is written. */
  readonly blockStepBytes: number
}

export interface Upload {
  readonly name: string
  readonly sizeBytes: number
  readonly bytes: AsyncIterable<Uint8Array>
  /** What happens to a file that is there. NONE: FileAlreadyExistsException. */
  readonly over: 'OVERWRITE' | 'NONE'
}

export class FileStorer {
  readonly #options: StoreFileOptions
  #sweptAt = Number.NEGATIVE_INFINITY
  /** False once a sound file had another checksum than ours: an encryption zone, erasure coding, another chunk size. */
  #isComparable = true

  constructor(options: StoreFileOptions) {
    this.#options = options
  }

  async store(upload: Upload, signal: AbortSignal): Promise<void> {
    const { files, folder, random } = this.#options
    await this.#sweep(signal)
    const incoming = `${folder}/${INCOMING}/${Buffer.from(random.bytes(NAME_BYTES)).toString('hex')}`
    try {
      const sums = await this.#send(incoming, upload, signal)
      await this.#verify(incoming, upload.sizeBytes, sums, signal)
      await this.#rename(incoming, upload, signal)
    } catch (error) {
      if (!signal.aborted) await files.remove(incoming, signal).catch(() => undefined) // the sweep takes what this leaves
      throw error
    }
  }

  async #send(incoming: string, { sizeBytes, bytes }: Upload, signal: AbortSignal): Promise<BlockSums> {
    const { files, replication, blockStepBytes } = this.#options
    const sums = new BlockSums(sizeBytes)
    const blockBytes = Math.max(1, Math.ceil(sizeBytes / blockStepBytes)) * blockStepBytes
    await files.create(incoming, { sizeBytes, bytes: summed(bytes, sums), blockBytes, replication }, signal)
    return sums
  }

  async #verify(incoming: string, sizeBytes: number, sums: BlockSums, signal: AbortSignal): Promise<void> {
    const { files } = this.#options
    const status = await files.status(incoming, signal)
    if (status?.sizeBytes !== sizeBytes || sums.length !== sizeBytes) throw differs('length')
    if (this.#isComparable && sizeBytes > 0) {
      const { algorithm, bytes } = await files.checksum(incoming, signal)
      if (algorithm === ONE_BLOCK_ALGORITHM && typeof bytes === 'string' && bytes.startsWith(sums.fileChecksum())) return
    }
    if (!(await this.#isRereadAs(incoming, sizeBytes, sums, signal))) throw differs('bytes')
    this.#isComparable = sizeBytes === 0 && this.#isComparable
  }

  /** For files whose checksum says nothing to us: all bytes come back once. */
  async #isRereadAs(incoming: string, sizeBytes: number, sums: BlockSums, signal: AbortSignal): Promise<boolean> {
    if (sizeBytes === 0) return true
    const seen = new BlockSums(sizeBytes)
    for await (const chunk of (await this.#options.files.open(incoming, 0, sizeBytes, signal)) as AsyncIterable<Uint8Array>) {
      if (seen.length + chunk.length > sizeBytes) return false
      seen.add(chunk)
    }
    return seen.equals(sums)
  }

  async #rename(incoming: string, { name, over }: Upload, signal: AbortSignal): Promise<void> {
    const { files, folder } = this.#options
    const to = `${folder}/${name}`
    try {
      await files.rename(incoming, to, over, signal)
    } catch (error) {
      if (!isMissing(error)) throw error
      await files.makeFolder(to.slice(0, to.lastIndexOf('/')), signal)
      await files.rename(incoming, to, over, signal)
    }
  }

  /** Removes what processes that are gone have left, at most a thousand files an hour. */
  async #sweep(signal: AbortSignal): Promise<void> {
    const { files, folder, clock } = this.#options
    if (clock.elapsed() - this.#sweptAt < SWEEP_EVERY_MS) return
    const found = await files.children(`${folder}/${INCOMING}`, undefined, signal)
    for (const { name, changedAt } of found?.files ?? [])
      if (clock.now() - changedAt > LEFT_OVER_MS) await files.remove(`${folder}/${INCOMING}/${name}`, signal)
    this.#sweptAt = clock.elapsed()
  }
}

async function* summed(bytes: AsyncIterable<Uint8Array>, sums: BlockSums): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    sums.add(chunk)
    yield chunk
  }
}

const differs = (what: 'length' | 'bytes'): LunarError =>
  new LunarError('STORE_FAILED', 'HDFS has stored something else than was sent', { detail: { operation: 'put', differs: what } })
