/**
 * As many providers as the rule allows: at each level, failure domain and backing store, no more than the limit.
 *
 * Two levels make a bipartite graph: domains on one side, stores on the other, providers as edges, a limit at every node. Taking what
 * fits is not always the most; the rest is found by augmenting paths (Berge 1957), which makes it exact. Where no store is shared,
 * taking what fits is, and nothing else is done.
 *
 * @module
 */
import type { FailureDomains } from './candidate.ts'

export interface ChoosingRule {
  /** Shards in one domain, and in one store. */
  readonly limit: number
  /** Where shards lie already. */
  readonly settled: readonly FailureDomains[]
  /** No more than this. */
  readonly wanted: number
}

/** @param candidates in the order of preference: those that come first are taken while they fit */
export function choose<C extends FailureDomains>({ limit, settled, wanted }: ChoosingRule, candidates: readonly C[]): C[] {
  const room = new Room(limit, settled)
  const chosen = new Set<C>()
  for (const candidate of candidates) {
    if (chosen.size >= wanted) break
    if (room.fits(candidate)) room.take(candidate, chosen)
  }
  if (candidates.some(({ store }) => store !== undefined)) while (chosen.size < wanted && augment(candidates, chosen, room));
  return [...chosen]
}

class Room {
  readonly #limit: number
  readonly #domains = new Map<string, number>()
  readonly #stores = new Map<string, number>()

  constructor(limit: number, settled: readonly FailureDomains[]) {
    this.#limit = limit
    for (const one of settled) this.#count(one, 1)
  }

  inDomain(domain: string): boolean {
    return (this.#domains.get(domain) ?? 0) < this.#limit
  }

  inStore(store: string | undefined): boolean {
    return store === undefined || (this.#stores.get(store) ?? 0) < this.#limit
  }

  fits({ domain, store }: FailureDomains): boolean {
    return this.inDomain(domain) && this.inStore(store)
  }

  take<C extends FailureDomains>(one: C, chosen: Set<C>): void {
    chosen.add(one)
    this.#count(one, 1)
  }

  give<C extends FailureDomains>(one: C, chosen: Set<C>): void {
    chosen.delete(one)
    this.#count(one, -1)
  }

  #count({ domain, store }: FailureDomains, by: number): void {
    this.#domains.set(domain, (this.#domains.get(domain) ?? 0) + by)
    if (store !== undefined) this.#stores.set(store, (this.#stores.get(store) ?? 0) + by)
  }
}

/** How a domain was reached: a candidate to take that leads to one to give back. */
interface Step<C> {
  readonly take: C
  readonly give: C
}

/** One provider more by exchanging others, if there is a way. Breadth first: the fewest exchanges. */
function augment<C extends FailureDomains>(candidates: readonly C[], chosen: Set<C>, room: Room): boolean {
  const free = Map.groupBy(
    candidates.filter((one) => !chosen.has(one)),
    ({ domain }) => domain,
  )
  const reached = new Map<string, Step<C> | undefined>()
  const seenStores = new Set<string>()
  for (const domain of free.keys()) if (room.inDomain(domain)) reached.set(domain, undefined)
  for (const domain of reached.keys()) {
    for (const take of free.get(domain) ?? []) {
      if (room.inStore(take.store)) {
        exchange(take, reached, chosen, room)
        return true
      }
      if (take.store === undefined || seenStores.has(take.store)) continue
      seenStores.add(take.store)
      for (const give of chosen) if (give.store === take.store && !reached.has(give.domain)) reached.set(give.domain, { take, give })
    }
  }
  return false
}

function exchange<C extends FailureDomains>(last: C, reached: ReadonlyMap<string, Step<C> | undefined>, chosen: Set<C>, room: Room): void {
  let take: C | undefined = last
  while (take) {
    const step: Step<C> | undefined = reached.get(take.domain)
    room.take(take, chosen)
    if (step) room.give(step.give, chosen)
    take = step?.take
  }
}
