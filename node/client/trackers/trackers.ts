/**
 * Asking the trackers: the owner of a set on the ring first, then those that follow it, those that just failed last.
 * Any tracker takes any question and passes it on; asking the owner saves that step. When none of the configuration answers, those are
 * asked that the directory names.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { NetworkConfig } from '@lunarx/core/membership'
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import { makeRing, ringName, type Ring } from '@lunarx/core/placement'
import type { Peers } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { Random } from '@lunarx/runtime/random'
import { retry } from '@lunarx/runtime/tasks'
import type { Exchange } from '@lunarx/wire'
import { answerOf } from '../answer-of.ts'
import type { RecentFailures } from '../failures.ts'
import { FoundTrackers } from './found-trackers.ts'

/** Times that all trackers are asked in turn. */
const ROUNDS = 3
const FIRST_PAUSE_MS = 300
const MAX_PAUSE_MS = 2_000

export interface TrackersDeps {
  readonly network: NetworkConfig
  readonly peers: Peers
  readonly clock: Clock
  readonly random: Random
  readonly crypto: CryptoEngine
  readonly failures: RecentFailures
}

export interface AskTrackers {
  /** Segment id: whose ring owner is asked first. */
  readonly about: Uint8Array
  readonly signal: AbortSignal
  /** Rounds over all trackers; default {@link ROUNDS}. */
  readonly rounds?: number
  /** Begins with a later owner: another tracker's view. Default 0. */
  readonly skip?: number
}

type Said<A> = { readonly answer: A } | { readonly refusal: LunarError | undefined }

export class Trackers {
  readonly #deps: TrackersDeps
  readonly #ring: Ring
  readonly #byName: ReadonlyMap<string, PeerAddress>
  readonly #found: FoundTrackers

  constructor(deps: TrackersDeps) {
    this.#deps = deps
    this.#byName = new Map(deps.network.trackers.map((address) => [ringName(address), address]))
    this.#found = new FoundTrackers({ ...deps, directory: deps.peers.directory })
    this.#ring = makeRing([...this.#byName.keys()], deps.crypto)
  }

  get all(): readonly PeerAddress[] {
    return this.#deps.network.trackers
  }

  /** Names of the trackers that own a key on the ring, nearest first: as many as keep its record. */
  owners(key: Uint8Array): string[] {
    return this.#ring.owners(key, 2 * this.#deps.network.survive + 1)
  }

  /** Each tracker under its name. */
  get byName(): ReadonlyMap<string, PeerAddress> {
    return this.#byName
  }

  /**
   * The first answer. Errors that are not retryable end it at once; others go to the next tracker.
   * @throws {LunarError} what the last tracker said that was reached; PEER_UNREACHABLE when none was
   */
  async ask<Q, A>(exchange: Exchange<Q, A>, question: Q, { about, signal, rounds = ROUNDS, skip = 0 }: AskTrackers): Promise<A> {
    const { clock, random } = this.#deps
    return await retry(() => this.#askInTurn(exchange, question, this.#inOrder(about, skip), signal), {
      clock,
      random,
      attempts: rounds,
      firstPauseMs: FIRST_PAUSE_MS,
      maxPauseMs: MAX_PAUSE_MS,
      signal,
    })
  }

  async #askInTurn<Q, A>(exchange: Exchange<Q, A>, question: Q, trackers: readonly PeerAddress[], signal: AbortSignal): Promise<A> {
    const { peers, failures } = this.#deps
    let refusal: LunarError | undefined
    let unreachable: LunarError | undefined
    for (const tracker of trackers) {
      signal.throwIfAborted()
      try {
        const answer = await answerOf(peers, tracker, exchange, question, { signal })
        failures.answered(tracker)
        return answer
      } catch (error) {
        if (signal.aborted || !(error instanceof LunarError)) throw error
        if (isAway(error)) {
          failures.failed(tracker)
          unreachable = error
        } else if (!error.retryable) throw error
        else refusal = error
      }
    }
    const found = refusal ? [] : await this.#found.find(signal)
    for (const tracker of found) {
      const said = await this.#askFound(exchange, question, tracker, signal)
      if ('answer' in said) return said.answer
      refusal = said.refusal ?? refusal
    }
    throw refusal ?? new LunarError('PEER_UNREACHABLE', 'no tracker answers', { cause: unreachable, detail: { trackers: trackers.length } })
  }

  /** Whoever shows no tracker's credential has not answered; what it refuses ends nothing, since a liar may be who refuses. */
  async #askFound<Q, A>(exchange: Exchange<Q, A>, question: Q, tracker: PeerAddress, signal: AbortSignal): Promise<Said<A>> {
    try {
      const { answer, body, session } = await this.#deps.peers.ask(tracker, exchange, question, { signal })
      for await (const _ of body); // empty: reading its end gives the connection back
      return session.credential.role === 'tracker' ? { answer } : { refusal: undefined }
    } catch (error) {
      if (signal.aborted || !(error instanceof LunarError)) throw error
      return { refusal: isAway(error) ? undefined : error }
    }
  }

  #inOrder(about: Uint8Array, skip: number): PeerAddress[] {
    const owners = this.#ring.owners(about, this.#byName.size).flatMap((name) => this.#byName.get(name) ?? [])
    const turned = [...owners.slice(skip % owners.length), ...owners.slice(0, skip % owners.length)]
    const hasFailed = (address: PeerAddress): number => Number(this.#deps.failures.hasFailed(address))
    return turned.sort((a, b) => hasFailed(a) - hasFailed(b)) // stable: ring order among equals
  }
}

/** The peer itself could not be spoken to; what it would have said is unknown. */
export const isAway = (error: LunarError): boolean =>
  error.code === 'PEER_UNREACHABLE' || error.code === 'TIMEOUT' || error.code === 'INTERRUPTED' || error.code === 'WRONG_PEER'
