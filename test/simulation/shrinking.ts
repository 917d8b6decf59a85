/**
 * Fewer trackers as a story: under load, while trackers crash, lose their volumes, and the operator starts anew, some of them leave. Nothing
 * is lost, nothing deleted comes back, and no tracker ever says that it does not know a live set.
 *
 * @module
 */
import { hexOf } from '@lunarx/core/model'
import { makeRing, ringName } from '@lunarx/core/placement'
import type { Tracker } from '@lunarx/tracker'
import type { CommittedSet } from './committed-sets.ts'
import type { Word } from './locator.ts'
import type { Machine } from './machine.ts'
import { addressOf, type Shape } from './shape.ts'
import { TrackerScale } from './tracker-scale.ts'
import { Workload } from './workload.ts'
import { World } from './world.ts'

const MINUTE = 60_000
const SHAPE: Shape = { trackers: 5, providers: 6, domains: 3, class: { required: 2, parity: 1, survive: 1 } }
const CLIENTS = ['dapp-0', 'dapp-1'] as const
/** Put by each client before anything happens, and as many that are deleted again. */
const OBJECTS = 6
/** A crash of a tracker every so often, and how long it is away: means. */
const PAUSE_MS = 40_000
const AWAY_MS = 12_000
const PROBE_MS = 7_000
const LIMIT_MS = 40 * MINUTE

export class Shrinking {
  readonly world: World
  readonly scale: TrackerScale
  readonly #workloads: readonly Workload[]
  readonly #copies: number
  /** What the leaving tracker knew when the configuration named it for the last time. */
  #known: readonly { readonly set: CommittedSet; readonly word: Word }[] = []
  #isOver = false
  #isMended = false
  /** Trackers that left. */
  removed = 0

