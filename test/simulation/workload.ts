/**
 * A DApp at work: puts, overwrites, reads, deletes and lists, one thing at a time, and holds the network to what it said.
 *
 * Errors are part of life while there are faults; a wrong byte, a lost name or a name that came back never is.
 *
 * @module
 */
import type { Client } from '@lunarx/client'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { hasCode, hexOf, LunarError } from '@lunarx/core/model'
import type { SimulatedClock } from '@lunarx/runtime/clock'
import type { Trace } from '@lunarx/runtime/log'
import type { SeededRandom } from '@lunarx/runtime/random'
import { type Content, Expectations } from './expectations.ts'
import type { Machine } from './machine.ts'
import { INLINE_BYTES } from './shape.ts'
import type { Told } from './told.ts'

const NAMES = 6
const MEAN_PAUSE_MS = 8_000
/** No single call may take longer, whatever happens. */
const CALL_MS = 15 * 60_000

export interface WorkloadDeps {
  readonly name: string
  readonly machine: Machine<Client>
  readonly clock: SimulatedClock
  readonly random: SeededRandom
  readonly crypto: CryptoEngine
  readonly trace: Trace
  readonly told: Told
}

type Outcome<T> =
  { readonly kind: 'done'; readonly value: T } | { readonly kind: 'refused'; readonly error: LunarError } | { readonly kind: 'crashed' }

export class Workload {
  readonly #deps: WorkloadDeps
  readonly expectations = new Expectations()
  #isOver = false

  constructor(deps: WorkloadDeps) {
    this.#deps = deps
  }

  /** Works until it is told to stop. */
  async run(): Promise<void> {
    const { clock, random } = this.#deps
    while (!this.#isOver) {
      await clock.sleep(random.exponential(MEAN_PAUSE_MS))
      await this.once()
    }
  }

  stop(): void {
    this.#isOver = true
  }

  async once(): Promise<void> {
    const { random } = this.#deps
    const name = `${this.#deps.name}/${random.below(NAMES)}`
    const drawn = random.uniform()
    if (drawn < 0.45) await this.put(name)
    else if (drawn < 0.85) await this.get(name)
    else if (drawn < 0.95) await this.delete(name)
    else await this.list()
  }

  /** @returns true if it was acknowledged */
  async put(name: string): Promise<boolean> {
    const bytes = this.#drawBytes()
    const digest = this.#digestOf(bytes)
    const outcome = await this.#call(`put ${name} (${bytes.length} bytes, ${digest})`, (client) => client.put(name, bytes))
    if (outcome.kind === 'done') this.expectations.acknowledged(name, digest)
    else if (outcome.kind === 'crashed' || hasCode(outcome.error, 'NOT_ENOUGH_REPLICAS')) this.expectations.unsure(name, digest)
    return outcome.kind === 'done'
  }

  async delete(name: string): Promise<boolean> {
    const outcome = await this.#call(`delete ${name}`, (client) => client.delete(name))
    if (outcome.kind === 'done') this.expectations.acknowledged(name, undefined)
    else if (outcome.kind === 'crashed' || hasCode(outcome.error, 'NOT_ENOUGH_REPLICAS')) this.expectations.unsure(name, undefined)
    else if (hasCode(outcome.error, 'NAME_NOT_FOUND')) this.#check(name, undefined)
    return outcome.kind === 'done'
  }

  /** @returns true if there was an answer; checks it */
  async get(name: string): Promise<boolean> {
    const outcome = await this.#call(`get ${name}`, (client) => this.#read(client, name))
    if (outcome.kind === 'done') this.#check(name, outcome.value)
    else if (outcome.kind === 'refused' && hasCode(outcome.error, 'NAME_NOT_FOUND')) this.#check(name, undefined)
    else if (outcome.kind === 'refused' && !outcome.error.retryable)
      throw new Error(`get of ${name} says ${outcome.error.code}`, { cause: outcome.error })
    else return false
    return true
  }

  /** @returns true if there was an answer; checks it against all names of this workload */
  async list(): Promise<boolean> {
    const outcome = await this.#call('list', async (client) => {
      const names: string[] = []
      for await (const { name } of client.list({ prefix: `${this.#deps.name}/` })) names.push(name)
      return names
    })
    if (outcome.kind !== 'done') return false
    for (const name of this.expectations.names) {
      const allowed = this.expectations.allowed(name)
      const isListed = outcome.value.includes(name)
      if (isListed ? allowed.size === 1 && allowed.has(undefined) : !allowed.has(undefined))
        throw new Error(`${name} is ${isListed ? '' : 'not '}listed`)
    }
    return true
  }

  #check(name: string, content: Content): void {
    const allowed = this.expectations.allowed(name)
    if (!allowed.has(content))
      throw new Error(`${name} is ${content ?? 'not there'}, but must be ${[...allowed].map((one) => one ?? 'not there').join(' or ')}`)
  }

  async #read(client: Client, name: string): Promise<string> {
    const chunks: Uint8Array[] = []
    for await (const chunk of client.get(name)) chunks.push(chunk.slice())
    return this.#digestOf(...chunks)
  }

  /** Waits for the client to run, then for the call, or for the crash of its machine. */
  async #call<T>(what: string, work: (client: Client) => Promise<T>): Promise<Outcome<T>> {
    const { machine, clock, trace, name, told } = this.#deps
    while (!machine.running) await clock.sleep(500)
    trace.add(name, `begin ${what}`)
    const crashed = machine.crashed.then(() => ({ kind: 'crashed' }) as const)
    const late = clock.sleep(CALL_MS).then((): never => {
      if (isSettled) return undefined as never
      throw new Error(`${what} takes longer than ${CALL_MS} ms`)
    })
    let isSettled = false
    const outcome = await Promise.race([settled(work(machine.running)), crashed, late])
    isSettled = true
    const isMissing = outcome.kind === 'refused' && hasCode(outcome.error, 'NAME_NOT_FOUND')
    told.count(`${what.split(' ', 1)[0]}: ${isMissing ? 'not there' : outcome.kind}`)
    trace.add(name, `end   ${what}: ${outcome.kind === 'refused' ? outcome.error.code : outcome.kind}`)
    return outcome
  }

  #drawBytes(): Uint8Array {
    const { random } = this.#deps
    const drawn = random.uniform()
    if (drawn < 0.3) return random.bytes(random.below(INLINE_BYTES + 1))
    return random.bytes(INLINE_BYTES + random.below(drawn < 0.9 ? 60_000 : 500_000))
  }

  #digestOf(...parts: readonly Uint8Array[]): string {
    return hexOf(this.#deps.crypto.sha256(...parts)).slice(0, 16)
  }
}

async function settled<T>(work: Promise<T>): Promise<Outcome<T>> {
  try {
    return { kind: 'done', value: await work }
  } catch (error) {
    if (!(error instanceof LunarError)) throw error
    return { kind: 'refused', error }
  }
}
