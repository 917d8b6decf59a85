import type { Client } from '@lunarx/client'
import type { FoundPeer } from '@lunarx/net/peers'
import test from 'ava'
import type { Machine } from './machine.ts'
import { seedsOf } from './seeds.ts'
import { addressOf, type Shape } from './shape.ts'
import { World } from './world.ts'

/** Unless SEEDS or SEED say otherwise. */
const DEFAULT_SEEDS = '1'
const MINUTE = 60_000
const SEGMENT_BYTES = 24_000
const SHAPE: Shape = { trackers: 3, providers: 6, domains: 6, class: { required: 2, parity: 1, survive: 1 } }
const OBJECTS = 3

/** Tells the story of one seed: shards move, then all trackers are gone, and a liar sits in the directory. */
class NoTrackers {
  readonly world: World
  readonly #objects = new Map<string, Uint8Array>()

  constructor(seed: number) {
    this.world = new World({ seed, shape: SHAPE, segmentBytes: SEGMENT_BYTES, directory: { announcementsPerHour: 360 } })
  }

  async tell(): Promise<void> {
    const { world } = this
    world.boot()
    await world.run(async () => {
      await world.until('the network is ready', () => world.isSettled(), 2 * MINUTE)
      for (let i = 0; i < OBJECTS; i++) await this.#put(`object ${i}`)
      const [gone, next] = this.#victims()
      gone?.crash()
      await world.until('what it held is held elsewhere', () => world.isRedundant(), 15 * MINUTE)
      await world.clock.sleep(5 * MINUTE)
      for (const tracker of world.trackers) tracker.crash()
      next?.crash()
      this.#lie()
      world.network.faults = { ...world.network.faults, dropRate: 0.01, delayMs: [1, 50] }
      for (const [name, bytes] of this.#objects) await this.#read(name, bytes)
    }, 120 * MINUTE)
  }

  /** Two providers: of a set with shards at both, the manifest names one holder that is left, and it takes two. */
  #victims(): Machine<unknown>[] {
    const left = [...this.world.providers]
    return [1, 2].flatMap((n) => left.splice(this.world.random.fork(`victim ${n}`).below(left.length), 1))
  }

  /** One of those that keep announcements names peers that hold nothing, at places where others are or nobody is. */
  #lie(): void {
    const { network, providers, random } = this.world
    const liar = random.fork('liar').pick(providers.filter(({ isOn }) => isOn))
    const named = providers.flatMap(({ host, peer = '' }): FoundPeer[] => [
      { ...addressOf('nowhere'), peer },
      { ...addressOf(host), peer: liar.peer ?? '' },
    ])
    network.directories.lie(liar.host, () => named)
  }

  async #put(name: string): Promise<void> {
    const bytes = this.world.random.fork(name).bytes(3 * SEGMENT_BYTES)
    await (await this.#client()).put(name, bytes)
    this.#objects.set(name, bytes)
  }

  async #read(name: string, bytes: Uint8Array): Promise<void> {
    const chunks: Uint8Array[] = []
    for await (const chunk of (await this.#client()).get(name)) chunks.push(chunk.slice())
    if (!Buffer.concat(chunks).equals(bytes)) throw new Error(`${name} reads back as something else`)
  }

  async #client(): Promise<Client> {
    const [machine] = this.world.clients
    if (!machine) throw new Error('a world without a client')
    while (!machine.running) await this.world.clock.sleep(500)
    return machine.running
  }
}

for (const seed of seedsOf({ ...process.env, SEEDS: process.env['SEEDS'] ?? DEFAULT_SEEDS }))
  test.serial(`shards move, all trackers go, somebody lies: objects are read by the directory (SEED=${seed})`, async (t) => {
    t.timeout(600_000)
    const story = new NoTrackers(seed)
    try {
      await story.tell()
      t.pass()
    } catch (error) {
      t.log([...story.world.trace.tail(200), `Replay: SEED=${seed} npm run test:sim`].join('\n'))
      throw error
    }
  })
