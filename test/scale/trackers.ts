/**
 * The ring of trackers at scale: how evenly it spreads sets, what moves when members change, what half of them gone takes away.
 *
 * @module
 */
import { utf8 } from '@lunarx/core/model'
import { makeRing } from '@lunarx/core/placement'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SeededRandom } from '@lunarx/runtime/random'
import type { ScaleShape } from './shape.ts'

export interface RingFindings {
  /** Of the sets, by tracker: the first owner does the work. */
  readonly shares: readonly number[]
  /** Of the places of records, when one tracker joins, and the least that must. */
  readonly movedByJoining: number
  readonly leastMovedByJoining: number
  /** When half of them are gone: sets of which no owner is left, and what chance alone would leave. */
  readonly ownerless: number
  readonly expectedOwnerless: number
  /** Shares of those that are left, of all sets. */
  readonly sharesOfHalf: readonly number[]
}

const KEYS = 20_000

export function lookAtRing({ seed, trackers, copies }: ScaleShape): RingFindings {
  const names = Array.from({ length: trackers }, (_, i) => `tracker-${i}.tracker.storage.svc:4001`)
  const keys = Array.from({ length: KEYS }, (_, i) => crypto.sha256(utf8(`set ${i} of ${seed}`)))
  const ring = makeRing(names, crypto)
  const larger = makeRing([...names, 'tracker-new.tracker.storage.svc:4001'], crypto)
  const random = new SeededRandom(`trackers ${seed}`)
  const left = new Set(names)
  while (left.size > Math.ceil(trackers / 2)) left.delete(names[random.below(names.length)] ?? '')
  const counts = new Map<string, number>()
  const countsOfHalf = new Map<string, number>()
  const add = (to: Map<string, number>, name: string | undefined): void => void (name && to.set(name, (to.get(name) ?? 0) + 1))
  let [moved, ownerless] = [0, 0]
  for (const key of keys) {
    const owners = ring.owners(key, copies)
    add(counts, owners[0])
    const isNew = (name: string): boolean => !owners.includes(name)
    moved += larger.owners(key, copies).filter(isNew).length
    const alive = owners.filter((name) => left.has(name))
    if (alive.length === 0) ownerless++
    // nobody among the owners: the next on the ring that is left, once the others are taken out of the network
    add(countsOfHalf, alive[0] ?? ring.owners(key, trackers).find((name) => left.has(name)))
  }
  return {
    shares: names.map((name) => (counts.get(name) ?? 0) / KEYS),
    movedByJoining: moved / (KEYS * copies),
    leastMovedByJoining: 1 / (trackers + 1),
    ownerless: ownerless / KEYS,
    expectedOwnerless: chanceOfNone(trackers, left.size, copies),
    sharesOfHalf: [...left].map((name) => (countsOfHalf.get(name) ?? 0) / KEYS),
  }
}

/** That none of `copies` distinct trackers is among those left. */
function chanceOfNone(trackers: number, left: number, copies: number): number {
  let chance = 1
  for (let i = 0; i < copies; i++) chance *= (trackers - left - i) / (trackers - i)
  return chance
}
