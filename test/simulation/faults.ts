/**
 * Bad times: crashes with loss of unsynced writes, lost volumes, cut and partitioned hosts, full disks, lossy and slow networks.
 *
 * Keeps to what the network promises to survive: at most d failure domains are away at a time, and one that lost volumes counts as
 * away until everything it held exists again.
 *
 * @module
 */
import type { Client } from '@lunarx/client'
import { NO_FAULTS, type SimulatedNetwork } from '@lunarx/net/simulated'
import type { Provider } from '@lunarx/provider'
import type { SimulatedClock } from '@lunarx/runtime/clock'
import type { Trace } from '@lunarx/runtime/log'
import type { SeededRandom } from '@lunarx/runtime/random'
import type { Tracker } from '@lunarx/tracker'
import type { Machine } from './machine.ts'
import type { Operator } from './operator.ts'
import type { Told } from './told.ts'

const MEAN_PAUSE_MS = 12_000
const LOOK_MS = 5_000
/** A drain that takes longer is given up. */
const PATIENCE_MS = 90_000
/** How a machine is broken → what became of it. */
const BROKEN = { crash: 'crashed', wipe: 'lost its volume', cut: 'cut off' } as const

export interface FaultsDeps {
  readonly clock: SimulatedClock
  readonly random: SeededRandom
  readonly trace: Trace
  readonly network: SimulatedNetwork
  readonly providers: readonly Machine<Provider>[]
  readonly trackers: readonly Machine<Tracker>[]
  readonly clients: readonly Machine<Client>[]
  /** d */
  readonly survive: number
  /** Every set that is owed has all its shards, and rows have moved to the members that are there. */
  readonly isWhole: () => Promise<boolean>
  readonly operator: Operator
  readonly told: Told
}

export class Faults {
  readonly #deps: FaultsDeps
  /** Domains that are away, or have not got everything back. */
  readonly #away = new Set<string>()
  readonly #busy = new Set<Machine<unknown>>()
  #isOver = false
  #failure: { readonly error: unknown } | undefined
  #haveTrackersForgotten = false

  constructor(deps: FaultsDeps) {
    this.#deps = deps
  }

  /** All tracker volumes were lost at once. */
  get haveTrackersForgotten(): boolean {
    return this.#haveTrackersForgotten
  }

  /** Goes on until it is told to stop. */
  async run(): Promise<void> {
    const { clock, random } = this.#deps
    const drains = this.#drains(random.fork('drains'))
    while (!this.#isOver) {
      await clock.sleep(random.exponential(MEAN_PAUSE_MS))
      if (!this.#isOver) this.#strike()
    }
    await drains
  }

  /**
   * Scale-down and up beside all that: a provider is drained, removed with its volume once it is, and another takes its place. It counts
   * as no domain that is away: whatever breaks meanwhile, nothing may be lost by it.
   */
  async #drains(random: SeededRandom): Promise<void> {
    const { clock, providers } = this.#deps
    while (!this.#isOver) {
      await clock.sleep(random.exponential(MEAN_PAUSE_MS * 5))
      if (!this.#isOver) await this.#drain(random.pick(providers), random)
    }
  }

  async #drain(machine: Machine<Provider>, random: SeededRandom): Promise<void> {
    const { clock, operator, trace, told } = this.#deps
    const endMs = clock.elapsed() + PATIENCE_MS
    trace.add('faults', `*** drain ${machine.host}`)
    operator.drain(machine)
    while (!this.#isOver && !operator.isDrained(machine) && clock.elapsed() < endMs) await clock.sleep(1_000)
    if (!this.#isOver && operator.isDrained(machine)) {
      await clock.sleep(random.between(0, 5_000)) // a real operator acts on what it saw a moment ago
      trace.add('faults', `*** ${machine.host} is drained and removed`)
      told.count('provider drained and replaced')
      machine.wipe()
      await clock.sleep(random.exponential(15_000))
      machine.boot()
    }
    operator.keep(machine)
  }

  /** No new ones; everything that is broken is mended. */
  stop(): void {
    const { providers, trackers, clients, network, trace } = this.#deps
    trace.add('faults', '*** all is mended')
    this.#isOver = true
    network.heal()
    for (const machine of providers) machine.makeRoom()
    for (const machine of [...providers, ...trackers, ...clients]) machine.boot()
  }

  #strike(): void {
    const { random } = this.#deps
    const drawn = random.uniform()
    if (drawn < 0.5) this.#run(this.#breakDomain())
    else if (drawn < 0.65) this.#run(this.#breakTrackers())
    else if (drawn < 0.75) this.#run(this.#breakClient())
    else if (drawn < 0.83) this.#run(this.#fillDisk())
    else if (drawn < 0.92) this.#run(this.#split())
    else this.#changeWeather()
  }

