/**
 * The d + 1 providers, in distinct domains, that remember an owner's lease beside the trackers, which may lose their memory all at once.
 *
 * Who they are follows from the owner and the fleet, so that all trackers choose the same; who has confirmed is in memory, and told again
 * after a start. Where one is lost another takes its place.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { PeerId } from '@lunarx/core/membership'
import { compareBytes, hexOf, utf8 } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'
import { holdLease } from '@lunarx/wire'
import type { Ask } from '../ask/index.ts'
import type { Fleet } from '../fleet/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { KnownLease } from './owner-leases.ts'

const PREFIX = utf8('lunarx/lease-holder/1\0')

export interface LeaseHoldersDeps {
  readonly ask: Ask
  readonly fleet: Pick<Fleet, 'peers' | 'standing' | 'domainsOf' | 'isDraining'>
  readonly crypto: CryptoEngine
  readonly log: Log
  /** d + 1 of them. */
  readonly wanted: number
}

type Held = Pick<KnownLease, 'owner' | 'lease' | 'document'>

export class LeaseHolders {
  readonly #deps: LeaseHoldersDeps
  /** Owner → the sequence that these providers have confirmed, or a newer one. */
  readonly #confirmed = new Map<string, { readonly sequence: number; readonly peers: Set<PeerId> }>()

  constructor(deps: LeaseHoldersDeps) {
    this.#deps = deps
  }

  /** Enough of those that are there have it. */
  isHeld({ owner, lease: { sequence } }: Held): boolean {
    const confirmed = this.#confirmed.get(hexOf(owner))
    if (!confirmed || confirmed.sequence < sequence) return false
    return this.#domains([...confirmed.peers].filter((peer) => this.#isThere(peer))).size >= this.#deps.wanted
  }

  /** Tells those that are to have it and have not confirmed. @returns whether enough have it then */
  async spread(held: Held, signal: AbortSignal): Promise<boolean> {
    if (this.isHeld(held)) return true
    const hex = hexOf(held.owner)
    const before = this.#confirmed.get(hex)
    const { sequence } = held.lease
    const confirmed = before && before.sequence >= sequence ? before : { sequence, peers: new Set<PeerId>() }
    this.#confirmed.set(hex, confirmed)
    const open = this.#chosen(held.owner).filter((peer) => !confirmed.peers.has(peer))
    await Promise.all(open.map(async (peer) => ((await this.#tell(peer, held, signal)) ? confirmed.peers.add(peer) : undefined)))
    return this.isHeld(held)
  }

  async #tell(peer: PeerId, { document }: Held, signal: AbortSignal): Promise<boolean> {
    const { ask, fleet, log } = this.#deps
    const standing = fleet.standing(peer)
    if (!standing) return false
    try {
      const options = { signal, timeoutMs: TRACKER_LIMITS.providerAskMs }
      return (await ask(standing.address, holdLease, { leases: [document] }, options)).held[0] === true
    } catch (error) {
      signal.throwIfAborted()
      log.info('a provider has not taken a lease', { peer, error })
      return false
    }
  }

  /** One in a domain. */
  #chosen(owner: Uint8Array): PeerId[] {
    const { fleet, crypto, wanted } = this.#deps
    const ranked = fleet.peers
      .filter((peer) => this.#isThere(peer) && !fleet.isDraining(peer))
      .map((peer) => ({ peer, score: crypto.sha256(PREFIX, owner, utf8(peer)) }))
      .sort((a, b) => compareBytes(a.score, b.score))
    const chosen = new Map<string, PeerId>()
    for (const { peer } of ranked) {
      const { domain } = fleet.domainsOf(peer)
      if (chosen.size < wanted && !chosen.has(domain)) chosen.set(domain, peer)
    }
    return [...chosen.values()]
  }

  #domains(peers: readonly PeerId[]): Set<string> {
    return new Set(peers.map((peer) => this.#deps.fleet.domainsOf(peer).domain))
  }

  #isThere(peer: PeerId): boolean {
    const standing = this.#deps.fleet.standing(peer)
    return standing !== undefined && !standing.isDeclaredLost && standing.state === 'alive'
  }
}
