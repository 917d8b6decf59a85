/**
 * The line between two simulated peers for the time of one call: what is sent arrives late, not at all, or breaks the line.
 *
 * @module
 */
import { hasCode, LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { SeededRandom } from '@lunarx/runtime/random'
import { type Faults, STALL_MS } from './faults.ts'

export interface LineDeps {
  readonly clock: Clock
  readonly random: SeededRandom
  faults(): Faults
  isReachable(): boolean
}

export class Line {
  readonly #deps: LineDeps
  readonly #end = new AbortController()

  constructor(deps: LineDeps) {
    this.#deps = deps
  }

  /** Aborted with a LunarError when the call is over before it was complete. */
  get signal(): AbortSignal {
    return this.#end.signal
  }

  break(error: LunarError): void {
    this.#end.abort(error)
  }

  /** Resolves when a message has arrived. @throws {LunarError} INTERRUPTED, or what the line was broken with */
  async carry(): Promise<void> {
    const { random } = this.#deps
    const { dropRate, delayMs } = this.#deps.faults()
    const takesMs = random.between(delayMs[0], delayMs[1])
    if (dropRate > 0 && random.chance(dropRate)) await this.#lose(random.uniform() * STALL_MS)
    await this.#pass(takesMs)
  }

  /** True when a chunk of a body has arrived, false when the line broke before. Never throws. */
  async carryChunk(sizeBytes: number): Promise<boolean> {
    const { random } = this.#deps
    const { cutRate, bandwidth } = this.#deps.faults()
    try {
      if (cutRate > 0 && random.chance(cutRate)) await this.#lose(0)
      await this.#pass(sizeBytes / bandwidth)
      return true
    } catch {
      return false // whoever holds the line sees its signal
    }
  }

  /** What `work` resolves to, unless the line breaks before. */
  async held<T>(work: Promise<T>): Promise<T> {
    this.signal.throwIfAborted()
    let onBreak: () => void = () => undefined
    const broken = new Promise<never>((_, reject) => {
      onBreak = () => reject(this.signal.reason)
      this.signal.addEventListener('abort', onBreak, { once: true })
    })
    try {
      return await Promise.race([work, broken])
    } finally {
      this.signal.removeEventListener('abort', onBreak)
    }
  }

  async #pass(takesMs: number): Promise<void> {
    await this.#deps.clock.sleep(takesMs, this.signal)
    if (!this.#deps.isReachable()) await this.#lose(STALL_MS)
  }

  async #lose(afterMs: number): Promise<never> {
    await this.#deps.clock.sleep(afterMs, this.signal)
    const error = new LunarError('INTERRUPTED', 'the connection broke')
    this.break(error)
    throw error
  }
}

/** Our errors as they are, everything else as a broken connection. */
export const asInterruption = (cause: unknown): LunarError =>
  hasCode(cause, 'INTERRUPTED', 'TIMEOUT', 'ABORTED') ? cause : new LunarError('INTERRUPTED', 'the other side went away', { cause })
