/**
 * As many providers as the rule allows: at each level that binds (failure domain, backing store, and zone where the class says so) no more
 * than the limit. Of those that fit, next comes one of the zone that has the fewest shards of the set: they are spread evenly over zones.
 *
 * Zones that consist of domains are a tree, and backing stores lie across it: taking what fits is not always the most then. The rest is
 * found by augmenting paths of the intersection of two matroids (Edmonds 1970; domains and stores alone: Berge 1957), which makes it exact.
 * Where no store is shared, taking what fits is, and nothing else is done. Where zones bind and domains lie across them as well, the rule
 * is kept and the number may be too small.
 *
 * @module
 */
import type { FailureDomains } from './candidate.ts'

export interface ChoosingRule {
  /** Shards in one domain, in one store, and in one zone if zones bind. */
  readonly limit: number
  readonly bindsZones?: boolean | undefined
  /** Where shards lie already. */
  readonly settled: readonly FailureDomains[]
  /** No more than this. */
  readonly wanted: number
}

/** @param candidates in the order of preference: those that come first are taken while they fit, and while their zones have no more than others */
export function choose<C extends FailureDomains>(rule: ChoosingRule, candidates: readonly C[]): C[] {
  const room = new Room<C>(rule)
  takeEvenly(candidates, rule.wanted, room)
  if (candidates.some(({ store }) => store !== undefined)) while (room.chosen.size < rule.wanted && augment(candidates, room));
  return [...room.chosen]
}

/** All of which no zone is told, or known, are one. */
export const zoneOf = ({ zone = '' }: FailureDomains): string => zone

class Room<C extends FailureDomains> {
  readonly chosen = new Set<C>()
  readonly #limit: number
  readonly #bindsZones: boolean
  readonly #domains = new Map<string, number>()
  readonly #stores = new Map<string, number>()
  readonly #zones = new Map<string, number>()

  constructor({ limit, bindsZones = false, settled }: ChoosingRule) {
    this.#limit = limit
    this.#bindsZones = bindsZones
    for (const one of settled) this.#count(one, 1)
  }

  /** Shards of the set. */
  inZone(zone: string): number {
    return this.#zones.get(zone) ?? 0
  }

  /** @param without as if this one were given back */
  hasPlace(one: FailureDomains, without?: FailureDomains): boolean {
    const isFree = (counts: ReadonlyMap<string, number>, value: string, given: string | undefined): boolean =>
      (counts.get(value) ?? 0) - Number(given === value) < this.#limit
    const isDomainFree = isFree(this.#domains, one.domain, without?.domain)
    return isDomainFree && (!this.#bindsZones || isFree(this.#zones, zoneOf(one), without && zoneOf(without)))
  }

  inStore(store: string | undefined): boolean {
    return store === undefined || (this.#stores.get(store) ?? 0) < this.#limit
  }

  fits(one: FailureDomains): boolean {
    return this.hasPlace(one) && this.inStore(one.store)
  }

  take(one: C): void {
    this.chosen.add(one)
    this.#count(one, 1)
  }

  giveBack(one: C): void {
    this.chosen.delete(one)
    this.#count(one, -1)
  }

  /** Those of one place are alike but for their stores. */
  placeOf(one: FailureDomains): string {
    return this.#bindsZones ? `${one.domain}\0${zoneOf(one)}` : one.domain
  }

  #count(one: FailureDomains, by: number): void {
    const add = (counts: Map<string, number>, value: string): void => void counts.set(value, (counts.get(value) ?? 0) + by)
    add(this.#domains, one.domain)
    add(this.#zones, zoneOf(one))
    if (one.store !== undefined) add(this.#stores, one.store)
  }
}

/**
 * Level by level: of the zones that have the fewest shards each takes one more, in the order of preference. A zone in which nobody fits
 * is left out for good, since room only shrinks.
 */
function takeEvenly<C extends FailureDomains>(candidates: readonly C[], wanted: number, room: Room<C>): void {
  const zones = new Set(candidates.map(zoneOf))
  while (room.chosen.size < wanted && zones.size > 0) {
    const fewest = Math.min(...[...zones].map((zone) => room.inZone(zone)))
    const due = new Set([...zones].filter((zone) => room.inZone(zone) === fewest))
    for (const one of candidates) {
      if (room.chosen.size === wanted || due.size === 0) break
      if (!due.has(zoneOf(one)) || room.chosen.has(one) || !room.fits(one)) continue
      room.take(one)
      due.delete(zoneOf(one))
    }
    for (const zone of due) zones.delete(zone)
  }
}

/** How a place was reached: a candidate to take whose store another has to leave. */
interface Step<C> {
  readonly take: C
  readonly give: C
}

/** One provider more by exchanging others, if there is a way. Breadth first: the fewest exchanges. */
function augment<C extends FailureDomains>(candidates: readonly C[], room: Room<C>): boolean {
  const free = Map.groupBy(
    candidates.filter((one) => !room.chosen.has(one)),
    (one) => room.placeOf(one),
  )
  const reached = new Map<string, Step<C> | undefined>()
  const seenStores = new Set<string>()
  const reach = (step: Step<C> | undefined): void => {
    for (const [place, [one]] of free) if (one && !reached.has(place) && room.hasPlace(one, step?.give)) reached.set(place, step)
  }
  reach(undefined)
  for (const place of reached.keys()) {
    for (const take of free.get(place) ?? []) {
      if (room.inStore(take.store)) return exchange(take, reached, room)
      if (take.store === undefined || seenStores.has(take.store)) continue
      seenStores.add(take.store)
      for (const give of room.chosen) if (give.store === take.store) reach({ take, give })
    }
  }
  return false
}

/** False, and nothing is exchanged, if that would break the rule: where domains lie across zones that bind. */
function exchange<C extends FailureDomains>(last: C, reached: ReadonlyMap<string, Step<C> | undefined>, room: Room<C>): boolean {
  const [taken, given]: [C[], C[]] = [[], []]
  for (let take: C | undefined = last; take;) {
    const step: Step<C> | undefined = reached.get(room.placeOf(take))
    taken.push(take)
    if (step) given.push(step.give)
    take = step?.take
  }
  for (const one of given) room.giveBack(one)
  const added: C[] = []
  for (const one of taken) {
    if (!room.fits(one)) break
    room.take(one)
    added.push(one)
  }
  if (added.length === taken.length) return true
  for (const one of added) room.giveBack(one)
  for (const one of given) room.take(one)
  return false
}
