/**
 * Which shard of a whole set had better lie elsewhere, though it lies by the rule: at most one, off a zone that has at least two shards of
 * the set more than another, or else off a provider that is much fuller than another. So a domain that is added takes over its share of
 * what is there already.
 *
 * It comes to an end, and no two of them undo each other. Each move lowers
 *
 *   Ψ = Σ over sets and zones (shards of the set in the zone)²,   or leaves it as it is or lowers it, and lowers
 *   Φ = Σ over providers (bytes taken)² / capacity.
 *
 * Of bytes b from a provider that is fuller than the other even afterwards, Φ falls: its change is −2b · (share − share') + b² · (1/c + 1/c'),
 * shares before the move, and share − b/c ≥ share' + b/c'. Of a shard from a zone with x to one with y, Ψ changes by 2 · (y − x + 1).
 *
 * Pure. Says nothing of liveness or standing: the caller says who may be given shards.
 *
 * @module
 */
import type { PeerId } from '../membership/peer-id.ts'
import type { FailureDomains } from './candidate.ts'
import { zoneOf } from './choose.ts'
import { hasPlaceFor, keepsRule, type HeldClaim } from './count-by-rule.ts'
import type { PlacementRule } from './rule.ts'

export const EVENNESS = {
  /** A provider is much fuller than another that has not this much of its share less … */
  ofShare: 0.25,
  /** … nor this much of all capacity: below it nothing is worth a move. */
  ofCapacity: 0.01,
  /** Beyond this share nothing is moved to a provider for its zone. */
  fullShare: 0.9,
  /** Providers that are offered for one shard, the emptiest ones. */
  offered: 16,
  /** Pairs of providers that are looked at for one set. */
  looks: 256,
} as const

export interface FilledProvider extends FailureDomains {
  readonly peer: PeerId
  /** Bytes of shards that it can hold, at least 1. */
  readonly capacityBytes: number
  /** Bytes that shards take on it or are promised. */
  readonly takenBytes: number
}

/** Providers by how full they are, to be asked about many sets. */
export class FilledFleet {
  readonly #providers: ReadonlyMap<PeerId, FilledProvider>
  /** Those that may be given shards, emptiest first. */
  readonly open: readonly FilledProvider[]
  readonly openByZone: ReadonlyMap<string, readonly FilledProvider[]>

  /** @param isOpen may be given shards */
  constructor(providers: readonly FilledProvider[], isOpen: (peer: PeerId) => boolean) {
    this.#providers = new Map(providers.map((one) => [one.peer, one]))
    this.open = providers.filter(({ peer }) => isOpen(peer)).sort((a, b) => shareOf(a) - shareOf(b) || (a.peer < b.peer ? -1 : 1))
    this.openByZone = Map.groupBy(this.open, zoneOf)
  }

  of(peer: PeerId): FilledProvider | undefined {
    return this.#providers.get(peer)
  }
}

export interface EvenRequest {
  /** All of them are kept. */
  readonly rules: readonly PlacementRule[]
  readonly shardBytes: number
  /** Who holds the set: each of its shards once. */
  readonly held: readonly { readonly index: number; readonly peer: PeerId }[]
  /** A shard may be taken off it now. */
  readonly mayGive: (peer: PeerId) => boolean
  /** The set may lie there. */
  readonly isAllowed: (peer: PeerId) => boolean
}

export interface EvenMove {
  readonly index: number
  readonly from: PeerId
  /** One of these, the emptiest first: each is as good for the set. At least one. */
  readonly to: readonly PeerId[]
}

export const shareOf = ({ takenBytes, capacityBytes }: FilledProvider): number => takenBytes / capacityBytes

/** Much fuller. Of several others, in order of their shares, the first that it is not is followed by none that it is. */
export function isMuchFuller(one: FilledProvider, other: FilledProvider): boolean {
  return shareOf(one) - shareOf(other) > Math.max(EVENNESS.ofCapacity, EVENNESS.ofShare * shareOf(one))
}

/** When the shard has moved from the one to the other, the one is no emptier than the other. */
export const staysFuller = (one: FilledProvider, other: FilledProvider, shardBytes: number): boolean =>
  (one.takenBytes - shardBytes) / one.capacityBytes >= (other.takenBytes + shardBytes) / other.capacityBytes

