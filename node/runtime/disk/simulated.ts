/**
 * A disk in memory that behaves as the worst one that keeps its promises: what was not synced may be gone after a crash, in any
 * combination, and a full disk says so.
 *
 * Never loses or changes what was synced. Why so strict: code that passes here needs no particular file system.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '../clock/clock.ts'
import type { SeededRandom } from '../random/seeded.ts'
import type { Disk, DiskFile } from './disk.ts'
import { checkPath, folderOf, nameOf } from './path.ts'
import { SimulatedContent } from './simulated-content.ts'
import { SimulatedFile } from './simulated-file.ts'
import { SimulatedNames } from './simulated-names.ts'
import { readWholeFile, replaceFileDurably } from './whole-files.ts'

export interface SimulatedDiskOptions {
  readonly random: SeededRandom
  /** Default: 1 TiB. */
  readonly capacityBytes?: number
  /** What a sync takes on the clock of the machine, drawn from this range. Other operations take no time. */
  readonly syncMs?: readonly [number, number]
}

export class SimulatedDisk implements Disk {
  readonly #random: SeededRandom
  readonly #syncMs: readonly [number, number]
  #clock: Clock | undefined
  #names = new SimulatedNames<SimulatedContent>()
  #folders = new Set([''])
  /** Grows with every crash: files opened before answer nothing any more. */
  #boot = 0
  #reservedBytes = 0
  capacityBytes: number

  constructor({ random, capacityBytes = 2 ** 40, syncMs = [0, 0] }: SimulatedDiskOptions) {
    this.#random = random
    this.capacityBytes = capacityBytes
    this.#syncMs = syncMs
  }

  /** Puts the disk into a machine; before, syncs take no time. */
  attach(clock: Clock): void {
    this.#clock = clock
  }

  open(path: string, mode: 'read'): Promise<DiskFile | undefined>
  open(path: string, mode: 'create'): Promise<DiskFile>
  async open(path: string, mode: 'read' | 'create'): Promise<DiskFile | undefined> {
    let content = this.#names.get(checkPath(path))
    if (!content) {
      if (mode === 'read') return undefined
      this.#needFolder(path)
      content = new SimulatedContent()
      this.#names.change([path, content])
    }
    return new SimulatedFile(content, mode === 'create', this.#host())
  }

  async rename(from: string, to: string): Promise<void> {
    for (const path of [from, to]) checkPath(path)
    const content = this.#names.get(from)
    if (!content) throw new LunarError('STORE_FAILED', 'disk refused to rename', { detail: { path: from, system: 'ENOENT' } })
    this.#needFolder(to)
    if (from !== to) this.#names.change([from, undefined], [to, content])
  }

  async remove(path: string): Promise<boolean> {
    if (!this.#names.get(checkPath(path))) return false
    this.#names.change([path, undefined])
    return true
  }

  async makeFolder(path: string): Promise<void> {
    for (let folder = checkPath(path); folder !== ''; folder = folderOf(folder)) this.#folders.add(folder)
  }

  async syncFolder(path: string): Promise<void> {
    if (!this.#folders.has(checkPath(path)))
      throw new LunarError('STORE_FAILED', 'disk refused to sync folder', { detail: { path, system: 'ENOENT' } })
    await this.#pause()
    this.#names.sync(path)
  }

  async list(path: string): Promise<string[]> {
    checkPath(path)
    return [...this.#names.paths(), ...this.#folders].filter((entry) => entry !== '' && folderOf(entry) === path).map(nameOf)
  }

  async readFile(path: string): Promise<Uint8Array | undefined> {
    return readWholeFile(this, path)
  }

  async writeFileDurably(path: string, bytes: Uint8Array): Promise<void> {
    await replaceFileDurably(this, path, bytes)
  }

  async space(): Promise<{ readonly totalBytes: number; readonly freeBytes: number }> {
    return { totalBytes: this.capacityBytes, freeBytes: this.freeBytes }
  }

  get freeBytes(): number {
    let used = this.#reservedBytes
    for (const content of this.#names.files()) used += content.size
    return Math.max(0, this.capacityBytes - used)
  }

  /** Room that something beside the files takes on the same volume, such as a store. @throws {LunarError} FULL */
  take(growthBytes: number): void {
    this.#needSpace(growthBytes)
    this.#reservedBytes += growthBytes
  }

  /** Gives back what {@link take} took. */
  release(bytes: number): void {
    this.#reservedBytes -= bytes
  }

  /** The machine lost its power: unsynced bytes and names are kept or lost by chance; open files never answer again. */
  crash(): void {
    this.#boot++
    this.#clock = undefined
    this.#names.crash(this.#random)
    for (const content of new Set(this.#names.files())) content.crash(this.#random)
  }

  /** A new, empty volume of the same size. */
  wipe(): void {
    this.crash()
    this.#names = new SimulatedNames()
    this.#folders = new Set([''])
    this.#reservedBytes = 0
  }

  #host() {
    const boot = this.#boot
    return {
      isGone: () => boot !== this.#boot,
      needSpace: (growthBytes: number) => this.#needSpace(growthBytes),
      pause: () => this.#pause(),
    }
  }

  #needFolder(path: string): void {
    if (!this.#folders.has(folderOf(path)))
      throw new LunarError('STORE_FAILED', 'disk refused to open', { detail: { path, system: 'ENOENT' } })
  }

  #needSpace(growthBytes: number): void {
    if (growthBytes > 0 && growthBytes > this.freeBytes)
      throw new LunarError('FULL', 'disk refused to write', { detail: { system: 'ENOSPC' } })
  }

  async #pause(): Promise<void> {
    const [fromMs, toMs] = this.#syncMs
    await this.#clock?.sleep(this.#random.between(fromMs, toMs))
  }
}
