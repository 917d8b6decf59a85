/**
 * Shards as objects of a remote store: one object per shard, the same bytes as a shard file of the volume. Uploads arrive on the
 * local volume, and are sent when they are complete and verified: a name in the store always stands for a whole shard.
 *
 * Nothing is remembered here of what lies there: the catalog is on the volume, and made anew from the store's own listing.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { hasCode, LunarError, textOf, utf8 } from '@lunarx/core/model'
import type { Disk } from '@lunarx/runtime/disk'
import type { Objects } from '@lunarx/runtime/objects'
import { PROVIDER_LIMITS } from '../limits.ts'
import { readFooter } from './footer.ts'
import { folderName, parseName, pathOf } from './shard-name.ts'
import type { OpenShard, ShardKey, ShardSeal, ShardStore, Upload } from './shard-store.ts'
import { Uploads } from './uploads.ts'

/** Names whose objects these are. */
const OWNER = 'provider'

export interface RemoteStoreDeps {
  /** For uploads. */
  readonly disk: Disk
  readonly objects: Objects
  readonly crypto: CryptoEngine
  /**
   * Whose folder it is: network and name of the place, not of the volume, for the shards outlive the volume. Who comes back on another
   * one finds them again. At most 4 KiB.
   */
  readonly owner: string
}

export class RemoteStore implements ShardStore {
  readonly #deps: RemoteStoreDeps
  readonly #uploads: Uploads

  private constructor(deps: RemoteStoreDeps, uploads: Uploads) {
    this.#deps = deps
    this.#uploads = uploads
  }

  /**
   * @throws {LunarError} BAD_CONFIG: the folder in the store belongs to another provider: two would take each other's shards for
   * theirs. FULL, STORE_FAILED
   */
  static async open(deps: RemoteStoreDeps): Promise<RemoteStore> {
    const { disk, objects, owner } = deps
    const uploads = await Uploads.open(disk)
    const found = textOf(await objects.claim(OWNER, utf8(owner)))
    if (found !== owner)
      throw new LunarError(
        'BAD_CONFIG',
        `the folder in the backend belongs to another provider: if that one is gone, remove its object "${OWNER}"`,
        { detail: { owner: found.slice(0, 200) } },
      )
    return new RemoteStore(deps, uploads)
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
    const sizeBytes = await this.#uploads.seal(name, seal)
    await this.#deps.objects.put(pathOf(key), sizeBytes, () => this.#bytesOf(name, sizeBytes))
    await this.#uploads.remove(name)
  }

  /** Damage is believed when it is seen twice: the way here is long. */
  async open(key: ShardKey): Promise<OpenShard | undefined> {
    try {
      return await this.#open(key)
    } catch (error) {
      if (hasCode(error, 'SHARD_DAMAGED')) return await this.#open(key)
      throw error
    }
  }

  async remove(key: ShardKey): Promise<void> {
    await this.#deps.objects.remove(pathOf(key))
  }

  async list(firstByte: number): Promise<ShardKey[]> {
    const folder = `${folderName(firstByte)}/`
    const keys: ShardKey[] = []
    for await (const { name } of this.#deps.objects.list(folder)) {
      const key = parseName(name.slice(folder.length), firstByte)
      if (key) keys.push(key)
    }
    return keys
  }

  /** A store that does not say what is free is limited by the capacity of the provider alone. */
  async freeBytes(): Promise<number> {
    return (await this.#deps.objects.freeBytes()) ?? Number.MAX_SAFE_INTEGER
  }

  async #open(key: ShardKey): Promise<OpenShard | undefined> {
    const { objects, crypto } = this.#deps
    const name = pathOf(key)
    async function read(into: Uint8Array, position: number): Promise<number> {
      const bytes = await objects.read(name, into, position)
      if (bytes === undefined) throw new LunarError('SHARD_DAMAGED', 'the object of a shard is gone')
      return bytes
    }
    const footer = await readFooter({ read, readEnd: (into) => objects.readEnd(name, into) }, key, crypto)
    return (
      footer && {
        ...footer,
        read,
        holdsNothing: true,
        pieceBytes: PROVIDER_LIMITS.remotePieceBytes,
        [Symbol.asyncDispose]: async () => undefined,
      }
    )
  }

  async *#bytesOf(name: string, sizeBytes: number): AsyncGenerator<Uint8Array> {
    await using upload = await this.#uploads.openUpload(name)
    const buffer = new Uint8Array(Math.min(PROVIDER_LIMITS.chunkBytes, sizeBytes))
    for (let at = 0; at < sizeBytes;) {
      const read = await upload.read(buffer.subarray(0, sizeBytes - at), at)
      if (read === 0) throw new LunarError('STORE_FAILED', 'an upload is shorter than it was')
      yield buffer.subarray(0, read)
      at += read
    }
  }
}