  #run(fault: Promise<void>): void {
    fault.catch((error: unknown) => {
      this.#failure ??= { error }
    })
  }

  /** @throws what went wrong in the background */
  assertSound(): void {
    if (this.#failure) throw this.#failure.error
  }

  async #breakDomain(): Promise<void> {
    const { random, providers, survive, clock, isWhole } = this.#deps
    const domains = [...new Set(providers.map(({ domain }) => domain))].filter((domain) => !this.#away.has(domain))
    if (this.#away.size >= survive || domains.length === 0) return
    const domain = random.pick(domains)
    this.#away.add(domain)
    const machines = providers.filter((machine) => machine.domain === domain && (random.chance(0.7) || !this.#isMany(domain)))
    const kind = random.pick(['crash', 'wipe', 'wipe', 'cut'] as const)
    for (const machine of machines) this.#break(machine, kind)
    await clock.sleep(random.exponential(45_000))
    for (const machine of machines) this.#mend(machine)
    while (!this.#isOver && !(await isWhole())) await clock.sleep(LOOK_MS)
    this.#away.delete(domain)
  }

  #isMany(domain: string): boolean {
    return this.#deps.providers.filter((machine) => machine.domain === domain).length > 1
  }

  /** Trackers, or providers, in two groups that do not hear each other; everyone else hears both. */
  async #split(): Promise<void> {
    const { random, network, trackers, providers, clock, trace, told } = this.#deps
    const hosts = random.pick([trackers, providers] as const).map(({ host }) => host)
    const left = hosts.filter(() => random.chance(0.5))
    const right = hosts.filter((host) => !left.includes(host))
    trace.add('faults', `*** split: ${left.join(' ')} | ${right.join(' ')}`)
    network.partition(left, right)
    told.count('hosts split in two groups')
    await clock.sleep(random.exponential(40_000))
    network.partition()
  }

  /** Mostly one; now and then all of them lose their volumes at once, which loses nothing either. */
  async #breakTrackers(): Promise<void> {
    const { random, trackers, clock, told } = this.#deps
    const idle = trackers.filter((machine) => !this.#busy.has(machine))
    const isEnd = idle.length === trackers.length && this.#away.size === 0 && random.chance(0.15)
    if (!isEnd && idle.length <= trackers.length / 2 + 1) return
    const chosen = isEnd ? trackers : [random.pick(idle)]
    this.#haveTrackersForgotten ||= isEnd
    if (isEnd) told.count('all trackers lost their volumes at once')
    for (const machine of chosen) {
      this.#busy.add(machine)
      this.#break(machine, isEnd ? 'wipe' : random.pick(['crash', 'crash', 'wipe', 'cut']))
    }
    await clock.sleep(random.exponential(30_000))
    for (const machine of chosen) {
      this.#mend(machine)
      this.#busy.delete(machine)
    }
  }

  async #breakClient(): Promise<void> {
    const { random, clients, clock } = this.#deps
    const machine = random.pick(clients)
    this.#break(machine, random.pick(['crash', 'crash', 'cut']))
    await clock.sleep(random.exponential(10_000))
    this.#mend(machine)
  }

  async #fillDisk(): Promise<void> {
    const { random, providers, clock, told } = this.#deps
    const machine = random.pick(providers)
    machine.fill()
    told.count('volume full')
    await clock.sleep(random.exponential(40_000))
    machine.makeRoom()
  }

  #changeWeather(): void {
    const { random, network, trace, told } = this.#deps
    const isBad = random.chance(0.7)
    if (isBad) told.count('messages dropped, connections cut, replies late')
    network.faults = isBad
      ? { ...NO_FAULTS, dropRate: random.between(0, 0.08), cutRate: random.between(0, 0.02), delayMs: [1, random.between(10, 600)] }
      : NO_FAULTS
    trace.add('faults', `*** weather: ${JSON.stringify(network.faults)}`)
  }

  #break(machine: Machine<unknown>, kind: keyof typeof BROKEN): void {
    this.#deps.told.count(`${machine.role} ${BROKEN[kind]}`)
    if (kind === 'cut') {
      this.#deps.trace.add(machine.host, '*** cut off')
      this.#deps.network.cut(machine.host)
    } else if (kind === 'wipe') machine.wipe()
    else machine.crash()
  }

  #mend(machine: Machine<unknown>): void {
    this.#deps.network.mend(machine.host)
    machine.boot()
  }
}
