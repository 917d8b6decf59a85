/**
 * What placement knows of a provider, and what it answers. Deciding is in `place.ts`.
 *
 * @module
 */
import type { PeerId } from '../membership/peer-id.ts'

/** What binds of all that a provider fails together with: the rule holds for each by itself. */
export interface FailureDomains {
  /** Value of the network's binding failure-domain key. */
  readonly domain: string
  /** Backing store that others may share: a bucket, an HDFS. Unset: a volume of its own. */
  readonly store?: string | undefined
}

export interface Candidate extends FailureDomains {
  readonly peer: PeerId
  readonly freeBytes: number
  /** 0 (idle) .. 1 (overloaded). */
  readonly load: number
}

export interface PlacementRequest {
  readonly required: number
  readonly parity: number
  /** d: at most ⌊m/d⌋ shards of a set in one domain or backing store (m if d = 0), one per provider. */
  readonly survive: number
  readonly shardBytes: number
  /** Indices to place. */
  readonly wanted: readonly number[]
  /** Shards of the set that stay where they are: provider and its domains. */
  readonly settled: readonly ({ readonly peer: PeerId } & FailureDomains)[]
}

export type Placement =
  | { readonly kind: 'placed'; readonly at: readonly { readonly index: number; readonly peer: PeerId }[] }
  | { readonly kind: 'refused'; readonly short: number; readonly reason: 'domains' | 'providers' | 'space' }
