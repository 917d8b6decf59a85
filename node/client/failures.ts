/**
 * Which peers just failed this client: asked last for a while, so that one that is away costs its time limit once, not every time.
 *
 * A hint only: nobody is ever left out because of it.
 *
 * @module
 */
import type { PeerAddress } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'

/** As long as trackers take to call a provider lost. */
const FORGET_MS = 60_000
const MAX_PEERS = 1_000

export class RecentFailures {
  readonly #clock: Clock
  readonly #failedMs = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  failed(address: PeerAddress): void {
    const key = keyOf(address)
    this.#failedMs.delete(key)
    this.#failedMs.set(key, this.#clock.elapsed())
    const [oldest] = this.#failedMs.keys()
    if (this.#failedMs.size > MAX_PEERS && oldest !== undefined) this.#failedMs.delete(oldest)
  }

  answered(address: PeerAddress): void {
    this.#failedMs.delete(keyOf(address))
  }

  hasFailed(address: PeerAddress): boolean {
    const sinceMs = this.#failedMs.get(keyOf(address))
    return sinceMs !== undefined && this.#clock.elapsed() - sinceMs < FORGET_MS
  }
}

const keyOf = ({ host, controlPort, dataPort }: PeerAddress): string => `${host}:${controlPort}:${dataPort}`
