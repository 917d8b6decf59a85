/**
 * What placement knows of a provider, and what it answers. Deciding is in `place.ts`.
 *
 * @module
 */
import type { PeerId } from '../membership/peer-id.ts'

export interface Candidate {
  readonly peer: PeerId
  /** Value of the network's binding failure-domain key. */
  readonly domain: string
  readonly freeBytes: number
  /** 0 (idle) .. 1 (overloaded). */
  readonly load: number
}

export interface PlacementRequest {
  readonly required: number
  readonly parity: number
  /** d: at most ⌊m/d⌋ shards of a set in one domain (m if d = 0), one per provider. */
  readonly survive: number
  readonly shardBytes: number
  /** Indices to place. */
  readonly wanted: readonly number[]
  /** Shards of the set that stay where they are: provider and its domain. */
  readonly settled: readonly { readonly peer: PeerId; readonly domain: string }[]
}

export type Placement =
  | { readonly kind: 'placed'; readonly at: readonly { readonly index: number; readonly peer: PeerId }[] }
  | { readonly kind: 'refused'; readonly short: number; readonly reason: 'domains' | 'providers' | 'space' }