  constructor(seed: number) {
    this.world = new World({ seed, shape: SHAPE, clients: CLIENTS })
    const { clock, random, trace, clients, crypto, trackers, providers, operator, told } = this.world
    this.#copies = 2 * SHAPE.class.survive + 1
    this.#workloads = clients.map(
      (machine) =>
        new Workload({ name: machine.host, machine, clock, random: random.fork(`work of ${machine.host}`), crypto, trace, told }),
    )
    this.scale = new TrackerScale({
      clock,
      trace,
      trackers,
      providers,
      survive: SHAPE.class.survive,
      epoch: () => operator.epoch?.number ?? 0,
      named: () => this.world.named.length,
      name: (count) => this.world.nameTrackers(count),
      isOutdated: (host) => this.world.isOutdated(host),
      onLeaving: (machine) => this.#remember(machine),
      onRemoval: (machine) => this.#reckonWith(machine),
    })
  }

  /** @param play what happens to the number of trackers that are wanted; the story ends when as many run */
  async tell(play: (scale: TrackerScale, world: World) => Promise<void>): Promise<void> {
    const { world } = this
    world.boot()
    await world.run(async () => {
      await world.until('the network is ready', () => world.isSettled(), 2 * MINUTE)
      for (const [at, workload] of this.#workloads.entries())
        for (let i = 0; i < OBJECTS; i++) {
          await workload.put(`${CLIENTS[at] ?? ''}/${i}`)
          // what is deleted no inventory brings to its new owners
          await workload.put(`${CLIENTS[at] ?? ''}/old ${i}`)
          await workload.delete(`${CLIENTS[at] ?? ''}/old ${i}`)
        }
      world.network.faults = { ...world.network.faults, delayMs: [1, 40] }
      const background = Promise.all([
        ...this.#workloads.map((workload) => workload.run()),
        this.scale.run(() => this.#isOver),
        this.#breakTrackers(),
        this.#probe(),
      ])
      await Promise.race([this.#play(play), background])
      for (const workload of this.#workloads) workload.stop()
      this.#isOver = true
      await background
      await this.#reckoning()
    }, 90 * MINUTE)
  }

  async #play(play: (scale: TrackerScale, world: World) => Promise<void>): Promise<void> {
    const { world, scale } = this
    await play(scale, world)
    await world.until(`${scale.wanted} trackers run`, () => scale.isDone(), LIMIT_MS)
    this.#isMended = true
    for (const machine of world.named) machine.boot()
    await world.until('everyone is back', () => world.isSettled() && scale.isDone(), 15 * MINUTE)
  }

  /** One tracker at a time, which is what d = 1 survives; the operator is another process now and then. */
  async #breakTrackers(): Promise<void> {
    const { world, scale } = this
    const random = world.random.fork('broken trackers')
    while (!this.#isOver && !this.#isMended) {
      await world.clock.sleep(random.exponential(PAUSE_MS))
      if (random.chance(0.3)) scale.restart()
      const running = world.trackers.slice(0, scale.live)
      if (this.#isMended || running.some((machine) => machine.running?.ready() !== true)) continue
      const machine = random.pick(running)
      const isNamed = world.named.includes(machine)
      if (isNamed && random.chance(0.25)) machine.wipe()
      else machine.crash()
      await world.clock.sleep(random.exponential(AWAY_MS))
      machine.boot()
      // a volume that was lost is made up for before the next one
      await world.clock.sleep(10_000)
    }
  }

  /** Every tracker that runs knows, for a client, every set that is there. */
  async #probe(): Promise<void> {
    const { world } = this
    while (!this.#isOver) {
      await world.clock.sleep(PROBE_MS)
      const sets = world.sets.owed
      for (const { host, running } of world.trackers.slice(0, this.scale.live)) {
        if (running?.ready() !== true) continue
        const words = await world.amongClients.ask(host, sets)
        const owed = new Set(world.sets.owed.map(({ id }) => hexOf(id)))
        for (const [set, word] of words ?? [])
          if (word !== 'live' && owed.has(set)) throw new Error(`${host} says of live set ${set.slice(0, 12)} that it is ${word}`)
      }
    }
  }

  async #remember({ host }: Machine<Tracker>): Promise<void> {
    const sets = [...this.world.sets.owed, ...this.world.sets.gone]
    const words = await this.world.amongTrackers.ask(host, sets)
    this.#known = sets.flatMap((set) => {
      const word = words?.get(hexOf(set.id)) ?? 'unknown'
      return word === 'unknown' ? [] : [{ set, word }]
    })
  }

  /** Its volume goes: every owner of what it knew has that. */
  async #reckonWith({ host }: Machine<Tracker>): Promise<void> {
    this.removed++
    await this.#everyOwnerKnows(this.#known, `when ${host} is removed`)
  }

  async #everyOwnerKnows(sets: readonly { readonly set: CommittedSet; readonly word: Word }[], when: string): Promise<void> {
    const { named, crypto, amongTrackers } = this.world
    const ring = makeRing(
      named.map((machine) => ringName(addressOf(machine.host))),
      crypto,
    )
    const said = await Promise.all(
      named.map(async (machine) => {
        const words = await amongTrackers.ask(
          machine.host,
          sets.map(({ set }) => set),
        )
        return [ringName(addressOf(machine.host)), { host: machine.host, words }] as const
      }),
    )
    const byName = new Map(said)
    for (const { set, word } of sets)
      for (const owner of ring.owners(set.id, this.#copies)) {
        const { host, words } = byName.get(owner) ?? {}
        const says = words?.get(hexOf(set.id))
        // deleted since
        if (says !== word && says !== 'buried')
          throw new Error(`${when}, set ${hexOf(set.id).slice(0, 12)} is ${says ?? 'not asked'} at ${host}, not ${word}`)
      }
  }

  async #reckoning(): Promise<void> {
    const { world } = this
    await world.until('full redundancy is there', () => world.isRedundant(), 15 * MINUTE)
    await world.until('what was deleted is gone', () => world.isSwept(), 15 * MINUTE)
    await world.clock.sleep(2 * MINUTE)
    const asWord = (word: Word) => (set: CommittedSet) => ({ set, word })
    await this.#everyOwnerKnows([...world.sets.owed.map(asWord('live')), ...world.sets.gone.map(asWord('buried'))], 'in the end')
    for (const workload of this.#workloads)
      for (const name of workload.expectations.names)
        if (!(await workload.get(name))) throw new Error(`${name} cannot be read, though nothing is broken`)
  }
}
