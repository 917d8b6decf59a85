/**
 * Connections that all stores of a tracker share: so many at a time, kept while they work. One on which anything failed is closed,
 * whatever state it was in; the next use makes a new one.
 *
 * @module
 */
import type pg from 'pg'
import type { PostgresStoreConfig } from '@lunarx/core/membership'
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { Counter, Histogram, Metrics } from '@lunarx/runtime/metrics'
import type { Random } from '@lunarx/runtime/random'
import { Limit, retry } from '@lunarx/runtime/tasks'
import { close, connect } from './connect.ts'
import { DATABASE_LIMITS, type Patience } from './limits.ts'
import { isPassing, refusalOf } from './refusal.ts'

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20]

export interface ConnectionDeps {
  readonly clock: Clock
  readonly random: Random
  readonly metrics: Metrics
  readonly patience: Patience
}

export type Use<T> = (client: pg.Client) => Promise<T>

export class Connections implements AsyncDisposable {
  readonly #config: PostgresStoreConfig
  readonly #deps: ConnectionDeps
  readonly #limit: Limit
  readonly #idle: pg.Client[] = []
  readonly #open = new Set<pg.Client>()
  readonly #stop = new AbortController()
  readonly #seconds: Histogram
  readonly #errors: Counter

  constructor(config: PostgresStoreConfig, deps: ConnectionDeps) {
    this.#config = config
    this.#deps = deps
    this.#limit = new Limit({ concurrent: config.connections, queued: DATABASE_LIMITS.queued })
    const { metrics } = deps
    this.#seconds = metrics.histogram('lunarx_store_seconds', 'Tries at the database, by how they ended', SECONDS, ['operation', 'outcome'])
    this.#errors = metrics.counter('lunarx_store_errors_total', 'Operations at the database that failed for good', ['operation', 'code'])
  }

  /**
   * Tries until it works, patience ends or trying is of no use. `work` may run again after it was done: the answer may have been lost.
   * @throws {LunarError} STORE_FAILED, FULL, BAD_CONFIG, TOO_MANY_REQUESTS; ABORTED once disposed of
   */
  async use<T>(operation: string, work: Use<T>): Promise<T> {
    const { clock, random, patience } = this.#deps
    const { signal } = this.#stop
    try {
      return await this.#limit.run(
        () => retry(() => this.#try(operation, work), { clock, random, ...patience, signal, isRetryable: isPassing }),
        signal,
      )
    } catch (error) {
      if (signal.aborted) throw signal.reason
      this.#errors.add(1, { operation, code: error instanceof LunarError ? error.code : 'other' })
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new LunarError('ABORTED', 'the store is being closed'))
    for (const client of this.#open) close(client)
  }

  async #try<T>(operation: string, work: Use<T>): Promise<T> {
    const { clock } = this.#deps
    const began = clock.elapsed()
    let outcome = 'ok'
    try {
      return await this.#withClient(operation, work)
    } catch (error) {
      const refusal = refusalOf(operation, error)
      outcome = isPassing(refusal) ? 'failed' : 'refused'
      throw refusal
    } finally {
      this.#seconds.observe((clock.elapsed() - began) / 1_000, { operation, outcome })
    }
  }

  async #withClient<T>(operation: string, work: Use<T>): Promise<T> {
    const client = this.#idle.pop() ?? (await this.#connect())
    const { clock, patience } = this.#deps
    let isLate = false
    const cancel = clock.after(patience.attemptMs, () => {
      isLate = true
      close(client)
    })
    try {
      const result = await work(client)
      if (this.#open.has(client)) this.#idle.push(client)
      return result
    } catch (error) {
      this.#drop(client)
      if (!isLate) throw error
      const detail = { operation, limitMs: patience.attemptMs }
      throw new LunarError('STORE_FAILED', 'the database did not answer within its time limit', { cause: error, detail })
    } finally {
      cancel()
    }
  }

  async #connect(): Promise<pg.Client> {
    const client = await connect(this.#config, this.#deps.patience)
    this.#open.add(client)
    client.on('error', () => this.#drop(client))
    client.on('end', () => this.#drop(client))
    if (this.#stop.signal.aborted) this.#drop(client)
    return client
  }

  #drop(client: pg.Client): void {
    this.#open.delete(client)
    const at = this.#idle.indexOf(client)
    if (at >= 0) this.#idle.splice(at, 1)
    close(client)
  }
}
