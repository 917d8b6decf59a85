/**
 * Fetching epochs from whoever may have newer ones: trackers first of all. One fetch at a time; calls meanwhile share it.
 *
 * @module
 */
import type { PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import type { Platform } from '@lunarx/runtime/platform'
import { readEpochs } from '@lunarx/wire'
import { askPeer } from '../ask/index.ts'
import { ROW_LIMITS } from '../limits.ts'
import type { EpochKeeper } from './keep.ts'

export interface FetchDeps extends Pick<Platform, 'clock' | 'log'> {
  readonly peers: Peers
  readonly epochs: EpochKeeper
  readonly trackers: readonly PeerAddress[]
}

export class EpochFetcher {
  readonly #deps: FetchDeps
  #running: Promise<void> | undefined
  #nextMs = 0

  constructor(deps: FetchDeps) {
    this.#deps = deps
  }

  /** Asks this peer for its epochs and adopts what is new. @throws {LunarError} what asking and adopting throw */
  async fetchFrom(peer: PeerAddress, signal?: AbortSignal): Promise<void> {
    const { peers, epochs } = this.#deps
    const answer = await askPeer(peers, peer, readEpochs, {}, { timeoutMs: ROW_LIMITS.askMs, ...(signal ? { signal } : {}) })
    // oldest first, so that the epoch before is known; a member that comes back after a long time needs it to take over
    for (const document of answer.epochs.toReversed()) await epochs.adopt(document)
    if (epochs.lacksPrevious) for (const document of answer.epochs) await epochs.adopt(document)
  }

  /** Somebody named an epoch that this member has not reached: looks for it among the trackers, at most every half second. */
  seek(): void {
    const { clock } = this.#deps
    if (this.#running || clock.elapsed() < this.#nextMs) return
    this.#nextMs = clock.elapsed() + ROW_LIMITS.fetchPauseMs
    this.#running = this.#askTrackers().finally(() => {
      this.#running = undefined
    })
  }

  async #askTrackers(): Promise<void> {
    for (const tracker of this.#deps.trackers) {
      try {
        await this.fetchFrom(tracker)
      } catch (error) {
        this.#deps.log.debug('tracker gave no epoch', { tracker: tracker.host, error })
      }
    }
  }
}
