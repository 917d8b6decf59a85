/**
 * The outside verifiers that have announced themselves here: peers that enrolled to verify and are no trackers, each in the failure domain
 * of its credential. All that enrolled with one token are one.
 *
 * Bounded, in all and by domain, so that one token cannot crowd out the others. One that is silent lapses; one that failed a question
 * rests for a while, so that those who do not answer cost little. In memory: they say again and again that they are there.
 *
 * @module
 */
import type { Verifier } from '@lunarx/core/audit'
import type { Credential, PeerId } from '@lunarx/core/membership'
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Session } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import { TRACKER_LIMITS } from '../../limits.ts'

export interface Outsider extends Verifier {
  /** Of its credential: what its token stands for. */
  readonly name: string
  readonly address: PeerAddress
}

/** What came of questions to outside verifiers: `wrong` is an answer that proves nothing. */
export const OUTSIDE_OUTCOMES = ['answered', 'silent', 'wrong', 'away'] as const
export type OutsideOutcome = (typeof OUTSIDE_OUTCOMES)[number]

interface Entry {
  readonly outsider: Outsider
  readonly expiresMs: number
  /** Elapsed. */
  heardMs: number
  restsUntilMs: number
  readonly counts: Record<OutsideOutcome, number>
}

export interface OutsidersDeps {
  readonly clock: Clock
  readonly domainKey: string
  readonly heartbeatMs: number
}

const { outsiders, outsidersOfDomain, outsiderHeartbeats, outsiderRestMs } = TRACKER_LIMITS.audit

export class Outsiders {
  readonly #deps: OutsidersDeps
  readonly #entries = new Map<PeerId, Entry>()
  /** Without another word within this time it is not asked any more. */
  readonly lapsesMs: number

  constructor(deps: OutsidersDeps) {
    this.#deps = deps
    this.lapsesMs = outsiderHeartbeats * deps.heartbeatMs
  }

  /** @throws {LunarError} TOO_MANY_REQUESTS: there are as many as are remembered, in all or of this domain */
  hear({ peer, credential }: Session, address: PeerAddress): void {
    this.#forgetLapsed()
    const domain = this.#domainOf(credential)
    const before = this.#entries.get(peer)
    if (before?.outsider.domain !== domain) this.#assertRoom(domain)
    const { restsUntilMs = 0, counts = { answered: 0, silent: 0, wrong: 0, away: 0 } } = before ?? {}
    const outsider = { peer, domain, name: credential.name, address: { ...address, peer } }
    const heardMs = this.#deps.clock.elapsed()
    this.#entries.set(peer, { outsider, expiresMs: credential.expiresMs, heardMs, restsUntilMs, counts })
  }

  /** Those that may be asked now. */
  get present(): Outsider[] {
    const { clock } = this.#deps
    const [now, time] = [clock.elapsed(), clock.now()]
    return [...this.#entries.values()]
      .filter(({ heardMs, restsUntilMs, expiresMs }) => now - heardMs < this.lapsesMs && restsUntilMs <= now && expiresMs > time)
      .map(({ outsider }) => outsider)
  }

  /** Of one that was heard not long ago: what it signed meanwhile still counts. Undefined: it is not known. */
  domainOf(peer: PeerId): string | undefined {
    const entry = this.#entries.get(peer)
    const isKnown = entry && this.#deps.clock.elapsed() - entry.heardMs < 2 * this.lapsesMs && entry.expiresMs > this.#deps.clock.now()
    return isKnown ? entry.outsider.domain : undefined
  }

  note(peer: PeerId, outcome: OutsideOutcome): void {
    const entry = this.#entries.get(peer)
    if (entry) entry.counts[outcome]++
  }

  /** It is left alone for a while: it failed to answer, or its word proved to be worth nothing. */
  rest(peer: PeerId): void {
    const entry = this.#entries.get(peer)
    if (entry) entry.restsUntilMs = this.#deps.clock.elapsed() + outsiderRestMs
  }

  /** Its membership is over. */
  forget(peer: PeerId): void {
    this.#entries.delete(peer)
  }

  /** For the status. */
  get counts(): { readonly outsider: Outsider; readonly counts: Readonly<Record<OutsideOutcome, number>> }[] {
    return [...this.#entries.values()]
      .filter(({ outsider }) => this.domainOf(outsider.peer) !== undefined)
      .map(({ outsider, counts }) => ({ outsider, counts: { ...counts } }))
  }

  #assertRoom(domain: string): void {
    const ofDomain = [...this.#entries.values()].filter((entry) => entry.outsider.domain === domain).length
    if (this.#entries.size < outsiders && ofDomain < outsidersOfDomain) return
    const detail = { outsiders, outsidersOfDomain }
    throw new LunarError('TOO_MANY_REQUESTS', 'there are as many verifiers as are remembered, in all or by this token', { detail })
  }

  #forgetLapsed(): void {
    for (const peer of this.#entries.keys()) if (this.domainOf(peer) === undefined) this.#entries.delete(peer)
  }

  /** The name is what a token stands for; where the network's domain key says where it is, that is what fails with others. */
  #domainOf({ domains, name }: Credential): string {
    return domains[this.#deps.domainKey] ?? `verifier ${name}`
  }
}
