import type { Client } from '@lunarx/client'
import test from 'ava'
import type { Machine } from './machine.ts'
import { seedsOf } from './seeds.ts'
import type { Shape } from './shape.ts'
import { World } from './world.ts'

/** Of the longer stories, unless SEEDS or SEED say otherwise. */
const DEFAULT_SEEDS = '2'
const MINUTE = 60_000
const SEGMENT_BYTES = 24_000
const SHAPE: Shape = {
  trackers: 3,
  providers: 4,
  domains: 4,
  archive: 4,
  class: { required: 2, parity: 1, survive: 1, copies: [{ pools: ['archive'] }] },
}

/** Tells the story of one seed: a site burns down, its trackers too; all there is left are the copies. */
class BurntSite {
  readonly world: World
  readonly #objects = new Map<string, Uint8Array>()

  constructor(seed: number) {
    this.world = new World({ seed, shape: SHAPE, segmentBytes: SEGMENT_BYTES })
  }

  async tell(): Promise<{ readonly restored: number }> {
    const { world } = this
    world.boot()
    return await world.run(async () => {
      await world.until('the network is ready', () => world.isSettled(), 2 * MINUTE)
      await this.#put(4)
      const site = world.providers.filter(({ host }) => host.startsWith('provider-'))
      for (const machine of [...site, ...world.trackers]) machine.wipe()
      for (const machine of [...site, ...world.trackers]) machine.boot()
      await world.until('everyone is back, most without memory', () => world.isSettled(), 15 * MINUTE)
      await this.#readAll()
      await this.#put(1)
      const restored = await this.#restoreAll()
      await world.until('full redundancy is back', () => world.isRedundant(), 15 * MINUTE)
      await this.#loseOneOfEach(site)
      await this.#readAll()
      for (const name of this.#objects.keys()) await (await this.#client()).delete(name)
      await world.until('what was deleted is gone', () => world.isSwept(), 15 * MINUTE)
      return { restored }
    }, 120 * MINUTE)
  }

  async #put(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const name = `object ${this.#objects.size}`
      const drawn = this.world.random.fork(name)
      const bytes = drawn.bytes(SEGMENT_BYTES + drawn.below(3 * SEGMENT_BYTES))
      await (await this.#client()).put(name, bytes)
      this.#objects.set(name, bytes)
    }
  }

  async #readAll(): Promise<void> {
    for (const [name, bytes] of this.#objects) {
      const chunks: Uint8Array[] = []
      for await (const chunk of (await this.#client()).get(name)) chunks.push(chunk.slice())
      if (!Buffer.concat(chunks).equals(bytes)) throw new Error(`${name} reads back as something else`)
    }
  }

  async #restoreAll(): Promise<number> {
    let sum = 0
    for (const name of this.#objects.keys()) {
      const { restored, lost } = await (await this.#client()).restore(name)
      if (lost > 0) throw new Error(`${lost} sets of ${name} are lost`)
      sum += restored
    }
    return sum
  }

  /** Of either pool, as many as the class survives. */
  async #loseOneOfEach(site: readonly Machine<unknown>[]): Promise<void> {
    const { random, providers, clock } = this.world
    random.fork('burnt').pick(site).crash()
    random
      .fork('lost')
      .pick(providers.filter((machine) => !site.includes(machine)))
      .crash()
    await clock.sleep(2_000)
  }

  async #client(): Promise<Client> {
    while (!this.#machine.running) await this.world.clock.sleep(500)
    return this.#machine.running
  }

  get #machine(): Machine<Client> {
    const [machine] = this.world.clients
    if (!machine) throw new Error('a world without a client')
    return machine
  }
}

for (const seed of seedsOf({ ...process.env, SEEDS: process.env['SEEDS'] ?? DEFAULT_SEEDS }))
  test.serial(`a site burns down with all trackers: read from the backup copies, and restored from them (SEED=${seed})`, async (t) => {
    t.timeout(600_000)
    const story = new BurntSite(seed)
    try {
      const { restored } = await story.tell()
      t.true(restored >= 4, `${restored} sets restored`)
    } catch (error) {
      t.log([...story.world.trace.tail(200), `Replay: SEED=${seed} npm run test:sim`].join('\n'))
      throw error
    }
  })
