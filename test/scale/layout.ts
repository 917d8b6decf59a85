/**
 * Who holds which shard, in columns: one number for each shard of each set. Placed by the rule that trackers place by.
 *
 * Providers are equally large and idle, so that the order in which `place` would draw them is uniform; of that order only the beginning
 * is drawn, until every zone is among them and the set lies evenly: `choose` looks no further. `place` itself looks at every provider for
 * every set.
 *
 * @module
 */
import { choose, domainLimit, type FailureDomains } from '@lunarx/core/placement'
import { itemAt } from '@lunarx/core/model'
import { SeededRandom } from '@lunarx/runtime/random'
import type { ScaleShape } from './shape.ts'

/** A provider, as `choose` sees it. */
interface Place extends FailureDomains {
  readonly provider: number
}

/** Drawn beyond what is wanted: some fall into domains that are full. More are drawn where that is not enough, so many times. */
const SPARE = 1
const MAX_ROUNDS = 8

/** Providers that may be chosen, and the zones that have any. */
export interface Open {
  readonly isOpen: (provider: number) => boolean
  readonly zones: readonly number[]
}

export class Layout {
  readonly shape: ScaleShape
  /** Provider of shard i of set s at s · n + i. */
  readonly holders: Uint32Array
  readonly #places: readonly Place[]
  readonly #random: SeededRandom
  readonly #limit: number

  constructor(shape: ScaleShape) {
    const { seed, providers, sets, required, parity, survive } = shape
    this.shape = shape
    this.#random = new SeededRandom(`scale ${seed}`)
    this.#limit = domainLimit({ parity, survive })
    // one text for all providers of a rack or a zone: a hundred thousand of them do not fit into the caches of a processor
    const domains = Array.from({ length: shape.racks }, (_, rack) => `rack-${rack}`)
    const zones = Array.from({ length: shape.zones }, (_, zone) => `zone-${zone}`)
    this.#places = Array.from({ length: providers }, (_, provider) => ({
      provider,
      domain: itemAt(domains, this.rackOf(provider)),
      zone: itemAt(zones, this.zoneOf(provider)),
    }))
    const shards = required + parity
    this.holders = new Uint32Array(sets * shards)
    const everybody = this.openTo(() => true)
    for (let set = 0; set < sets; set++) {
      const chosen = this.choose(shards, [], everybody)
      if (chosen.length < shards) throw new Error('a set cannot be placed')
      for (const [i, provider] of chosen.entries()) this.holders[set * shards + i] = provider
    }
  }

  rackOf(provider: number): number {
    return provider % this.shape.racks
  }

  zoneOf(provider: number): number {
    return this.rackOf(provider) % this.shape.zones
  }

  /** Holders of a set, in order of index. */
  holdersOf(set: number): Uint32Array {
    const shards = this.shape.required + this.shape.parity
    return this.holders.subarray(set * shards, (set + 1) * shards)
  }

  domainsOf(provider: number): FailureDomains {
    return itemAt(this.#places, provider)
  }

  openTo(isOpen: (provider: number) => boolean): Open {
    const providers = this.#places.map(({ provider }) => provider)
    return { isOpen, zones: [...new Set(providers.filter(isOpen).map((provider) => this.zoneOf(provider)))] }
  }

  /** Providers for as many shards as are wanted, or for all that there is room for. @param settled holders of the others */
  choose(wanted: number, settled: readonly number[], { isOpen, zones }: Open): number[] {
    const rule = { limit: this.#limit, settled: settled.map((provider) => this.domainsOf(provider)), wanted }
    const drawn: number[] = []
    const missing = new Set(zones)
    for (let round = 1; ; round++) {
      for (let left = (wanted + SPARE) * round; left > 0 || missing.size > 0; left--) {
        const provider = this.#random.below(this.#places.length)
        if (settled.includes(provider) || drawn.includes(provider) || !isOpen(provider)) continue
        drawn.push(provider)
        missing.delete(this.zoneOf(provider))
      }
      const candidates = drawn.map((provider) => itemAt(this.#places, provider))
      const chosen = choose(rule, candidates).map(({ provider }) => provider)
      if (round > MAX_ROUNDS || (chosen.length === wanted && this.#isEven([...settled, ...chosen], zones))) return chosen
    }
  }

  /** No zone has two shards more than another. */
  #isEven(holders: readonly number[], zones: readonly number[]): boolean {
    const counts = new Uint16Array(this.shape.zones)
    for (const provider of holders) counts[this.zoneOf(provider)]! += 1
    const shards = zones.map((zone) => counts[zone] ?? 0)
    return Math.max(...shards) - Math.min(...shards) <= 1
  }
}
