/**
 * Pods that pretend to be many and lie on one disk: the operator says that they are one domain, so no set has more than ⌊m/d⌋ shards there.
 *
 * @module
 */
import { domainLimit, place, type Candidate } from '@lunarx/core/placement'
import { SeededRandom } from '@lunarx/runtime/random'
import type { Attack } from './measure.ts'
import { CODE } from './shards.ts'

const HONEST = 8
const SYBILS = 24
const SURVIVE = 1

/** @param isDeclared domains are what the peers say, which no network believes */
const candidates = (isDeclared: boolean): Candidate[] => [
  ...Array.from({ length: HONEST }, (_, i) => ({ peer: `honest ${i}`, domain: `node ${i}`, freeBytes: 1e12, load: 0 })),
  ...Array.from({ length: SYBILS }, (_, i) => ({
    peer: `sybil ${i}`,
    domain: isDeclared ? `node s${i}` : 'node s',
    freeBytes: 1e12,
    load: 0,
  })),
]

/** Sets that are lost when the disk under all of them goes. */
function lostOf(sets: number, isDeclared: boolean): number {
  const random = new SeededRandom(7)
  const all = candidates(isDeclared)
  const wanted = Array.from({ length: CODE.required + CODE.parity }, (_, index) => index)
  let lost = 0
  for (let set = 0; set < sets; set++) {
    const placed = place({ ...CODE, survive: SURVIVE, shardBytes: 1, wanted, settled: [] }, all, () => random.uniform())
    if (placed.kind === 'refused') throw new Error(`no place: ${placed.reason}`)
    if (placed.at.filter(({ peer }) => peer.startsWith('sybil')).length > CODE.parity) lost++
  }
  return lost
}

export function placeSybils(sets: number): Attack {
  return {
    attack: `${SYBILS} Sybil pods on one disk, beside ${HONEST} honest ones`,
    paper: 'Sybil',
    counted: 'sets lost with that disk',
    formula: `0: at most ⌊m/d⌋ = ${domainLimit({ ...CODE, survive: SURVIVE })} of a set there`,
    expected: 0,
    measured: lostOf(sets, false) / sets,
    trials: sets,
    beside: [{ what: 'sets lost, had pods named their domains themselves', count: lostOf(sets, true), due: 'some' }],
  }
}