type Claim = HeldClaim & FilledProvider

/** Undefined: all lies well, or what lies otherwise is for others to mend: a holder that is not known, or a rule that is not kept. */
export function planEven(request: EvenRequest, fleet: FilledFleet): EvenMove | undefined {
  const { held, rules } = request
  const claims = held.flatMap(({ index, peer }): Claim[] => {
    const provider = fleet.of(peer)
    return provider ? [{ ...provider, index }] : []
  })
  if (claims.length < held.length || !rules.every((rule) => keepsRule(claims, rule))) return undefined
  const search = new Search(request, fleet, claims)
  return search.evenZones() ?? search.evenBytes()
}

class Search {
  readonly #request: EvenRequest
  readonly #fleet: FilledFleet
  /** The fullest first. */
  readonly #claims: readonly Claim[]
  /** Those of them whose shard may move. */
  readonly #sources: readonly Claim[]
  readonly #inZone = new Map<string, number>()
  #looks: number = EVENNESS.looks

  constructor(request: EvenRequest, fleet: FilledFleet, claims: readonly Claim[]) {
    this.#request = request
    this.#fleet = fleet
    this.#claims = [...claims].sort((a, b) => shareOf(b) - shareOf(a) || a.index - b.index)
    this.#sources = this.#claims.filter(({ peer }) => request.mayGive(peer))
    for (const claim of claims) this.#inZone.set(zoneOf(claim), this.#shardsIn(zoneOf(claim)) + 1)
  }

  /** From the zone that has most to the one that has fewest and room; the fullest provider first. Zones that are not known are left alone. */
  evenZones(): EvenMove | undefined {
    if (this.#claims.some(({ zone }) => zone === undefined)) return undefined
    const sources = this.#sources.toSorted((a, b) => this.#shardsIn(zoneOf(b)) - this.#shardsIn(zoneOf(a)))
    const zones = [...this.#fleet.openByZone].toSorted(([a], [b]) => this.#shardsIn(a) - this.#shardsIn(b))
    for (const source of sources)
      for (const [zone, open] of zones) {
        if (this.#shardsIn(zoneOf(source)) - this.#shardsIn(zone) < 2) break
        const move = this.#offer(source, open, (to) => to.zone !== undefined && this.#isRoomy(to))
        if (move) return move
      }
    return undefined
  }

  /** Within its zone, or to one that has fewer shards of the set, so that this does not undo the other. */
  evenBytes(): EvenMove | undefined {
    const { shardBytes } = this.#request
    for (const source of this.#sources) {
      const [zone, shards] = [zoneOf(source), this.#shardsIn(zoneOf(source))]
      const emptier = takeWhile(this.#fleet.open, (to) => isMuchFuller(source, to))
      const isBetter = (to: FilledProvider): boolean =>
        staysFuller(source, to, shardBytes) && (zoneOf(to) === zone || this.#shardsIn(zoneOf(to)) < shards)
      const move = this.#offer(source, emptier, isBetter)
      if (move) return move
    }
    return undefined
  }

  #shardsIn(zone: string): number {
    return this.#inZone.get(zone) ?? 0
  }

  #isRoomy({ takenBytes, capacityBytes }: FilledProvider): boolean {
    return takenBytes + this.#request.shardBytes <= EVENNESS.fullShare * capacityBytes
  }

  #offer(source: Claim, open: Iterable<FilledProvider>, isBetter: (to: FilledProvider) => boolean): EvenMove | undefined {
    const { rules, isAllowed } = this.#request
    const rest = this.#claims.filter((claim) => claim !== source)
    const to: PeerId[] = []
    for (const one of open) {
      if (to.length >= EVENNESS.offered || this.#looks <= 0) break
      this.#looks--
      if (this.#claims.some(({ peer }) => peer === one.peer) || !isBetter(one) || !isAllowed(one.peer)) continue
      if (rules.every((rule) => hasPlaceFor(one, rest, rule))) to.push(one.peer)
    }
    return to.length > 0 ? { index: source.index, from: source.peer, to } : undefined
  }
}

function* takeWhile<T>(list: Iterable<T>, holds: (one: T) => boolean): Generator<T> {
  for (const one of list) {
    if (!holds(one)) return
    yield one
  }
}
