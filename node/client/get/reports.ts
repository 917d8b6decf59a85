/**
 * Tells the trackers of holders that gave wrong bytes, beside the reading that goes on with other shards.
 *
 * A service to others, so that nothing of a read depends on it: each holder of a shard is reported once, a few at a time, and what
 * fails is logged.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'
import { reportDamage } from '@lunarx/wire'
import type { Trackers } from '../trackers/index.ts'

const MAX_REMEMBERED = 1_000
const AT_ONCE = 4

export interface ReportsDeps {
  readonly trackers: Trackers
  readonly log: Log
  /** Ends what is under way. */
  readonly lifetime: AbortSignal
}

export class DamageReports {
  readonly #deps: ReportsDeps
  readonly #reported = new Set<string>()
  #running = 0

  constructor(deps: ReportsDeps) {
    this.#deps = deps
  }

  /** Returns at once. */
  report(segment: Uint8Array, index: number, holder: PeerId): void {
    const key = `${hexOf(segment)} ${index} ${holder}`
    if (this.#reported.has(key) || this.#reported.size >= MAX_REMEMBERED || this.#running >= AT_ONCE) return
    this.#reported.add(key)
    void this.#tell(segment, index, holder)
  }

  async #tell(segment: Uint8Array, index: number, holder: PeerId): Promise<void> {
    const { trackers, log, lifetime } = this.#deps
    this.#running++
    try {
      const { verdict } = await trackers.ask(reportDamage, { segment, index, holder }, { about: segment, signal: lifetime, rounds: 1 })
      log.info('wrong bytes were reported', { segment, index, holder, verdict })
    } catch (error) {
      log.info('wrong bytes could not be reported', { segment, index, holder, error })
    } finally {
      this.#running--
    }
  }
}
