/**
 * Unfinished shards: files in a folder of the volume, whatever the backend.
 *
 * @module
 */
import type { Disk, DiskFile } from '@lunarx/runtime/disk'
import { encodeFooter } from './footer.ts'
import type { ShardSeal, Upload } from './shard-store.ts'

const UPLOADS = 'incoming'

export class Uploads {
  readonly #disk: Disk

  private constructor(disk: Disk) {
    this.#disk = disk
  }

  /** @throws {LunarError} FULL, STORE_FAILED */
  static async open(disk: Disk): Promise<Uploads> {
    await disk.makeFolder(UPLOADS)
    return new Uploads(disk)
  }

  pathOf(name: string): string {
    return `${UPLOADS}/${name}`
  }

  list(): Promise<string[]> {
    return this.#disk.list(UPLOADS)
  }

  async openUpload(name: string): Promise<Upload> {
    return new FileUpload(await this.#disk.open(this.pathOf(name), 'create'), this.#disk)
  }

  async remove(name: string): Promise<void> {
    await this.#disk.remove(this.pathOf(name))
  }

  /** Makes a shard file of complete bytes. @returns its length */
  async seal(name: string, seal: ShardSeal): Promise<number> {
    const footer = encodeFooter(seal)
    await using file = await this.#disk.open(this.pathOf(name), 'create')
    await file.truncate(seal.sizeBytes)
    await file.write(footer, seal.sizeBytes)
    await file.sync()
    return seal.sizeBytes + footer.length
  }
}

class FileUpload implements Upload {
  readonly #file: DiskFile
  readonly #disk: Disk
  #hasName = false

  constructor(file: DiskFile, disk: Disk) {
    this.#file = file
    this.#disk = disk
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return this.#file.read(into, position)
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    return this.#file.write(bytes, position)
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#file.truncate(sizeBytes)
  }

  size(): Promise<number> {
    return this.#file.size()
  }

  async sync(): Promise<void> {
    await this.#file.sync()
    if (!this.#hasName) await this.#disk.syncFolder(UPLOADS)
    this.#hasName = true
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#file.close()
  }
}
