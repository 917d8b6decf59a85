/**
 * How far the sweep has come here: durable before anything is asked, so that a restart leaves places out and asks none a second time.
 *
 * w → round, order, done. The order is the round's: of the beacon's value at its start, or of the newest known before; while no value was
 * ever known, one that follows from the network's name (public-order.ts). Anybody can compute it again.
 *
 * @module
 */
import { sweepRoundAt, sweptBy } from '@lunarx/core/audit'
import { encodeBytes, parseBytes } from '@lunarx/core/document'
import { count, hash, utf8 } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { z } from 'zod'

const KEY = utf8('w')

const progressSchema = z.object({
  round: count,
  /** What the order of the sets follows from. */
  order: hash,
  /** Part of the order that was asked, 0 … 1. */
  done: z.number().min(0).max(1),
})
export type Progress = z.infer<typeof progressSchema>

export interface SweepProgressDeps {
  readonly store: KeyValueStore
  readonly clock: Clock
  readonly sweepMs: number
  /** For a round that begins: 32 bytes. */
  readonly orderOf: (startMs: number) => Uint8Array
}

export class SweepProgress {
  readonly #deps: SweepProgressDeps
  #progress: Progress | undefined

  private constructor(deps: SweepProgressDeps) {
    this.#deps = deps
  }

  static async open(deps: SweepProgressDeps): Promise<SweepProgress> {
    const progress = new SweepProgress(deps)
    const kept = await deps.store.get(KEY)
    progress.#progress = kept && parseBytes(progressSchema, kept)
    return progress
  }

  /** Undefined: nothing was asked yet. */
  get last(): Progress | undefined {
    return this.#progress
  }

  /** Where the round that is now stands. A tracker that knows of no earlier round begins in the middle: what came before may have been asked. */
  get present(): Progress {
    const { clock, sweepMs, orderOf } = this.#deps
    const nowMs = clock.now()
    const round = sweepRoundAt(nowMs, sweepMs)
    if (this.#progress && this.#progress.round >= round) return this.#progress
    return { round, order: orderOf(round * sweepMs), done: this.#progress ? 0 : this.due(round) }
  }

  /** Part of a round's order that is to be asked by now. */
  due(round: number): number {
    return sweptBy(this.#deps.clock.now(), round * this.#deps.sweepMs, this.#deps.sweepMs)
  }

  /** Durable when it resolves. */
  async advance(progress: Progress): Promise<void> {
    await this.#deps.store.write([{ put: KEY, value: encodeBytes(progress) }])
    this.#progress = progress
  }
}
