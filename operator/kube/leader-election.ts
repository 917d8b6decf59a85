/**
 * Leads while it holds the Lease: `lead` runs with a signal that aborts when the Lease could not be renewed in time, which is
 * before another process may take it. Given back on a graceful stop.
 *
 * @module
 */
import { deadline } from '@lunarx/runtime/tasks'
import { hasStatus } from './api-error.ts'
import type { KubeClient } from './client.ts'
import type { ControllerDeps } from './controller.ts'
import { judgeLease, nextLease, releasedLease, sight, type Lease, type Sighting } from './lease.ts'
import { KINDS } from './resource.ts'

export interface ElectionOptions {
  readonly namespace: string
  /** Name of the Lease. */
  readonly name: string
  /** Distinct per process. */
  readonly identity: string
}

export type ElectionClient = Pick<KubeClient, 'get' | 'create' | 'replace'>

/** Others take the Lease when it stayed unchanged for this long. */
const DURATION_SECONDS = 15
/** The leader steps down when it could not renew for this long: well before the others may take it. */
const RENEW_DEADLINE_MS = 10_000
const STEP_MS = 2_000

export class LeaderElection {
  readonly #client: ElectionClient
  readonly #options: ElectionOptions
  readonly #deps: ControllerDeps
  #sighting: Sighting | undefined

  constructor(client: ElectionClient, options: ElectionOptions, deps: ControllerDeps) {
    this.#client = client
    this.#options = options
    this.#deps = { ...deps, log: deps.log.with({ lease: options.name }) }
  }

  /** Campaigns, leads, campaigns again, until the signal aborts; then waits for `lead` to end and gives the Lease back. */
  async run(lead: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { clock, metrics, log } = this.#deps
    while (!signal.aborted) {
      metrics.isLeader.set({ name: this.#options.name }, 0)
      if (!(await this.#step(signal))) {
        await clock.sleep(STEP_MS, signal).catch(() => undefined)
        continue
      }
      log.info('leading')
      metrics.isLeader.set({ name: this.#options.name }, 1)
      await this.#hold(lead, signal)
      metrics.isLeader.set({ name: this.#options.name }, 0)
      log.info('not leading any more')
    }
  }

  /** Leads until the Lease is lost or the signal aborts. */
  async #hold(lead: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps
    const term = new AbortController()
    const leading = lead(AbortSignal.any([term.signal, signal])).finally(() => term.abort())
    let renewedMs = clock.elapsed()
    while (!signal.aborted && !term.signal.aborted && clock.elapsed() - renewedMs < RENEW_DEADLINE_MS) {
      await clock.sleep(STEP_MS, AbortSignal.any([term.signal, signal])).catch(() => undefined)
      if (signal.aborted || term.signal.aborted) break
      const attemptMs = clock.elapsed()
      using limit = deadline(clock, Math.max(1, RENEW_DEADLINE_MS - (attemptMs - renewedMs)), signal)
      if (await this.#step(limit.signal)) renewedMs = attemptMs
    }
    term.abort()
    await leading
    if (signal.aborted) await this.#release()
  }

  /** One look at the Lease and, if it is ours or free, one write. True: it is ours now. */
  async #step(signal: AbortSignal): Promise<boolean> {
    const { clock, log } = this.#deps
    const { namespace, name, identity } = this.#options
    try {
      const lease = await this.#client.get<Lease>(KINDS.lease, { namespace, name }, { signal })
      const nowMs = clock.elapsed()
      this.#sighting = sight(lease, this.#sighting, nowMs)
      const verdict = judgeLease(lease, identity, this.#sighting, nowMs)
      if (verdict === 'wait') return false
      const term = { self: identity, durationSeconds: DURATION_SECONDS, timeMs: clock.now() }
      const next = nextLease(lease?.metadata ?? { namespace, name }, lease?.spec, term)
      if (verdict === 'create') await this.#client.create(KINDS.lease, next, { signal })
      else await this.#client.replace(KINDS.lease, next, { signal })
      return true
    } catch (error) {
      if (!signal.aborted && !hasStatus(error, 409)) log.warn('lease step failed', { error })
      return false
    }
  }

  async #release(): Promise<void> {
    const { namespace, name, identity } = this.#options
    try {
      const lease = await this.#client.get<Lease>(KINDS.lease, { namespace, name })
      if (lease?.spec?.holderIdentity === identity) await this.#client.replace(KINDS.lease, releasedLease(lease, this.#deps.clock.now()))
    } catch (error) {
      this.#deps.log.warn('lease not given back: others wait until it expires', { error })
    }
  }
}
