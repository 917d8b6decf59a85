/**
 * The consistent-hash ring of trackers: which of them own a key. Every member sits at many places (virtual nodes), so that shares
 * are about equal and a change of members moves only the keys it must.
 *
 * Members are strings that everybody knows from the network's configuration ({@link ringName}), not peer ids: a tracker that lost
 * its volume comes back with another peer id but keeps its share.
 *
 * Knows nothing of who is alive: callers skip members that are away.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { utf8 } from '../model/bytes.ts'
import { itemAt } from '../model/item.ts'
import type { PeerAddress } from '../model/fields.ts'

/** Places per member: shares differ by about 1/√128 ≈ 9 %. */
const VIRTUAL_NODES = 128

const POINT = utf8('lunarx/ring-point/1\0')
const KEY = utf8('lunarx/ring-key/1\0')

/** The name of a tracker on the ring: where it listens. */
export const ringName = (address: Pick<PeerAddress, 'host' | 'controlPort'>): string => `${address.host}:${address.controlPort}`

export interface Ring {
  /** The first `count` distinct members that follow the key, nearest first; fewer when the ring has fewer. */
  owners(key: Uint8Array, count: number): string[]
}

/** Builds a ring to be asked many times. The order of `members` does not matter. */
export function makeRing(members: readonly string[], crypto: CryptoEngine): Ring {
  const points = [...new Set(members)]
    .flatMap((member) =>
      Array.from({ length: VIRTUAL_NODES }, (_, i) => ({ member, at: positionOf(crypto.sha256(POINT, utf8(`${i}\0${member}`))) })),
    )
    .sort((a, b) => a.at - b.at || (a.member < b.member ? -1 : 1))
  const distinct = points.length / VIRTUAL_NODES
  return {
    owners(key, count) {
      const found = new Set<string>()
      const wanted = Math.min(count, distinct)
      const start = firstAfter(points, positionOf(crypto.sha256(KEY, key)))
      for (let step = 0; found.size < wanted; step++) found.add(itemAt(points, (start + step) % points.length).member)
      return [...found]
    },
  }
}

/** One question to a ring that is not kept. */
export function ringOwners(peers: readonly string[], key: Uint8Array, count: number, crypto: CryptoEngine): string[] {
  return makeRing(peers, crypto).owners(key, count)
}

/** The first 48 bits: exact in a double. */
function positionOf(digest: Uint8Array): number {
  let position = 0
  for (let i = 0; i < 6; i++) position = position * 256 + (digest[i] ?? 0)
  return position
}

/** Index of the first point at or after a position; points.length when there is none. */
function firstAfter(points: readonly { readonly at: number }[], position: number): number {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (itemAt(points, middle).at < position) low = middle + 1
    else high = middle
  }
  return low
}
