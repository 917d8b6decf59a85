/**
 * Shards as files on the volume: one file per shard in 256 folders by the first byte of the segment id, uploads in a folder of
 * their own. Write, sync, rename, sync the folder: a name in `shards/` always stands for a whole shard.
 *
 * Knows nothing of reservations, owners or tombstones.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { Disk, DiskFile } from '@lunarx/runtime/disk'
import { PROVIDER_LIMITS } from '../limits.ts'
import { readFooter } from './footer.ts'
import { folderName, folderOf, parseName, pathOf, SHARDS } from './shard-name.ts'
import type { OpenShard, ShardKey, ShardSeal, ShardStore, Upload } from './shard-store.ts'
import { Uploads } from './uploads.ts'

const FOLDERS = 256

export class VolumeStore implements ShardStore {
  readonly #disk: Disk
  readonly #crypto: CryptoEngine
  readonly #uploads: Uploads

  private constructor(disk: Disk, crypto: CryptoEngine, uploads: Uploads) {
    this.#disk = disk
    this.#crypto = crypto
    this.#uploads = uploads
  }

  /** Makes the folders that are missing. @throws {LunarError} FULL, STORE_FAILED */
  static async open(disk: Disk, crypto: CryptoEngine): Promise<VolumeStore> {
    const uploads = await Uploads.open(disk)
    await disk.makeFolder(SHARDS)
    const present = new Set(await disk.list(SHARDS))
    for (let byte = 0; byte < FOLDERS; byte++) {
      const folder = folderName(byte)
      if (!present.has(folder.slice(SHARDS.length + 1))) await disk.makeFolder(folder)
    }
    if (present.size < FOLDERS) {
      await disk.syncFolder(SHARDS)
      await disk.syncFolder('')
    }
    return new VolumeStore(disk, crypto, uploads)
  }

  uploads(): Promise<string[]> {
    return this.#uploads.list()
  }

  openUpload(name: string): Promise<Upload> {
    return this.#uploads.openUpload(name)
  }

  removeUpload(name: string): Promise<void> {
    return this.#uploads.remove(name)
  }

  async publish(name: string, key: ShardKey, seal: ShardSeal): Promise<void> {
    await this.#uploads.seal(name, seal)
    await this.#disk.rename(this.#uploads.pathOf(name), pathOf(key))
    await this.#disk.syncFolder(folderOf(key))
  }

  async open(key: ShardKey): Promise<OpenShard | undefined> {
    const file = await this.#disk.open(pathOf(key), 'read')
    if (!file) return undefined
    try {
      const read: DiskFile['read'] = (into, position) => file.read(into, position)
      const footer = await readFooter({ read, readEnd: (into) => readEnd(file, into) }, key, this.#crypto)
      return (
        footer && {
          ...footer,
          read,
          holdsNothing: false,
          pieceBytes: PROVIDER_LIMITS.chunkBytes,
          [Symbol.asyncDispose]: () => file.close(),
        }
      )
    } catch (error) {
      await file.close()
      throw error
    }
  }

  async remove(key: ShardKey): Promise<void> {
    if (await this.#disk.remove(pathOf(key))) await this.#disk.syncFolder(folderOf(key))
  }

  async list(firstByte: number): Promise<ShardKey[]> {
    return (await this.#disk.list(folderName(firstByte))).flatMap((name) => parseName(name, firstByte) ?? [])
  }

  async freeBytes(): Promise<number> {
    return (await this.#disk.space()).freeBytes
  }
}

async function readEnd(file: DiskFile, into: Uint8Array): Promise<{ sizeBytes: number; readBytes: number }> {
  const sizeBytes = await file.size()
  const end = into.subarray(0, Math.min(into.length, sizeBytes))
  return { sizeBytes, readBytes: end.length === 0 ? 0 : await file.read(end, sizeBytes - end.length) }
}
