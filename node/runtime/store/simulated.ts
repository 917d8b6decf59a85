/**
 * A store in memory that forgets in a crash what was not committed. A write whose commit was under way may have made it, though
 * nobody was told.
 *
 * Shares the room of a simulated disk, so that a full volume is full for both.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '../clock/clock.ts'
import type { SimulatedDisk } from '../disk/simulated.ts'
import type { SeededRandom } from '../random/seeded.ts'
import { BatchQueue, type Batch } from './batch-queue.ts'
import { SortedEntries } from './sorted-entries.ts'
import type { Change, Entry, KeyValueStore, OpenStore, Range } from './store.ts'

export interface SimulatedStoresOptions {
  readonly random: SeededRandom
  /** The volume that the stores take their room from; default: endless. */
  readonly disk?: SimulatedDisk
}

/** What a commit takes, drawn from this range. */
export interface CommitLatency {
  readonly clock: Clock
  readonly commitMs: readonly [number, number]
}

/** All stores of one volume. */
export class SimulatedStores {
  readonly #random: SeededRandom
  readonly #disk: SimulatedDisk | undefined
  readonly #stores = new Map<string, SortedEntries>()
  #open: SimulatedStore[] = []

  constructor({ random, disk }: SimulatedStoresOptions) {
    this.#random = random
    this.#disk = disk
  }

  /** The platform's `openStore` for one start of a machine; with a latency, commits take time and a crash may fall into them. */
  opener(latency?: CommitLatency): OpenStore {
    return async (name) => {
      const entries = this.#stores.get(name) ?? new SortedEntries()
      this.#stores.set(name, entries)
      const store = new SimulatedStore(entries, this.#random, this.#disk, latency)
      this.#open.push(store)
      return store
    }
  }

  /** The machine lost its power: commits under way are kept or lost by chance, and open stores never answer again. */
  crash(): void {
    for (const store of this.#open) store.crash()
    this.#open = []
  }

  /** One of them is lost, while the machine is off. */
  lose(name: string): void {
    this.#stores.delete(name)
  }

  /** A new, empty volume. */
  wipe(): void {
    this.crash()
    this.#stores.clear()
  }
}

class SimulatedStore implements KeyValueStore {
  readonly #entries: SortedEntries
  readonly #random: SeededRandom
  readonly #disk: SimulatedDisk | undefined
  readonly #latency: CommitLatency | undefined
  readonly #queue = new BatchQueue()
  #underWay: readonly Batch[] = []
  #committing: Promise<void> | undefined
  #state: 'open' | 'closed' | 'gone' = 'open'

  constructor(entries: SortedEntries, random: SeededRandom, disk: SimulatedDisk | undefined, latency: CommitLatency | undefined) {
    this.#entries = entries
    this.#random = random
    this.#disk = disk
    this.#latency = latency
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    await this.#check()
    return this.#entries.get(key)
  }

  async scan(range: Range): Promise<Entry[]> {
    await this.#check()
    return this.#entries.scan(range)
  }

  async write(changes: readonly Change[]): Promise<void> {
    await this.#check()
    const written = this.#queue.add(changes)
    this.#committing ??= this.#commitAll()
    await written
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state !== 'open') return
    await this.#committing
    this.#state = 'closed'
  }

  crash(): void {
    this.#state = 'gone'
    // the log is written in order: what is lost takes everything after it along
    for (const batch of [...this.#underWay, ...this.#queue.takeAll()]) {
      if (this.#random.chance(0.5)) return
      this.#apply(batch)
    }
  }

  async #commitAll(): Promise<void> {
    await Promise.resolve() // whoever writes in the same turn shares the commit
    while (!this.#queue.isEmpty) {
      this.#underWay = this.#queue.takeAll()
      if (this.#latency) await this.#pause(this.#latency)
      if (this.#isGone()) return
      for (const batch of this.#underWay) batch.settle(this.#apply(batch))
      this.#underWay = []
    }
    this.#committing = undefined
  }

  async #pause({ clock, commitMs: [fromMs, toMs] }: CommitLatency): Promise<void> {
    await clock.sleep(this.#random.between(fromMs, toMs))
  }

  #apply({ changes, sizeBytes }: Batch): LunarError | undefined {
    const neededBytes = changes.some((change) => 'put' in change) ? sizeBytes : 0 // removing needs no room
    try {
      this.#disk?.take(neededBytes)
    } catch (error) {
      return error as LunarError
    }
    const before = this.#entries.sizeBytes
    this.#entries.apply(changes)
    this.#disk?.release(neededBytes - (this.#entries.sizeBytes - before))
    return undefined
  }

  #isGone(): boolean {
    return this.#state === 'gone'
  }

  async #check(): Promise<void> {
    if (this.#state === 'gone') await new Promise<never>(() => undefined)
    if (this.#state === 'closed') throw new LunarError('STORE_FAILED', 'store is closed')
  }
}
