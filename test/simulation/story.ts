/**
 * The first promise as a story: bad times within what a class survives, then good ones. Nothing is lost, nothing wrong is ever
 * read, and full redundancy returns.
 *
 * @module
 */
import { Faults } from './faults.ts'
import { HELD } from './report.ts'
import { shapeOf } from './shape.ts'
import { Workload } from './workload.ts'
import { World, type WorldOptions } from './world.ts'

const MINUTE = 60_000
const BAD_TIMES_MS = 6 * MINUTE
const HEAL_MS = 15 * MINUTE
const CLIENTS = ['dapp-0', 'dapp-1'] as const

export class Story {
  readonly world: World
  readonly #workloads: readonly Workload[]
  readonly #faults: Faults

  /** @param options of the world, beside seed and shape */
  constructor(seed: number, options: Pick<WorldOptions, 'audit' | 'disguise'> = {}) {
    this.world = new World({ seed, shape: shapeOf(seed), clients: CLIENTS, ...options })
    const { clock, random, trace, network, providers, trackers, clients, shape, crypto, told } = this.world
    this.#workloads = clients.map(
      (machine) =>
        new Workload({ name: machine.host, machine, clock, random: random.fork(`work of ${machine.host}`), crypto, trace, told }),
    )
    const isWhole = async (): Promise<boolean> => this.world.isSettled() && (await this.world.isRedundant())
    this.#faults = new Faults({
      clock,
      random: random.fork('faults'),
      trace,
      network,
      providers,
      trackers,
      clients,
      survive: shape.class.survive,
      isWhole,
      operator: this.world.operator,
      told,
    })
  }

  async tell(): Promise<void> {
    this.world.boot()
    await this.world.run(
      async () => {
        await this.#beginning()
        await this.#badTimes()
        await this.#healing()
        await this.#reckoning()
        await this.#lastBlow()
      },
      2 * 60 * MINUTE,
    )
  }

  async #beginning(): Promise<void> {
    await this.world.until('the network is ready', () => this.world.isSettled(), 2 * MINUTE)
    for (const workload of this.#workloads) for (let i = 0; i < 3; i++) await workload.once()
  }

  async #badTimes(): Promise<void> {
    const { clock } = this.world
    const work = Promise.all(this.#workloads.map((workload) => workload.run()))
    const faults = this.#faults.run()
    await Promise.race([work, clock.sleep(BAD_TIMES_MS)])
    this.#faults.stop()
    for (const workload of this.#workloads) workload.stop()
    await Promise.all([work, faults])
    this.#faults.assertSound()
  }

  async #healing(): Promise<void> {
    await this.world.until('everyone is back', () => this.world.isSettled(), HEAL_MS)
    await this.world
      .until('full redundancy is back', () => this.world.isRedundant(), HEAL_MS)
      .catch(async (error: unknown) => {
        throw new Error((await this.world.shortfalls()).join('; '), { cause: error })
      })
    // trackers that all lost their volumes have lost the tombstones too: then a shard that was away may come back and stay
    if (!this.#faults.haveTrackersForgotten) await this.world.until('what was deleted is gone', () => this.world.isSwept(), HEAL_MS)
  }

  /** Every shard has the bytes of its address, every name stands for what was acknowledged. */
  async #reckoning(): Promise<void> {
    const { auditor, sets, told } = this.world
    const holdings = [...(await auditor.holdings(sets.owed)).values()]
    for (const [at, set] of sets.owed.entries())
      for (const [index, machines] of (holdings[at] ?? []).entries())
        for (const machine of machines)
          if (!(await auditor.isIntact(machine, set, index))) throw new Error(`${machine.host} holds wrong bytes as shard ${index}`)
    told.count(HELD, sets.owed.length)
    await this.#readAll(1)
  }

  /** d domains lose all their volumes in one moment: whatever was stored is still read. */
  async #lastBlow(): Promise<void> {
    const { providers, random, shape, clock } = this.world
    const lost = new Set<string>()
    const domains = [...new Set(providers.map(({ domain }) => domain))]
    while (lost.size < shape.class.survive)
      lost.add(
        random
          .fork('last blow')
          .fork(String(lost.size))
          .pick(domains.filter((domain) => !lost.has(domain))),
      )
    for (const machine of providers) if (lost.has(machine.domain)) machine.wipe()
    await clock.sleep(2_000)
    await this.#readAll(20)
  }

  /** @param attempts for each name, ten seconds apart */
  async #readAll(attempts: number): Promise<void> {
    for (const workload of this.#workloads) {
      for (const name of workload.expectations.names) await this.#insist(`reading ${name}`, () => workload.get(name), attempts)
      await this.#insist('listing', () => workload.list(), attempts)
    }
  }

  async #insist(what: string, work: () => Promise<boolean>, attempts: number): Promise<void> {
    for (let attempt = 1; !(await work()); attempt++) {
      if (attempt === attempts) throw new Error(`${what} failed ${attempts} times, though nothing is broken beyond what the class survives`)
      await this.world.clock.sleep(10_000)
    }
  }
}
