/**
 * What placement knows of a provider, and what it answers. Deciding is in `place.ts`.
 *
 * @module
 */
import type { PeerId } from '../membership/peer-id.ts'
import type { PlacementRule } from './rule.ts'

/** What a provider fails together with. Domain and store bind every set, each by itself; zones those of classes that say so. */
export interface FailureDomains {
  /** Value of the network's binding failure-domain key. */
  readonly domain: string
  /** Zone of its node; '': none is told, and all of which none is told are one. Unset: not known (yet), which counts as none. */
  readonly zone?: string | undefined
  /** Backing store that others may share: a bucket, an HDFS. Unset: a volume of its own. */
  readonly store?: string | undefined
}

export interface Candidate extends FailureDomains {
  readonly peer: PeerId
  readonly freeBytes: number
  /** 0 (idle) .. 1 (overloaded). */
  readonly load: number
}

export interface PlacementRequest extends PlacementRule {
  readonly shardBytes: number
  /** Indices to place. */
  readonly wanted: readonly number[]
  /** Shards of the set that stay where they are: provider and its domains. */
  readonly settled: readonly ({ readonly peer: PeerId } & FailureDomains)[]
}

export type Placement =
  | { readonly kind: 'placed'; readonly at: readonly { readonly index: number; readonly peer: PeerId }[] }
  | { readonly kind: 'refused'; readonly short: number; readonly reason: 'domains' | 'zones' | 'providers' | 'space' }
