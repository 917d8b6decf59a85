/**
 * Shards as files on the volume: one file per shard in 256 folders by the first byte of the segment id, uploads in a folder of
 * their own. Write, sync, rename, sync the folder: a name in `shards/` always stands for a whole shard.
 *
 * Knows nothing of reservations, owners or tombstones.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { bytesOfHex, hexOf } from '@lunarx/core/model'
import type { Disk, DiskFile } from '@lunarx/runtime/disk'
import { encodeFooter, readFooter, readLeafHashes } from './footer.ts'
import type { OpenShard, ShardKey, ShardSeal, ShardStore, Upload } from './shard-store.ts'

const UPLOADS = 'incoming'
const SHARDS = 'shards'
const FOLDERS = 256

const folderName = (firstByte: number): string => `${SHARDS}/${firstByte.toString(16).padStart(2, '0')}`
const folderOf = ({ segment }: ShardKey): string => folderName(segment[0] ?? 0)
const pathOf = (key: ShardKey): string => `${folderOf(key)}/${hexOf(key.segment)}.${key.index}`
const uploadPath = (name: string): string => `${UPLOADS}/${name}`

function parseName(name: string): ShardKey | undefined {
  const match = /^([0-9a-f]{64})\.(\d{1,3})$/.exec(name)
  return match ? { segment: bytesOfHex(match[1] ?? ''), index: Number(match[2]) } : undefined
}

export class VolumeStore implements ShardStore {
  readonly #disk: Disk
  readonly #crypto: CryptoEngine

  private constructor(disk: Disk, crypto: CryptoEngine) {
    this.#disk = disk
    this.#crypto = crypto
  }

  /** Makes the folders that are missing. @throws {LunarError} FULL, STORE_FAILED */
  static async open(disk: Disk, crypto: CryptoEngine): Promise<VolumeStore> {
    await disk.makeFolder(UPLOADS)
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
    return new VolumeStore(disk, crypto)
  }

  uploads(): Promise<string[]> {
    return this.#disk.list(UPLOADS)
  }

  async openUpload(name: string): Promise<Upload> {
    return new VolumeUpload(await this.#disk.open(uploadPath(name), 'create'), this.#disk)
  }

  async removeUpload(name: string): Promise<void> {
    await this.#disk.remove(uploadPath(name))
  }

  async publish(name: string, key: ShardKey, seal: ShardSeal): Promise<void> {
    {
      await using file = await this.#disk.open(uploadPath(name), 'create')
      await file.truncate(seal.sizeBytes)
      await file.write(encodeFooter(seal), seal.sizeBytes)
      await file.sync()
    }
    await this.#disk.rename(uploadPath(name), pathOf(key))
    await this.#disk.syncFolder(folderOf(key))
  }

  async open(key: ShardKey): Promise<OpenShard | undefined> {
    const file = await this.#disk.open(pathOf(key), 'read')
    if (!file) return undefined
    try {
      const footer = await readFooter(file, key, this.#crypto)
      return {
        ...footer,
        read: (into, position) => file.read(into, position),
        leafHashes: () => readLeafHashes(file, footer.record.shardBytes),
        [Symbol.asyncDispose]: () => file.close(),
      }
    } catch (error) {
      await file.close()
      throw error
    }
  }

  async remove(key: ShardKey): Promise<void> {
    if (await this.#disk.remove(pathOf(key))) await this.#disk.syncFolder(folderOf(key))
  }

  async list(firstByte: number): Promise<ShardKey[]> {
    return (await this.#disk.list(folderName(firstByte))).flatMap((name) => parseName(name) ?? [])
  }

  async freeBytes(): Promise<number> {
    return (await this.#disk.space()).freeBytes
  }
}

class VolumeUpload implements Upload {
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
