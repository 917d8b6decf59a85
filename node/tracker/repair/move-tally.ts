/**
 * What providers that are being drained still hold and nobody that stays: set by set, and summed up by provider.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { Move } from './moves.ts'

interface Counted {
  readonly moves: readonly Move[]
  readonly shardBytes: number
  /** This tracker is the one that answers for the set. */
  readonly isOwn: boolean
}

export interface Left {
  /** Of sets that this tracker answers for. */
  readonly shards: number
  readonly bytes: number
  /** Of every set that it knows. */
  readonly known: number
}

const NOTHING: Left = { shards: 0, bytes: 0, known: 0 }

export class MoveTally {
  readonly #bySet = new Map<string, Counted>()
  readonly #byPeer = new Map<PeerId, Left>()

  /** Replaces what was counted of the set before. */
  count(hex: string, counted: Counted): void {
    this.uncount(hex)
    if (counted.moves.length === 0) return
    this.#bySet.set(hex, counted)
    this.#add(counted, 1)
  }

  uncount(hex: string): void {
    const counted = this.#bySet.get(hex)
    if (!counted) return
    this.#bySet.delete(hex)
    this.#add(counted, -1)
  }

  leftOn(peer: PeerId): Left {
    return this.#byPeer.get(peer) ?? NOTHING
  }

  /** Sets that this tracker answers for and of which shards have to be moved. */
  *ownSets(): Generator<string> {
    for (const [hex, { isOwn }] of this.#bySet) if (isOwn) yield hex
  }

  has(hex: string): boolean {
    return this.#bySet.has(hex)
  }

  #add({ moves, shardBytes, isOwn }: Counted, sign: 1 | -1): void {
    for (const { peer } of moves) {
      const { shards, bytes, known } = this.leftOn(peer)
      const own = isOwn ? sign : 0
      const left = { shards: shards + own, bytes: bytes + own * shardBytes, known: known + sign }
      if (left.known === 0) this.#byPeer.delete(peer)
      else this.#byPeer.set(peer, left)
    }
  }
}
