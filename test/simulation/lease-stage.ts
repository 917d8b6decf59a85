/**
 * The stage of the lease cases: a small network in which days pass quickly, since nothing happens in them but what is due; messages of a
 * client that are held up, or that it does not live to see answered; machines whose clocks are set wrong.
 *
 * @module
 */
import type { Client } from '@lunarx/client'
import { hasCode, hexOf } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import type { Provider } from '@lunarx/provider'
import { disguised } from '../fleet/disguised.ts'
import type { CommittedSet } from './committed-sets.ts'
import type { Machine } from './machine.ts'
import type { Shape } from './shape.ts'
import { World } from './world.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
export const YEAR = 365 * DAY

const SHAPE: Shape = { trackers: 3, providers: 5, domains: 5, class: { required: 2, parity: 1, survive: 1 } }
const OBJECT_BYTES = 6_000
/** Between two jumps, for everyone to do what is due; more than a heartbeat. */
const AWAKE_MS = 8_000
const TAIL_LINES = 120

export interface StageOptions {
  readonly seed: number
  /** Time that passes at a jump. A machine that is off counts as lost after two of them. */
  readonly jumpMs?: number
}

export class Stage {
  readonly world: World
  readonly #jumpMs: number
  readonly #contents = new Map<string, string>()
  readonly #held = new Map<string, () => Promise<void>>()

  /** `dapp` stays, `doomed` is for puts that never come to their end. They share an owner. */
  constructor({ seed, jumpMs = 3 * HOUR }: StageOptions) {
    this.#jumpMs = jumpMs
    this.world = new World({
      seed,
      shape: SHAPE,
      clients: ['dapp', 'doomed'],
      detection: { heartbeatMs: 5_000, suspectMs: jumpMs + MINUTE, lostMs: 2 * jumpMs },
      credentialMs: 10 * YEAR,
      through: (peers) => this.#through(peers),
    })
  }

  /** @throws with the end of the trace, what the story throws */
  async tell(story: () => Promise<void>): Promise<void> {
    const { world } = this
    world.boot()
    try {
      await world.run(async () => {
        await world.until('the network is ready', () => world.isSettled(), 3 * MINUTE)
        await story()
      }, 400 * DAY)
    } catch (error) {
      throw new Error(`${String(error)}\n${world.trace.tail(TAIL_LINES).join('\n')}`, { cause: error })
    }
  }

  get dapp(): Client {
    return runningOf(this.world.clients[0])
  }

  get doomed(): Machine<Client> {
    return present(this.world.clients[1])
  }

  /** The next message of this exchange, whichever client sends it, waits for this. */
  holdUp(exchange: { readonly name: string }, work: () => Promise<void>): void {
    this.#held.set(exchange.name, work)
  }

  async put(name: string, client = this.dapp): Promise<void> {
    const bytes = this.world.random.fork(name).bytes(OBJECT_BYTES)
    await client.put(name, bytes)
    this.#contents.set(name, hexOf(bytes))
  }

  async delete(name: string): Promise<void> {
    await this.dapp.delete(name)
    this.#contents.delete(name)
  }

  /** What these names stood for is gone on purpose, or never came to be. */
  forget(...names: readonly string[]): void {
    for (const name of names) this.#contents.delete(name)
  }

  /** A put of the doomed client, which loses its power with this message. @returns the sets that it had committed */
  async putHalf(name: string, until: { readonly name: string }): Promise<CommittedSet[]> {
    const before = new Set(this.world.sets.owed.map(({ id }) => hexOf(id)))
    const machine = this.doomed
    this.holdUp(until, async () => {
      machine.crash()
      await new Promise<never>(() => undefined)
    })
    void runningOf(machine).put(name, this.world.random.fork(name).bytes(OBJECT_BYTES))
    await machine.crashed
    const left = this.world.sets.owed.filter(({ id }) => !before.has(hexOf(id)))
    this.world.sets.forsake(left)
    return left
  }

  /** Time passes in which nobody does anything but what is due. */
  async idle(ms: number): Promise<void> {
    const { clock } = this.world
    for (let leftMs = ms; leftMs > 0; leftMs -= this.#jumpMs) {
      clock.skip(Math.min(leftMs, this.#jumpMs))
      await clock.sleep(AWAKE_MS)
    }
  }

  /** Shards of these sets that are held by providers that are on. */
  async shardsOf(sets: readonly CommittedSet[]): Promise<number> {
    const holdings = await this.world.auditor.holdings(sets)
    return [...holdings.values()].flat().filter((machines) => machines.length > 0).length
  }

  /** Which shard of these sets is with whom. */
  async placesOf(sets: readonly CommittedSet[]): Promise<string[]> {
    const holdings = await this.world.auditor.holdings(sets)
    return [...holdings]
      .flatMap(([hex, holders]) => holders.flatMap((machines, i) => machines.map(({ host }) => `${hex}.${i} ${host}`)))
      .sort()
  }

  /** Who holds a shard of the set. */
  async holdersOf(set: CommittedSet): Promise<Machine<Provider>[]> {
    return [...(await this.world.auditor.holdings([set])).values()].flat(2)
  }

  /** Nothing live was removed, nothing deleted came back, and no tracker is alarmed about what is neither. */
  async check(): Promise<void> {
    const { world } = this
    await world
      .until('everything live is whole', () => world.isRedundant(), 10 * MINUTE)
      .catch(async (error: unknown) => {
        throw new Error((await world.shortfalls()).join('; '), { cause: error })
      })
    await world.until('everything deleted is gone', () => world.isSwept(), 10 * MINUTE)
    for (const [name, content] of this.#contents)
      if ((await this.#read(name)) !== content) throw new Error(`${name} reads back as something else`)
    const names = await Array.fromAsync(this.dapp.list(), ({ name }) => name)
    if (names.length !== this.#contents.size)
      throw new Error(`there are ${names.join(', ')}, and should be ${[...this.#contents.keys()].join(', ')}`)
    if (this.lostSets > 0) throw new Error(`${this.lostSets} sets are shown as lost`)
  }

  /** As the status of the trackers says. */
  get lostSets(): number {
    return this.world.trackers.reduce((sum, { running }) => sum + (running?.status().sets.margin['lost'] ?? 0), 0)
  }

  /** Sets that trackers have records of, each tracker by itself. */
  get knownSets(): number[] {
    return this.world.trackers.map(({ running }) => running?.status().records ?? 0)
  }

  async #read(name: string): Promise<string | undefined> {
    try {
      const chunks: Uint8Array[] = []
      for await (const chunk of this.dapp.get(name)) chunks.push(chunk.slice())
      return hexOf(Buffer.concat(chunks))
    } catch (error) {
      if (hasCode(error, 'NAME_NOT_FOUND')) return undefined
      throw error
    }
  }

  #through(peers: Peers): Peers {
    return disguised(peers, {
      ask: async (to, exchange, question, options) => {
        const work = this.#held.get(exchange.name)
        this.#held.delete(exchange.name)
        await work?.()
        return await peers.ask(to, exchange, question, options)
      },
    })
  }
}

export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('something is missing')
  return value
}

const runningOf = <R>(machine: Machine<R> | undefined): R => present(machine?.running)
