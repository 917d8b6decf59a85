/**
 * beacon: commit → follow → reveal, with every tracker, for the hour that comes next.
 *
 * Who makes the round says the newest epoch that a tracker shows, which the network's key signed. Nothing is kept on a disk: a verifier that is
 * started again in the middle of a round keeps its secret back, and the round goes on without it.
 *
 * @module
 */
import { BEACON_REVEAL_MS, beaconParticipants, beaconPhaseAt, beaconSinceMs, type BeaconRound } from '@lunarx/core/audit'
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import type { SignedDocument } from '@lunarx/core/document'
import { verifyEpoch, type Epoch } from '@lunarx/core/epoch'
import type { NetworkConfig } from '@lunarx/core/membership'
import { hasCode, hexOf } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { Counter } from '@lunarx/runtime/metrics'
import type { Random } from '@lunarx/runtime/random'
import { commitBeacon, followBeacon, readEpochs, type Exchange } from '@lunarx/wire'
import { askTracker, type AskDeps, type Told } from './ask.ts'
import { BeaconPart } from './beacon-part.ts'

export interface BeaconDeps extends AskDeps {
  readonly network: Pick<NetworkConfig, 'network' | 'networkKey' | 'trackers'>
  readonly signKey: SignKey
  readonly crypto: CryptoEngine
  readonly clock: Clock
  readonly random: Random
  /** By outcome of its rounds. */
  readonly rounds: Counter
}

export class VerifierBeacon {
  readonly #deps: BeaconDeps
  /** In the round that is being made. */
  #part: BeaconPart | undefined

  constructor(deps: BeaconDeps) {
    this.#deps = deps
  }

  /** What is to be done now. */
  async beat(signal: AbortSignal): Promise<void> {
    const { round, phase } = beaconPhaseAt(this.#deps.clock.now())
    if (this.#part && this.#part.round.round !== round) this.#settle(this.#part)
    if (phase === 'deal') this.#part ??= await this.#begin(round, signal)
    const part = this.#part
    if (!part) return
    if (phase === 'deal') return await this.#commit(part, signal)
    const isOpen = part.reveal() !== undefined
    await this.#follow(part, signal)
    if (!isOpen && part.reveal()) await this.#follow(part, signal)
  }

  /** Undefined: no tracker shows an epoch. */
  async #begin(round: number, signal: AbortSignal): Promise<BeaconPart | undefined> {
    const { network, random, signKey, crypto } = this.#deps
    const told = await this.#askAll(readEpochs, {}, signal)
    const epochs = told.flatMap(({ answer }) => answer.epochs.flatMap((document) => this.#openEpoch(document) ?? []))
    const newest = epochs.toSorted((a, b) => b.number - a.number)[0]
    const participants = beaconParticipants(newest?.trackerSlots ?? [])
    if (participants.length === 0) return undefined
    const all: BeaconRound = { network: network.network, round, participants }
    return new BeaconPart(all, random.bytes(32), signKey, crypto)
  }

  /** Again and again while the round is dealt: a tracker that was away, or has started again, hears of it. */
  async #commit({ commitment }: BeaconPart, signal: AbortSignal): Promise<void> {
    await this.#askAll(commitBeacon, { commitment }, signal)
  }

  async #follow(part: BeaconPart, signal: AbortSignal): Promise<void> {
    const reveal = part.reveal() ?? null
    const told = await this.#askAll(followBeacon, { round: part.round.round, reveal }, signal)
    const isInTime = reveal !== null && beaconSinceMs(part.round.round, this.#deps.clock.now()) < BEACON_REVEAL_MS
    for (const { answer, tracker } of told) part.absorb(answer, tracker, isInTime)
  }

  #settle(part: BeaconPart): void {
    const { log, rounds } = this.#deps
    const { outcome, agreed = [] } = part
    const about = { round: part.round.round, outcome, set: agreed.map(hexOf) }
    rounds.add(1, { outcome })
    if (outcome === 'left-out') log.warn('trackers left this verifier out of a round of the beacon that they had it for', about)
    else log.info('a round of the beacon is over', about)
    this.#part = undefined
  }

  async #askAll<Q, A>(exchange: Exchange<Q, A>, question: Q, signal: AbortSignal): Promise<Told<A>[]> {
    const told = await Promise.all(
      this.#deps.network.trackers.map((tracker) => askTracker(tracker, exchange, question, this.#deps, signal)),
    )
    return told.flatMap((one) => one ?? [])
  }

  #openEpoch(document: SignedDocument): Epoch | undefined {
    try {
      return verifyEpoch(document, this.#deps.network, this.#deps.crypto)
    } catch (error) {
      if (!hasCode(error, 'BAD_MESSAGE', 'BAD_SIGNATURE', 'UNKNOWN_NETWORK')) throw error
      return undefined
    }
  }
}
