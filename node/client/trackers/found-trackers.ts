/**
 * Trackers that the directory names, for when none of those of the configuration answers: it may be old. Looked for once in a while.
 *
 * Believed only once they have shown the credential of a tracker: whoever asks them checks.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { serviceKey, type NetworkConfig } from '@lunarx/core/membership'
import type { Directory, FoundPeer } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'

/** What was found, or that nothing was, holds for so long. */
const FRESH_MS = 60_000
const MAX_TRACKERS = 8

export interface FoundTrackersDeps {
  readonly network: NetworkConfig
  /** Undefined: the network has none. */
  readonly directory: Directory | undefined
  readonly clock: Clock
  readonly crypto: CryptoEngine
}

export class FoundTrackers {
  readonly #deps: FoundTrackersDeps
  #found: readonly FoundPeer[] = []
  #untilMs = 0
  #looking: Promise<void> | undefined

  constructor(deps: FoundTrackersDeps) {
    this.#deps = deps
  }

  /** A few, none of them of the configuration. @throws the signal's reason */
  async find(signal: AbortSignal): Promise<readonly FoundPeer[]> {
    const { directory, clock } = this.#deps
    if (!directory) return []
    if (clock.elapsed() >= this.#untilMs) {
      this.#looking ??= this.#look(directory, signal).finally(() => (this.#looking = undefined))
      await this.#looking.catch(() => undefined)
    }
    signal.throwIfAborted()
    return this.#found
  }

  async #look(directory: Directory, signal: AbortSignal): Promise<void> {
    const { network, clock, crypto } = this.#deps
    const found = await directory.find(serviceKey(network, 'tracker', crypto), signal)
    const isNew = ({ host, controlPort }: FoundPeer): boolean =>
      !network.trackers.some((known) => known.host === host && known.controlPort === controlPort)
    this.#found = found.filter(isNew).slice(0, MAX_TRACKERS)
    this.#untilMs = clock.elapsed() + FRESH_MS
  }
}
