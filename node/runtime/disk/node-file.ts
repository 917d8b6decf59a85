/**
 * An open file of the machine.
 *
 * @module
 */
import type { FileHandle } from 'node:fs/promises'
import type { DiskFile } from './disk.ts'
import { refuse } from './node-error.ts'

export class NodeFile implements DiskFile {
  readonly #handle: FileHandle
  readonly #path: string
  #isClosed = false

  constructor(handle: FileHandle, path: string) {
    this.#handle = handle
    this.#path = path
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    return this.#try('read', async () => (await this.#handle.read(into, 0, into.length, position)).bytesRead)
  }

  async write(from: Uint8Array, position: number): Promise<void> {
    await this.#try('write', async () => {
      let at = 0
      while (at < from.length) at += (await this.#handle.write(from, at, from.length - at, position + at)).bytesWritten
    })
  }

  async sync(): Promise<void> {
    await this.#try('sync', () => this.#handle.datasync())
  }

  async size(): Promise<number> {
    return this.#try('stat', async () => (await this.#handle.stat()).size)
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.#try('truncate', () => this.#handle.truncate(sizeBytes))
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#try('close', () => this.#handle.close())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #try<T>(operation: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      return refuse(error, operation, this.#path)
    }
  }
}
