/**
 * An object read as a shard file. Its end, where the record and mostly all leaf hashes are, is fetched at once: one question, not
 * one for each field.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Objects } from '@lunarx/runtime/objects'
import type { ShardFile } from './footer.ts'

/** Holds the footer of a shard of 8 MiB with a record of 40 addresses. */
const TAIL_BYTES = 24 * 1024

export class ObjectFile implements ShardFile {
  readonly #objects: Objects
  readonly #name: string
  readonly #sizeBytes: number
  readonly #tail: Uint8Array

  private constructor(objects: Objects, name: string, sizeBytes: number, tail: Uint8Array) {
    this.#objects = objects
    this.#name = name
    this.#sizeBytes = sizeBytes
    this.#tail = tail
  }

  /** Undefined if there is none. @throws {LunarError} STORE_FAILED */
  static async open(objects: Objects, name: string): Promise<ObjectFile | undefined> {
    const sizeBytes = await objects.size(name)
    if (sizeBytes === undefined) return undefined
    const tail = new Uint8Array(Math.min(TAIL_BYTES, sizeBytes))
    const read = await objects.read(name, tail, sizeBytes - tail.length)
    return read === undefined ? undefined : new ObjectFile(objects, name, sizeBytes, tail.subarray(0, read))
  }

  size(): Promise<number> {
    return Promise.resolve(this.#sizeBytes)
  }

  /** @throws {LunarError} SHARD_DAMAGED: the object is gone; STORE_FAILED */
  async read(into: Uint8Array, position: number): Promise<number> {
    const length = Math.max(0, Math.min(into.length, this.#sizeBytes - position))
    const behind = position - (this.#sizeBytes - this.#tail.length)
    if (behind >= 0 && this.#tail.length > 0) {
      const bytes = this.#tail.subarray(behind, behind + length)
      into.set(bytes)
      return bytes.length
    }
    const read = length === 0 ? 0 : await this.#objects.read(this.#name, into.subarray(0, length), position)
    if (read === undefined) throw new LunarError('SHARD_DAMAGED', 'the object of a shard is gone')
    return read
  }
}
