/**
 * A folder of the machine's file system as a disk.
 *
 * Never follows a path out of its root by name; the volume below the root is the peer's own, so links in it are its own doing.
 *
 * @module
 */
import { constants } from 'node:fs'
import { mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Disk, DiskFile } from './disk.ts'
import { refuse, systemCode } from './node-error.ts'
import { NodeFile } from './node-file.ts'
import { checkPath } from './path.ts'
import { readWholeFile, replaceFileDurably } from './whole-files.ts'

const { O_CREAT, O_RDONLY, O_RDWR } = constants
/** The owner only: keys lie here too. */
const FILE_MODE = 0o600

export class NodeDisk implements Disk {
  readonly #root: string

  /** @param root must exist */
  constructor(root: string) {
    this.#root = resolve(root)
  }

  open(path: string, mode: 'read'): Promise<DiskFile | undefined>
  open(path: string, mode: 'create'): Promise<DiskFile>
  async open(path: string, mode: 'read' | 'create'): Promise<DiskFile | undefined> {
    const place = this.#at(path)
    try {
      return new NodeFile(await open(place, mode === 'read' ? O_RDONLY : O_RDWR | O_CREAT, FILE_MODE), path)
    } catch (error) {
      if (mode === 'read' && systemCode(error) === 'ENOENT') return undefined
      return refuse(error, 'open', path)
    }
  }

  async rename(from: string, to: string): Promise<void> {
    const [before, after] = [this.#at(from), this.#at(to)]
    await this.#try('rename', from, () => rename(before, after))
  }

  async remove(path: string): Promise<boolean> {
    const place = this.#at(path)
    try {
      await rm(place)
      return true
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false
      return refuse(error, 'remove', path)
    }
  }

  async makeFolder(path: string): Promise<void> {
    const place = this.#at(path)
    const first = await this.#try('make folder', path, () => mkdir(place, { recursive: true }))
    if (first === undefined) return
    const above = dirname(first) // the first folder made has its name here
    for (let folder = dirname(place); folder.length >= above.length; folder = dirname(folder)) await this.#sync(folder, path)
  }

  async syncFolder(path: string): Promise<void> {
    await this.#sync(this.#at(path), path)
  }

  async list(path: string): Promise<string[]> {
    const place = this.#at(path)
    try {
      return await readdir(place)
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return []
      return refuse(error, 'list', path)
    }
  }

  async readFile(path: string): Promise<Uint8Array | undefined> {
    return readWholeFile(this, path)
  }

  async writeFileDurably(path: string, bytes: Uint8Array): Promise<void> {
    await replaceFileDurably(this, path, bytes)
  }

  async space(): Promise<{ readonly totalBytes: number; readonly freeBytes: number }> {
    const { blocks, bavail, bsize } = await this.#try('stat', '', () => statfs(this.#root))
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize }
  }

  #at(path: string): string {
    return join(this.#root, checkPath(path))
  }

  async #sync(place: string, path: string): Promise<void> {
    await this.#try('sync folder', path, async () => {
      await using folder = await open(place, O_RDONLY)
      await folder.sync()
    })
  }

  async #try<T>(operation: string, path: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      return refuse(error, operation, path)
    }
  }
}
