/**
 * Who may ask providers to prove, and judge again: the trackers of the network, each in its failure domain, and outside verifiers.
 *
 * What has to be decided is decided by trackers: who carries a draw out, what silence means, when the brake lets go. All of them agree on
 * that, whatever outside verifiers each of them sees, and neither many of these nor silent ones can hold anything up.
 *
 * @module
 */
import { VERDICT, verifierOrder, type Transcript, type Verifier } from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { readDocument } from '@lunarx/core/document'
import type { Credential, PeerId } from '@lunarx/core/membership'
import type { PeerAddress } from '@lunarx/core/model'
import type { TrackerRing } from '../ring/index.ts'
import type { Outsider, Outsiders } from './outside/index.ts'

export interface VerifiersDeps {
  readonly self: Credential
  readonly ring: TrackerRing
  readonly outsiders: Outsiders
  readonly domainKey: string
  readonly crypto: CryptoEngine
}

export class Verifiers {
  readonly #deps: VerifiersDeps

  constructor(deps: VerifiersDeps) {
    this.#deps = deps
  }

  /** This tracker and those that it can reach. */
  get present(): Verifier[] {
    return [this.#deps.self, ...this.#deps.ring.reachable.map(({ credential }) => credential)].map((credential) => ({
      peer: credential.peer,
      domain: this.#domainIn(credential),
    }))
  }

  /** Failure domains that trackers are in. */
  get domains(): ReadonlySet<string> {
    return new Set(this.present.map(({ domain }) => domain))
  }

  get ownDomain(): string {
    return this.#domainIn(this.#deps.self)
  }

  /** Verdicts that a transcript takes: with three trackers two, with more three, as many as can be had of a majority. */
  get quorum(): number {
    return Math.min(3, Math.floor(this.#deps.ring.size / 2) + 1)
  }

  /** Undefined: no tracker that can be reached. */
  domainOf(peer: PeerId): string | undefined {
    return this.present.find((verifier) => verifier.peer === peer)?.domain
  }

  /** Undefined: this tracker itself, or one that cannot be reached. */
  addressOf(peer: PeerId): PeerAddress | undefined {
    return this.#deps.ring.reachable.find(({ credential }) => credential.peer === peer)?.address
  }

  /** The trackers that ask, in order; all of them where the provider's own domain is the only one. */
  inOrder(seed: Uint8Array, notIn: ReadonlySet<string>): Verifier[] {
    const { crypto } = this.#deps
    const order = verifierOrder(seed, this.present, notIn, crypto)
    return order.length > 0 ? order : verifierOrder(seed, this.present, new Set(), crypto)
  }

  /**
   * The outside verifier whose domain comes before all trackers in the drawn order: the tracker that carries the draw out has it ask. Those
   * of one domain have one place together, or whoever has a token could have as many as it remembers.
   */
  drawnOutside(seed: Uint8Array, provider: PeerId, notIn: ReadonlySet<string>): Outsider | undefined {
    const { outsiders, crypto } = this.#deps
    const outside = outsiders.presentFor(provider)
    if (outside.length === 0) return undefined
    const domains = [...new Set(outside.map(({ domain }) => domain))].map((domain) => ({ peer: domain, domain }))
    const [first] = verifierOrder(seed, [...this.present, ...domains], notIn, crypto)
    if (!first || !domains.includes(first)) return undefined
    const those = outside.filter(({ domain }) => domain === first.domain)
    const [drawn] = verifierOrder(seed, those, new Set(), crypto)
    return drawn && those.find(({ peer }) => peer === drawn.peer)
  }

  /** Outside verifiers that judge again, in order: one of each failure domain, and of none that has judged. */
  outsideInOrder(seed: Uint8Array, judged: readonly PeerId[]): Outsider[] {
    const { outsiders, crypto } = this.#deps
    const domains = new Set(judged.flatMap((peer) => outsiders.domainOf(peer) ?? []))
    const outside = outsiders.present
    return verifierOrder(seed, outside, new Set(), crypto).flatMap(({ peer, domain }) => {
      if (domains.has(domain)) return []
      domains.add(domain)
      return outside.find((one) => one.peer === peer) ?? []
    })
  }

  /** As other trackers are told: what outside verifiers signed counts for nothing there, and those of a release before refuse it. */
  forTrackers(transcript: Transcript): Transcript {
    const { outsiders } = this.#deps
    const verdicts = transcript.verdicts.filter((one) => outsiders.domainOf(readDocument(VERDICT, one).verifier) === undefined)
    return { ...transcript, verdicts }
  }

  /** Where the network's domain key says nothing of a tracker, it is a domain by itself. */
  #domainIn({ domains, name }: Credential): string {
    return domains[this.#deps.domainKey] ?? `tracker ${name}`
  }
}
