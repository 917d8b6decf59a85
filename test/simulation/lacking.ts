/**
 * A network with small objects, which are rows, and what becomes of a provider that does not keep them: it is left out of the epoch, its
 * partitions are whole again without it, and it comes back once it keeps them.
 *
 * @module
 */
import type { Client } from '@lunarx/client'
import { hasCode, itemAt } from '@lunarx/core/model'
import { NO_FAULTS } from '@lunarx/net/simulated'
import type { Provider } from '@lunarx/provider'
import { answeringRows } from '../fleet/liars.ts'
import type { Machine } from './machine.ts'
import { RowReplicas } from './row-replicas.ts'
import { INLINE_BYTES, type Shape } from './shape.ts'
import { World } from './world.ts'
import { nodeCrypto } from '@lunarx/runtime/crypto'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
const SHAPE: Shape = { trackers: 3, providers: 6, domains: 6, class: { required: 2, parity: 1, survive: 1 } }
/** A draw of each provider every 35 s. */
const AUDIT = { lostFraction: 0.01, probability: 0.99, withinMs: 270 * MINUTE, sweepMs: 24 * HOUR }
/** Rare heartbeats, so that hours are cheap. */
const DETECTION = { heartbeatMs: 30_000, suspectMs: 90_000, lostMs: 10 * MINUTE }
const FILL_MS = 1_000
const READY_MS = 15 * MINUTE
/** Bad weather: a machine breaks every so often, and for so long: means. Shorter than it takes to be taken for lost. */
const STRIKE_MS = 4 * MINUTE
const BROKEN_MS = 3 * MINUTE

export class Lacking {
  readonly world: World
  readonly rows = new RowReplicas(nodeCrypto)
  /** Hosts that answer audits as if they had dropped all rows. */
  readonly droppers = new Set<string>()
  #objects = 0

  constructor(seed: number) {
    this.world = new World({
      seed,
      shape: SHAPE,
      audit: AUDIT,
      detection: DETECTION,
      through: (peers) => this.rows.overhear(peers),
      disguise: (host, peers, signKey) =>
        answeringRows(peers, signKey, { root: () => null, answer: (honest) => ({ ...honest, proof: null }) }, () =>
          this.droppers.has(host),
        ),
    })
  }

  /** @param play what happens once the network is ready and has objects */
  async tell(play: (story: Lacking) => Promise<void>): Promise<void> {
    const { world } = this
    world.boot()
    await world.run(async () => {
      await world.until('the network is ready', () => world.isSettled(), READY_MS)
      await this.put(12)
      await play(this)
    }, 24 * HOUR)
  }

  /** Small objects of new names. */
  async put(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const name = `object ${this.#objects++}`
      const client = await this.#client()
      await client.put(name, this.world.random.fork(name).bytes(INLINE_BYTES / 2))
    }
  }

  /** Until it is said to be over, somebody else takes all room on a volume: also what its provider gives up for rows. */
  fill(machine: Machine<Provider>): { over(): void } {
    const filling = { isOver: false }
    const goOn = async (): Promise<void> => {
      while (!filling.isOver) {
        machine.fill()
        await this.world.clock.sleep(FILL_MS)
      }
    }
    void goOn()
    return {
      over() {
        filling.isOver = true
        machine.makeRoom()
      },
    }
  }

  /** One that hosts rows. */
  get host(): Machine<Provider> {
    const { operator, providers } = this.world
    const [member] = operator.epoch ? this.rows.hosts(operator.epoch) : []
    const machine = providers.find(({ peer }) => peer === member?.peer)
    if (!machine) throw new Error('nobody hosts rows')
    return machine
  }

  get epoch(): number {
    return this.world.operator.epoch?.number ?? 0
  }

  isMember({ peer }: Machine<Provider>): boolean {
    return this.world.operator.epoch?.members.some((member) => member.peer === peer) ?? false
  }

  /** For so long it is no member at any moment. @throws {Error} when it is */
  async staysOut(machine: Machine<Provider>, forMs: number): Promise<void> {
    const endMs = this.world.clock.elapsed() + forMs
    while (this.world.clock.elapsed() < endMs) {
      if (this.isMember(machine)) throw new Error(`${machine.host} is a member again`)
      await this.world.clock.sleep(MINUTE)
    }
  }

  /** Names of providers that some tracker says to lack rows. */
  get saidToLack(): string[] {
    const audits = this.world.trackers.flatMap(({ running }) => running?.status().audit ?? [])
    const peers = audits.flatMap(({ providers }) => providers.flatMap(({ peer, rows }) => (rows?.lacking ? [peer] : [])))
    return this.world.providers.flatMap(({ host, peer }) => (peer && peers.includes(peer) ? [host] : []))
  }

  /** Every row is with every member of its partition. */
  async isWhole(): Promise<boolean> {
    const { epoch } = this.world.operator
    return epoch !== undefined && (await this.rows.shortfalls(epoch)).length === 0
  }

  /** Machines crash, are cut off, run full and are mended, messages are lost and late, while objects are put. */
  async weather(forMs: number, look: () => void): Promise<void> {
    const { world } = this
    const { clock, network, providers, trackers } = world
    const random = world.random.fork('weather')
    const endMs = clock.elapsed() + forMs
    network.faults = { ...NO_FAULTS, dropRate: 0.05, delayMs: [1, 600] }
    while (clock.elapsed() < endMs) {
      const machine = random.pick(random.chance(0.8) ? providers : trackers)
      const fault = random.pick(['crash', 'cut', 'fill'] as const)
      if (fault === 'crash') machine.crash()
      else if (fault === 'cut') network.cut(machine.host)
      else machine.fill()
      await this.#putIfPossible()
      await clock.sleep(random.exponential(BROKEN_MS))
      look()
      network.heal()
      network.faults = { ...NO_FAULTS, dropRate: 0.05, delayMs: [1, 600] }
      machine.makeRoom()
      machine.boot()
      await clock.sleep(random.exponential(STRIKE_MS))
      look()
    }
    network.heal()
    network.faults = NO_FAULTS
  }

  async #putIfPossible(): Promise<void> {
    try {
      await this.put(1)
    } catch (error) {
      if (!hasCode(error, 'NOT_ENOUGH_REPLICAS', 'TIMEOUT', 'PEER_UNREACHABLE', 'INTERRUPTED')) throw error
    }
  }

  async #client(): Promise<Client> {
    while (!this.#machine.running) await this.world.clock.sleep(500)
    return this.#machine.running
  }

  get #machine(): Machine<Client> {
    return itemAt(this.world.clients, 0)
  }
}
