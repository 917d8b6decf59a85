/**
 * The outside verifiers that have announced themselves here: peers that enrolled to verify and are no trackers, each in the failure domain
 * of its credential. All that enrolled with one token are one.
 *
 * Bounded, in all and by domain, so that one token cannot crowd out the others. One that is silent lapses; where one failed a question
 * its domain rests for a while, so that those who do not answer cost little; where one met a provider with silence that answered a
 * tracker, its domain does not ask that provider for a while, and goes on asking others: else one provider could be rid of all verifiers
 * for all providers. In memory: they say again and again that they are there.
 *
 * @module
 */
import type { Verifier } from '@lunarx/core/audit'
import type { Credential, PeerId } from '@lunarx/core/membership'
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Session } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import { TRACKER_LIMITS } from '../../limits.ts'
import { assertElsewhere } from './assert-elsewhere.ts'

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
  /** Elapsed, and so is `placedMs`: since when it is at its address. */
  readonly heardMs: number
  readonly placedMs: number
  readonly counts: Record<OutsideOutcome, number>
}

export interface OutsidersDeps {
  readonly clock: Clock
  readonly domainKey: string
  readonly heartbeatMs: number
}

const { outsiders, outsidersOfDomain, outsiderHeartbeats, outsiderRestMs, outsiderRests, outsiderPlaceMs } = TRACKER_LIMITS.audit

export class Outsiders {
  readonly #deps: OutsidersDeps
  readonly #entries = new Map<PeerId, Entry>()
  /** Until when (elapsed) a domain rests, or does not ask a provider; soonest first. A new key does not end it. */
  readonly #rests = new Map<string, number>()
  /** By provider: leaves that outside verifiers were not given, and a tracker was. */
  readonly #withheld = new Map<PeerId, number>()
  /** Without another word within this time it is not asked any more. */
  readonly lapsesMs: number

  constructor(deps: OutsidersDeps) {
    this.#deps = deps
    this.lapsesMs = outsiderHeartbeats * deps.heartbeatMs
  }

  /**
   * @throws {LunarError} BAD_MESSAGE: no verifier is reached at such an address; TOO_MANY_REQUESTS: there are as many as are remembered, in
   * all or of this domain, or it has come to another address a moment ago
   */
  hear({ peer, credential }: Session, address: PeerAddress): void {
    assertElsewhere(address)
    this.#forgetLapsed()
    const domain = this.#domainOf(credential)
    const before = this.#entries.get(peer)
    if (before?.outsider.domain !== domain) this.#assertRoom(domain)
    const heardMs = this.#deps.clock.elapsed()
    const { counts = { answered: 0, silent: 0, wrong: 0, away: 0 } } = before ?? {}
    const outsider = { peer, domain, name: credential.name, address: { ...address, peer } }
    const hasMoved = !before || !isSamePlace(before.outsider.address, address)
    if (before && hasMoved && heardMs - before.placedMs < outsiderPlaceMs)
      throw new LunarError('TOO_MANY_REQUESTS', 'the verifier has come to another address a moment ago')
    const placedMs = hasMoved ? heardMs : before.placedMs
    this.#entries.set(peer, { outsider, expiresMs: credential.expiresMs, heardMs, placedMs, counts })
  }

  /** Those that may be asked now. */
  get present(): Outsider[] {
    const { clock } = this.#deps
    const [now, time] = [clock.elapsed(), clock.now()]
    return [...this.#entries.values()]
      .filter(({ outsider, heardMs, expiresMs }) => now - heardMs < this.lapsesMs && expiresMs > time && !this.#isResting(outsider.domain))
      .map(({ outsider }) => outsider)
  }

  /** Those of them that may ask this provider. */
  presentFor(provider: PeerId): Outsider[] {
    return this.present.filter(({ domain }) => !this.#isResting(pairOf(domain, provider)))
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

  /** Its domain is left alone for a while: it failed to answer, or its word proved to be worth nothing. */
  rest(peer: PeerId): void {
    const domain = this.#entries.get(peer)?.outsider.domain
    if (domain !== undefined) this.#letRest(domain)
  }

  /** Its domain does not ask this provider for a while: the provider was silent to it, and answered this tracker. Either may be the liar. */
  keepFrom(peer: PeerId, provider: PeerId): void {
    const domain = this.#entries.get(peer)?.outsider.domain
    if (domain !== undefined) this.#letRest(pairOf(domain, provider))
    if (this.#withheld.size < TRACKER_LIMITS.providers || this.#withheld.has(provider))
      this.#withheld.set(provider, this.withheldBy(provider) + 1)
  }

  /** Leaves that this provider gave a tracker when it was silent to an outside verifier. Of this process. */
  withheldBy(provider: PeerId): number {
    return this.#withheld.get(provider) ?? 0
  }

  /** Its membership is over. */
  forget(peer: PeerId): void {
    this.#entries.delete(peer)
  }

  /** For the status. Those that are silent are not asked, and soon forgotten. */
  get counts(): { readonly outsider: Outsider; readonly isSilent: boolean; readonly counts: Readonly<Record<OutsideOutcome, number>> }[] {
    const now = this.#deps.clock.elapsed()
    return [...this.#entries.values()]
      .filter(({ outsider }) => this.domainOf(outsider.peer) !== undefined)
      .map(({ outsider, heardMs, counts }) => ({ outsider, isSilent: now - heardMs >= this.lapsesMs, counts: { ...counts } }))
  }

  #isResting(of: string): boolean {
    return (this.#rests.get(of) ?? 0) > this.#deps.clock.elapsed()
  }

  /** Full, the oldest gives way: that one is asked again sooner. */
  #letRest(of: string): void {
    this.#rests.delete(of)
    this.#rests.set(of, this.#deps.clock.elapsed() + outsiderRestMs)
    for (const oldest of this.#rests.keys()) {
      if (this.#rests.size <= outsiderRests && this.#isResting(oldest)) break
      this.#rests.delete(oldest)
    }
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

const pairOf = (domain: string, provider: PeerId): string => `${domain} ${provider}`

const isSamePlace = (a: PeerAddress, b: PeerAddress): boolean =>
  a.host === b.host && a.controlPort === b.controlPort && a.dataPort === b.dataPort
