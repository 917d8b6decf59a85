/**
 * An open file of a simulated disk. After a crash of its machine it answers nothing: nobody is left to hear it.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { DiskFile } from './disk.ts'
import type { SimulatedContent } from './simulated-content.ts'

interface Host {
  isGone(): boolean
  /** @throws {LunarError} FULL */
  needSpace(growthBytes: number): void
  pause(): Promise<void>
}

export class SimulatedFile implements DiskFile {
  readonly #content: SimulatedContent
  readonly #isWritable: boolean
  readonly #host: Host
  #isClosed = false

  constructor(content: SimulatedContent, isWritable: boolean, host: Host) {
    this.#content = content
    this.#isWritable = isWritable
    this.#host = host
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    await this.#check('read')
    const found = this.#content.view().subarray(position, position + into.length)
    into.set(found)
    return found.length
  }

  async write(from: Uint8Array, position: number): Promise<void> {
    await this.#check('write')
    this.#needWritable('write')
    this.#host.needSpace(position + from.length - this.#content.size)
    this.#content.write(from, position)
  }

  async sync(): Promise<void> {
    await this.#check('sync')
    await this.#host.pause()
    if (!this.#host.isGone()) this.#content.sync()
  }

  async size(): Promise<number> {
    await this.#check('stat')
    return this.#content.size
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.#check('truncate')
    this.#needWritable('truncate')
    this.#host.needSpace(sizeBytes - this.#content.size)
    this.#content.truncate(sizeBytes)
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #check(operation: string): Promise<void> {
    if (this.#host.isGone()) await new Promise<never>(() => undefined)
    if (this.#isClosed) this.#refuse(operation)
  }

  #needWritable(operation: string): void {
    if (!this.#isWritable) this.#refuse(operation)
  }

  #refuse(operation: string): never {
    throw new LunarError('STORE_FAILED', `disk refused to ${operation}`, { detail: { operation, system: 'EBADF' } })
  }
}
