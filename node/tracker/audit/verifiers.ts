/**
 * Who may ask providers to prove: the trackers of the network, each in its failure domain.
 *
 * @module
 */
import { verifierOrder, type Verifier } from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { Credential, PeerId } from '@lunarx/core/membership'
import type { PeerAddress } from '@lunarx/core/model'
import type { TrackerRing } from '../ring/index.ts'

export interface VerifiersDeps {
  readonly self: Credential
  readonly ring: TrackerRing
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

  /** Failure domains that verifiers are in. */
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

  /** Undefined: none that can be reached. */
  domainOf(peer: PeerId): string | undefined {
    return this.present.find((verifier) => verifier.peer === peer)?.domain
  }

  /** Undefined: this tracker itself, or one that cannot be reached. */
  addressOf(peer: PeerId): PeerAddress | undefined {
    return this.#deps.ring.reachable.find(({ credential }) => credential.peer === peer)?.address
  }

  /** Who asks, in order; all of them where the provider's own domain is the only one. */
  inOrder(seed: Uint8Array, notIn: ReadonlySet<string>): Verifier[] {
    const { crypto } = this.#deps
    const order = verifierOrder(seed, this.present, notIn, crypto)
    return order.length > 0 ? order : verifierOrder(seed, this.present, new Set(), crypto)
  }

  /** Where the network's domain key says nothing of a tracker, it is a domain by itself. */
  #domainIn({ domains, name }: Credential): string {
    return domains[this.#deps.domainKey] ?? `tracker ${name}`
  }
}
