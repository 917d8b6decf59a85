/**
 * The epoch in force, as far as this client knows: fetched from trackers, from members when no tracker answers, believed only under
 * the network key. Kept until somebody says that it is stale.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { verifyEpoch, type Epoch } from '@lunarx/core/epoch'
import type { NetworkConfig } from '@lunarx/core/membership'
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import type { Log } from '@lunarx/runtime/log'
import { readEpochs } from '@lunarx/wire'
import { answerOf } from '../answer-of.ts'
import { firstOf } from './first-of.ts'

const TIMEOUT_MS = 5_000
/** Members asked when no tracker answers. */
const MAX_MEMBERS = 16

export interface EpochsDeps {
  readonly network: NetworkConfig
  readonly peers: Peers
  readonly crypto: CryptoEngine
  readonly log: Log
}

export class Epochs {
  readonly #deps: EpochsDeps
  #newest: Epoch | undefined

  constructor(deps: EpochsDeps) {
    this.#deps = deps
  }

  /** @throws {LunarError} PEER_UNREACHABLE, NOT_ENOUGH_REPLICAS: the network has no epoch yet */
  async current(signal: AbortSignal): Promise<Epoch> {
    return this.#newest ?? (await this.refresh(signal))
  }

  /** Asks again. Never goes back to an older epoch. */
  async refresh(signal: AbortSignal): Promise<Epoch> {
    const trackers = this.#deps.network.trackers
    const heard = await this.#ask(trackers, Math.floor(trackers.length / 2) + 1, signal)
    const members = this.#newest?.members.slice(0, MAX_MEMBERS) ?? []
    if (heard === 0)
      await this.#ask(
        members.map((member) => member.address),
        2,
        signal,
      )
    signal.throwIfAborted()
    if (this.#newest) return this.#newest
    if (heard === 0) throw new LunarError('PEER_UNREACHABLE', 'no tracker answers', { detail: { trackers: trackers.length } })
    throw new LunarError('NOT_ENOUGH_REPLICAS', 'the network has no epoch yet: too few providers have joined')
  }

  /** Keeps the newest of the first `enough` answers; returns how many came. */
  async #ask(peers: readonly PeerAddress[], enough: number, signal: AbortSignal): Promise<number> {
    const asked = peers.map((peer) => answerOf(this.#deps.peers, peer, readEpochs, {}, { signal, timeoutMs: TIMEOUT_MS }))
    const { answers } = await firstOf(asked, (answers) => answers.length >= enough)
    for (const { epochs } of answers)
      for (const document of epochs) {
        try {
          const epoch = verifyEpoch(document, this.#deps.network, this.#deps.crypto)
          if (epoch.number > (this.#newest?.number ?? 0)) this.#newest = epoch
        } catch (error) {
          this.#deps.log.warn('a peer gave an epoch that does not verify', { error })
        }
      }
    return answers.length
  }
}
