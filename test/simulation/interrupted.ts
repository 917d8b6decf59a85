/**
 * Puts that are cut: the client, a provider or the network goes at some byte of a put, comes back, and the same is put again. Then it
 * reads back bit for bit, and what was stored before the cut was not sent again.
 *
 * @module
 */
import type { Client } from '@lunarx/client'
import type { Body, Peers } from '@lunarx/net/peers'
import type { SeededRandom } from '@lunarx/runtime/random'
import { store } from '@lunarx/wire'
import { disguised } from '../fleet/disguised.ts'
import type { Machine } from './machine.ts'
import type { Shape } from './shape.ts'
import { World } from './world.ts'

const SHAPE: Shape = { trackers: 3, providers: 7, domains: 7, class: { required: 4, parity: 2, survive: 1 } }
const SEGMENT_BYTES = 24_000
const MAX_SEGMENTS = 8
const MINUTE = 60_000
/** Away so long; long enough for a put to notice. */
const AWAY_MS = 20_000
const CLIENT = 'dapp'

export const CUTS = ['client', 'provider', 'network', 'source'] as const
/** What happens in the middle of the first put. `source`: the client is killed, and the source changes before it comes back. */
export type Cut = (typeof CUTS)[number]

/** What became of one put that was cut. */
export interface Told {
  readonly cut: Cut
  /** The cut came before the put was over. */
  readonly isMidPut: boolean
  /** Shard bytes that the client sent in all, and what the object has. */
  readonly sentBytes: number
  readonly objectBytes: number
  /** Of the largest set. */
  readonly setBytes: number
}

export class InterruptedPuts {
  readonly #world: World
  readonly #sent = new SentBytes()

  constructor(seed: number) {
    const through = (peers: Peers): Peers => this.#sent.count(peers)
    this.#world = new World({ seed, shape: SHAPE, clients: [CLIENT], segmentBytes: SEGMENT_BYTES, through })
  }

  /** One story per seed, in the same world. */
  async tell(seeds: readonly number[], onTold: (seed: number, told: Told) => void): Promise<void> {
    const world = this.#world
    world.boot()
    await world.run(
      async () => {
        await world.until('the network is ready', () => world.isSettled(), 2 * MINUTE)
        for (const seed of seeds) onTold(seed, await this.#story(seed))
      },
      seeds.length * 10 * MINUTE,
    )
  }

  get trace(): World['trace'] {
    return this.#world.trace
  }

  async #story(seed: number): Promise<Told> {
    const { random } = this.#world
    const drawn = random.fork(`story ${seed}`)
    const cut = CUTS[seed % CUTS.length] ?? 'client'
    const name = `object ${seed}`
    const before = drawn.bytes(SEGMENT_BYTES + 1 + drawn.below((MAX_SEGMENTS - 1) * SEGMENT_BYTES))
    const after = cut === 'source' ? changed(before, drawn) : before
    const objectBytes = before.length * 1.5
    this.#sent.reset()
    const { isMidPut, isStored } = await this.#cutPut(name, before, cut, Math.floor(drawn.uniform() * objectBytes), drawn)
    if (!isStored) await this.#insist(name, after)
    const sentBytes = this.#sent.bytes
    const read = await this.#read(name)
    if (!Buffer.from(read).equals(after)) throw new Error(`${name} reads back as something else`)
    await (await this.#client()).delete(name)
    return { cut, isMidPut, sentBytes, objectBytes, setBytes: SEGMENT_BYTES * 1.5 }
  }

  async #cutPut(name: string, bytes: Uint8Array, cut: Cut, atBytes: number, drawn: SeededRandom) {
    const { clock, network, providers } = this.#world
    const client = await this.#client()
    const machine = this.#machine
    let isOver = false
    let isMidPut = false
    const restored = Promise.withResolvers<void>()
    this.#sent.at(atBytes, () => {
      isMidPut = !isOver
      if (cut === 'network') network.cut(CLIENT)
      const victim = cut === 'provider' ? drawn.pick(providers) : machine
      if (cut !== 'network') victim.crash()
      clock.after(cut === 'network' ? AWAY_MS : 2_000, () => {
        if (cut === 'network') network.heal()
        else victim.boot()
        restored.resolve()
      })
    })
    const put = client.put(name, bytes).then(
      () => true,
      () => false,
    )
    const isStored = await Promise.race([put, machine.crashed.then(() => false)])
    isOver = true
    if (this.#sent.isArmed) throw new Error('the cut never came')
    await restored.promise
    /** `isMidPut`: the put was under way when the cut came; `isStored`: it got over it by itself. */
    return { isMidPut, isStored }
  }

  /** What was cut is put again until it is done, as a user would. */
  async #insist(name: string, bytes: Uint8Array): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await (await this.#client()).put(name, bytes)
        return
      } catch (error) {
        if (attempt === 10) throw error
        await this.#world.clock.sleep(5_000)
      }
    }
  }

  async #read(name: string): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    for await (const chunk of (await this.#client()).get(name)) chunks.push(chunk.slice())
    return Buffer.concat(chunks)
  }

  async #client(): Promise<Client> {
    while (!this.#machine.running) await this.#world.clock.sleep(500)
    return this.#machine.running
  }

  get #machine(): Machine<Client> {
    const [machine] = this.#world.clients
    if (!machine) throw new Error('a world without a client')
    return machine
  }
}

/** One byte of it, or its end. */
function changed(bytes: Uint8Array, drawn: SeededRandom): Uint8Array {
  if (drawn.below(3) === 0) return bytes.slice(0, bytes.length - drawn.below(bytes.length - SEGMENT_BYTES))
  const other = bytes.slice()
  const at = drawn.below(other.length)
  other[at] = (other[at] ?? 0) ^ 1
  return other
}

/** Shard bytes that leave a client, and a call when so many have. */
class SentBytes {
  bytes = 0
  #atBytes = Number.POSITIVE_INFINITY
  #callback: () => void = () => undefined

  get isArmed(): boolean {
    return this.#atBytes < Number.POSITIVE_INFINITY
  }

  reset(): void {
    this.bytes = 0
  }

  at(bytes: number, callback: () => void): void {
    this.#atBytes = bytes
    this.#callback = callback
  }

  count(peers: Peers): Peers {
    return disguised(peers, {
      ask: (to, exchange, question, options = {}) => {
        const { body } = options
        return peers.ask(to, exchange, question, body && exchange.name === store.name ? { ...options, body: this.#counted(body) } : options)
      },
    })
  }

  async *#counted(body: Body): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      this.bytes += chunk.length
      yield chunk
      if (this.bytes < this.#atBytes) continue
      this.#atBytes = Number.POSITIVE_INFINITY
      this.#callback()
    }
  }
}
