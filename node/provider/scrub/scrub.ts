/**
 * Scrub: reads every shard again and again and compares it with the address that its owner signed, so that silent damage is found
 * while the set can still be healed.
 *
 * Passes over all shards in the order of the index, at the pace of `pace.ts`, making way for transfers while it is in time. A restart
 * goes on where the last note says.
 *
 * @module
 */
import { hexOf } from '@lunarx/core/model'
import type { Gauge } from '@lunarx/runtime/metrics'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { InTurn, type Tasks } from '@lunarx/runtime/tasks'
import { PROVIDER_LIMITS } from '../limits.ts'
import type { Capacity } from '../reserve/capacity.ts'
import type { ShardKey } from '../store/index.ts'
import type { Transfers } from '../transfers.ts'
import { Inspector, type InspectDeps } from './inspect.ts'
import { isLate, pauseMs, rateOf, type Pass, type ScrubConfig } from './pace.ts'
import { doneShare, nextPass, readPosition, writePosition, type Position } from './position.ts'

export interface ScrubDeps extends InspectDeps {
  readonly index: KeyValueStore
  readonly capacity: Capacity
  readonly transfers: Transfers
  readonly tasks: Tasks
}

const SHARDS_AT_A_TIME = 256

export class Scrub {
  readonly #config: ScrubConfig
  readonly #deps: ScrubDeps
  readonly #inspector: Inspector
  readonly #progress: Gauge
  readonly #turns = new InTurn()
  readonly #suspects = new Set<string>()
  #position: Position | undefined
  #notedMs = 0

  constructor(config: ScrubConfig, deps: ScrubDeps) {
    this.#config = config
    this.#deps = deps
    this.#inspector = new Inspector(deps)
    this.#progress = deps.metrics.gauge('lunarx_scrub_progress', 'Share of the shards that the pass under way has read, 0 to 1')
  }

  /** Passes, one after the other, for as long as `tasks` run. */
  start(): void {
    this.#deps.tasks.repeat(
      'scrub',
      () => this.#restMs(),
      (signal) => this.#pass(signal),
    )
  }

  /** Something was wrong with this shard: it is read at once, whatever the pass is at. */
  suspect(key: ShardKey): void {
    const name = `${hexOf(key.segment)}.${key.index}`
    if (this.#suspects.has(name) || this.#suspects.size >= PROVIDER_LIMITS.suspects) return
    this.#suspects.add(name)
    this.#deps.tasks.run('verify a suspect shard', async () => {
      await this.#turns.run('one by one', () => this.#inspector.inspect(key)).finally(() => this.#suspects.delete(name))
    })
  }

  /** Ends early when the store does not answer: the next try goes on. */
  async #pass(signal: AbortSignal): Promise<void> {
    const { catalog, clock, index } = this.#deps
    const restMs = this.#config.periodMs * PROVIDER_LIMITS.scrubRestShare
    this.#position = nextPass(this.#position ?? (await readPosition(index)), Math.floor(clock.now()), restMs)
    const reading = new Reading(this.#deps, this.#config, () => this.#state())
    try {
      while (!this.#position.isDone) {
        const page = await catalog.page(this.#position.after ?? undefined, SHARDS_AT_A_TIME)
        for (const { key } of page) {
          await reading.makeWay(signal)
          await this.#inspector.inspect(key, (bytes) => reading.pace(bytes, signal))
          await this.#advance({ ...this.#position, after: key })
        }
        if (page.length < SHARDS_AT_A_TIME) this.#position = { ...this.#position, isDone: true }
      }
    } finally {
      await this.#note()
    }
  }

  async #advance(position: Position): Promise<void> {
    this.#position = position
    this.#progress.set(doneShare(position))
    if (this.#deps.clock.elapsed() - this.#notedMs >= PROVIDER_LIMITS.scrubNoteMs) await this.#note()
  }

  /** A volume that is too full for the note costs the next start a part of the pass, nothing else. */
  async #note(): Promise<void> {
    const { index, log, clock } = this.#deps
    this.#notedMs = clock.elapsed()
    if (!this.#position) return
    this.#progress.set(doneShare(this.#position))
    await writePosition(index, this.#position).catch((error: unknown) => log.info('how far the scrub has come was not noted', { error }))
  }

  #state(): Pass {
    if (!this.#position) return { doneShare: 0, elapsedMs: 0 }
    return { doneShare: doneShare(this.#position), elapsedMs: Math.max(0, this.#deps.clock.now() - this.#position.startedMs) }
  }

  /** Until the next pass begins, or until one that failed goes on. */
  #restMs(): number {
    if (this.#position?.isDone) return Math.max(0, this.#config.periodMs * PROVIDER_LIMITS.scrubRestShare - this.#state().elapsedMs)
    return Math.max(PROVIDER_LIMITS.scrubRetryMs, this.#inspector.holdsBackUntilMs - this.#deps.clock.elapsed())
  }
}

/** The pauses of one pass: after each megabyte or so, as long as keeps the pace. */
class Reading {
  readonly #deps: ScrubDeps
  readonly #config: ScrubConfig
  readonly #state: () => Pass
  #bytes = 0
  #sinceMs: number

  constructor(deps: ScrubDeps, config: ScrubConfig, state: () => Pass) {
    this.#deps = deps
    this.#config = config
    this.#state = state
    this.#sinceMs = deps.clock.elapsed()
  }

  async makeWay(signal: AbortSignal): Promise<void> {
    const { transfers, clock } = this.#deps
    while (transfers.count > 0 && !isLate(this.#state(), this.#config)) {
      await clock.sleep(PROVIDER_LIMITS.scrubYieldMs, signal)
      this.#sinceMs = clock.elapsed()
    }
  }

  async pace(bytes: number, signal: AbortSignal): Promise<void> {
    const { capacity, clock } = this.#deps
    this.#bytes += bytes
    const rate = rateOf(this.#state(), capacity.usedBytes, this.#config)
    if (this.#bytes < Math.min(rate, PROVIDER_LIMITS.chunkBytes)) return
    const read = { bytes: this.#bytes, tookMs: clock.elapsed() - this.#sinceMs }
    await clock.sleep(pauseMs(read, rate, this.#config), signal)
    this.#bytes = 0
    this.#sinceMs = clock.elapsed()
  }
}
