/**
 * Where peers are reached from outside of their cluster: first what the network's configuration says, then what trackers answer.
 *
 * An address is believed until it fails. Then, and for peers that are new, the trackers are asked: one question for all that are looked
 * for at a time, and for each peer at most once in a while, so that one that is down costs little.
 *
 * @module
 */
import type { NetworkConfig } from '@lunarx/core/membership'
import { LIMITS, LunarError, type OutsideAddress, type PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import { deadline, Lane } from '@lunarx/runtime/tasks'
import { findOutside } from '@lunarx/wire'
import { answerOf } from '../answer-of.ts'

export interface AddressBookDeps {
  readonly network: Pick<NetworkConfig, 'trackers' | 'outside'>
  /** As they are: they dial what they are given. */
  readonly peers: Peers
  readonly clock: Clock
  readonly log: Log
}

/** For one peer. */
const ASK_AGAIN_MS = 5_000
/** Of one tracker; a node that is gone does not answer at all. */
const TRACKER_MS = 3_000
/** What a question to a peer may be held up by this. */
const FIND_MS = 8_000
/** Peers that were asked for lately, those without an address among them. */
const MAX_ASKED = 2 * LIMITS.outsidePeers

const LANE = { concurrent: 1, items: LIMITS.outsideAsked, bytes: Infinity, waitingItems: LIMITS.outsidePeers, waitingBytes: Infinity }

export class AddressBook {
  readonly #deps: AddressBookDeps
  readonly #known: Map<string, OutsideAddress>
  readonly #doubted = new Set<string>()
  /** Host → when it was last asked for. */
  readonly #askedMs = new Map<string, number>()
  readonly #lane: Lane<string, true>
  /** The one that answered last comes first. */
  #trackers: readonly PeerAddress[]

  constructor(deps: AddressBookDeps) {
    this.#deps = deps
    this.#trackers = deps.network.trackers
    this.#known = new Map(deps.network.outside?.map(({ host, at }) => [host, at]))
    this.#lane = new Lane({ limits: LANE, ask: (hosts, signal) => this.#ask(hosts, signal), onIdle: () => undefined })
  }

  /** Undefined: nobody knows. @param host as peers inside name it @throws the signal's reason */
  async find(host: string, signal: AbortSignal): Promise<OutsideAddress | undefined> {
    if (this.#isDue(host)) {
      using limit = deadline(this.#deps.clock, FIND_MS, signal)
      try {
        await this.#lane.ask(host, '', host.length, limit.signal)
      } catch (error) {
        signal.throwIfAborted()
        this.#deps.log.debug('no tracker says where a peer is reached from outside', { host, error })
      }
    }
    return this.#known.get(host)
  }

  /** Nothing answers at its address, or another peer does. */
  doubt(host: string): void {
    if (this.#known.has(host)) this.#doubted.add(host)
  }

  #isDue(host: string): boolean {
    if (this.#known.has(host) && !this.#doubted.has(host)) return false
    const askedMs = this.#askedMs.get(host)
    return askedMs === undefined || this.#deps.clock.elapsed() - askedMs >= ASK_AGAIN_MS
  }

  /** @throws {LunarError} what the last tracker said; PEER_UNREACHABLE: no address of a tracker is known */
  async #ask(hosts: readonly string[], signal: AbortSignal): Promise<true[]> {
    for (const host of hosts) this.#asked(host)
    let last: unknown = new LunarError('PEER_UNREACHABLE', 'no tracker is reached from outside')
    for (const tracker of this.#trackers) {
      const at = this.#known.get(tracker.host)
      if (at === undefined) continue
      try {
        const options = { signal, timeoutMs: TRACKER_MS }
        const answer = await answerOf(this.#deps.peers, { ...tracker, ...at }, findOutside, { hosts: [...hosts] }, options)
        this.#trackers = [tracker, ...this.#trackers.filter((other) => other !== tracker)]
        for (const [i, host] of hosts.entries()) this.#learn(host, answer.at[i])
        return hosts.map(() => true)
      } catch (error) {
        signal.throwIfAborted()
        last = error
      }
    }
    throw last
  }

  #asked(host: string): void {
    this.#askedMs.delete(host)
    this.#askedMs.set(host, this.#deps.clock.elapsed())
    const [oldest] = this.#askedMs.keys()
    if (this.#askedMs.size > MAX_ASKED && oldest !== undefined) this.#askedMs.delete(oldest)
  }

  /** A tracker that knows of none may not have heard yet: what was known stays. */
  #learn(host: string, at: OutsideAddress | null | undefined): void {
    if (!at || (!this.#known.has(host) && this.#known.size >= LIMITS.outsidePeers)) return
    this.#known.set(host, at)
    this.#doubted.delete(host)
  }
}
