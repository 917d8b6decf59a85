/**
 * The epoch in force, as far as this client knows: fetched from trackers, from members when no tracker answers, believed only under
 * the network key. Kept until somebody says that it is stale; in a network with a directory on disk too, so that a client finds its rows
 * when it starts while all trackers are down. Who knows no member finds some in the directory.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { SignedDocument } from '@lunarx/core/document'
import { verifyEpoch, type Epoch } from '@lunarx/core/epoch'
import { serviceKey, type NetworkConfig } from '@lunarx/core/membership'
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import type { Log } from '@lunarx/runtime/log'
import { readEpochs } from '@lunarx/wire'
import { answerOf } from '../answer-of.ts'
import { firstOf } from './first-of.ts'
import type { RememberedEpoch } from './remembered-epoch.ts'

const TIMEOUT_MS = 5_000
/** Members asked when no tracker answers. */
const MAX_MEMBERS = 16

export interface EpochsDeps {
  readonly network: NetworkConfig
  readonly peers: Peers
  readonly crypto: CryptoEngine
  readonly log: Log
  readonly remembered: RememberedEpoch
}

export class Epochs {
  readonly #deps: EpochsDeps
  #newest: Epoch | undefined
  #document: SignedDocument | undefined
  #rememberedDocument: SignedDocument | undefined

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
    if (heard === 0) await this.#askMembers(signal)
    signal.throwIfAborted()
    await this.#remember()
    if (this.#newest) return this.#newest
    if (heard === 0) throw new LunarError('PEER_UNREACHABLE', 'no tracker answers', { detail: { trackers: trackers.length } })
    throw new LunarError('NOT_ENOUGH_REPLICAS', 'the network has no epoch yet: too few providers have joined')
  }

  /** Keeps the newest of the first `enough` answers; returns how many came. */
  async #ask(peers: readonly PeerAddress[], enough: number, signal: AbortSignal): Promise<number> {
    const asked = peers.map((peer) => answerOf(this.#deps.peers, peer, readEpochs, {}, { signal, timeoutMs: TIMEOUT_MS }))
    const { answers } = await firstOf(asked, (answers) => answers.length >= enough)
    for (const { epochs } of answers) for (const document of epochs) this.#take(document)
    return answers.length
  }

  #take(document: SignedDocument): void {
    try {
      const epoch = verifyEpoch(document, this.#deps.network, this.#deps.crypto)
      if (epoch.number <= (this.#newest?.number ?? 0)) return
      this.#newest = epoch
      this.#document = document
    } catch (error) {
      this.#deps.log.warn('an epoch does not verify', { error })
    }
  }

  /** Those of the newest epoch that is known; when none of them answers, those that the directory names. */
  async #askMembers(signal: AbortSignal): Promise<void> {
    const { network, peers, crypto } = this.#deps
    await this.#recall()
    if ((await this.#ask(this.#members(), 2, signal)) > 0 || !peers.directory) return
    const found = await peers.directory.find(serviceKey(network, 'rows', crypto), signal)
    await this.#ask(found.slice(0, MAX_MEMBERS), 2, signal)
  }

  #members(): PeerAddress[] {
    return this.#newest?.members.slice(0, MAX_MEMBERS).map(({ address }) => address) ?? []
  }

  /** What is on disk, if nothing is known better. */
  async #recall(): Promise<void> {
    const { peers, remembered } = this.#deps
    if (!peers.directory || this.#newest) return
    const document = await remembered.read()
    if (document) this.#take(document)
    this.#meet()
  }

  /** One write for an epoch that is not on disk yet. */
  async #remember(): Promise<void> {
    const { peers, remembered } = this.#deps
    if (!peers.directory || !this.#document || this.#document === this.#rememberedDocument) return
    this.#rememberedDocument = this.#document
    this.#meet()
    await remembered.write(this.#document)
  }

  /** Whom a search of the directory begins with. */
  #meet(): void {
    this.#deps.peers.directory?.meet([...this.#deps.network.trackers, ...this.#members()])
  }
}
