/**
 * What a start checks, by what the stop before it left:
 *
 * - clean: nothing, the index is as it was; scrub reads all shards anyway
 * - a crash: sums are counted and index and files compared while the provider serves; the first hundred thousand entries before
 * - no index: it is rebuilt from the files before anything else, so that trackers are not told that all is gone
 *
 * @module
 */
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import type { Tasks } from '@lunarx/runtime/tasks'
import { PROVIDER_LIMITS } from '../limits.ts'
import type { Reservations } from '../reserve/reservations.ts'
import type { ShardStore } from '../store/index.ts'
import type { Catalog, Opened } from './catalog.ts'
import { checkShards } from './check-shards.ts'

export interface StartCheckDeps {
  readonly catalog: Catalog
  readonly store: ShardStore
  readonly clock: Clock
  readonly log: Log
}

export class Check {
  readonly #deps: StartCheckDeps
  #opened: Opened | undefined

  constructor(deps: StartCheckDeps) {
    this.#deps = deps
  }

  /** @throws {LunarError} STORE_FAILED, FULL */
  async beforeServing(): Promise<void> {
    const { catalog } = this.#deps
    this.#opened = await catalog.open()
    await catalog.count(undefined, PROVIDER_LIMITS.countedPages)
    if (this.#opened !== 'new') return
    await checkShards({ ...this.#deps, enter: (key, set) => catalog.add(key, set), rest: async () => undefined })
  }

  whileServing(reservations: Reservations, tasks: Tasks): void {
    if (this.#opened !== 'unclean') return
    const { catalog, log } = this.#deps
    tasks.run('check shards', async (signal) => {
      await catalog.count(this.#resting(signal))
      const enter = reservations.enter.bind(reservations)
      await checkShards({ ...this.#deps, enter, rest: this.#resting(signal) })
      log.info('index and shard files were compared after a crash', { shards: catalog.shards })
    })
  }

  /** Rests as long after each piece of work as its share of the time demands. */
  #resting(signal: AbortSignal): () => Promise<void> {
    const { clock } = this.#deps
    let sinceMs = clock.elapsed()
    return async () => {
      await clock.sleep((clock.elapsed() - sinceMs) * (1 / PROVIDER_LIMITS.checkShare - 1), signal)
      sinceMs = clock.elapsed()
    }
  }
}
