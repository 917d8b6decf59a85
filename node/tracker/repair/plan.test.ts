import fc from 'fast-check'
import test from 'ava'
import type { Holder } from '../map/index.ts'
import { assessSet, type HolderStanding } from './assess.ts'
import { planRepair, type DegradedSet } from './plan.ts'
import { inOrderOfRisk } from './risk-order.ts'

const shape = { required: 4, parity: 2 }
interface Given extends HolderStanding {
  readonly silentMs?: number
}
const alive: Given = { state: 'alive', isDeclaredLost: false }
const suspect: Given = { state: 'suspect', isDeclaredLost: false }
const silent = (silentMs: number): Given => ({ state: 'lost', isDeclaredLost: false, silentMs })
const gone: Given = { state: 'lost', isDeclaredLost: true }
const silenceOf = (peer: string): number => Number(peer.split(' silent for ')[1])
const rules = { rebuildAfterMs: 600_000, isWarm: true, limit: 100, silenceOf }

/** A 4+2 set whose shard i is with peer i, with these standings; null: nobody holds it. */
function assess(standings: readonly (Given | null)[], condemned: readonly number[] = []) {
  const holders: Holder[] = standings.flatMap((standing, index) =>
    standing === null ? [] : [{ index, peer: `${index} silent for ${standing.silentMs ?? 0}`, isCondemned: condemned.includes(index) }],
  )
  return assessSet(shape, holders, (peer) => standings[Number.parseInt(peer, 10)] ?? undefined)
}

const degraded = (hex: string, ...given: Parameters<typeof assess>): DegradedSet => ({ hex, shardBytes: 10, ...assess(...given) })
const plan = (sets: DegradedSet[], more = {}) =>
  planRepair(sets.toSorted(inOrderOfRisk), { ...rules, ...more }).map(({ hex, indices }) => [hex, indices])

test('a whole set has its full margin and nothing to do', (t) => {
  t.deepEqual(assess([alive, alive, suspect, alive, alive, alive]), { margin: 2, missing: [], doubted: 0, lossProbability: 0 })
})

test('a provider that says to have every shard counts for one', (t) => {
  const honest = (indices: readonly number[]): Holder[] => indices.map((index) => ({ index, peer: `p${index}`, isCondemned: false }))
  const liar = [0, 1, 2, 3, 4, 5].map((index): Holder => ({ index, peer: 'liar', isCondemned: false }))
  const of = (holders: readonly Holder[]) => assessSet(shape, holders, () => alive)
  t.deepEqual(of([...honest([0, 1, 2, 3, 4]), ...liar]), { margin: 2, missing: [], doubted: 0, lossProbability: 0 })
  t.like(of([...liar, ...honest([0, 1, 2])]), { margin: 0 })
  t.is(of([...liar, ...honest([0, 1, 2])]).missing.length, 2)
  t.is(of(liar).margin, 1 - shape.required)
})

test('a suspect holder still counts, and weighs more in the risk', (t) => {
  const calm = assess([gone, alive, alive, alive, alive, alive])
  const tense = assess([gone, suspect, alive, alive, alive, alive])
  t.is(calm.margin, tense.margin)
  t.true(tense.lossProbability > calm.lossProbability)
})

for (const [claim, sets, expected] of [
  ['a certain loss is repaired at once', [degraded('a', [gone, alive, alive, alive, alive, alive])], [['a', [0]]]],
  ['a silent holder is waited for', [degraded('a', [silent(60_000), alive, alive, alive, alive, alive])], []],
  ['but not for ever', [degraded('a', [silent(600_000), alive, alive, alive, alive, alive])], [['a', [0]]]],
  ['and not at margin 0', [degraded('a', [silent(60_000), silent(60_000), alive, alive, alive, alive])], [['a', [0, 1]]]],
  ['a shard that turned out wrong is replaced at once', [degraded('a', [alive, alive, alive, alive, alive, alive], [2])], [['a', [2]]]],
  ['a shard that nobody holds is made', [degraded('a', [alive, alive, alive, null, alive, alive])], [['a', [3]]]],
  ['below k nothing can be made', [degraded('a', [gone, gone, gone, alive, alive, alive])], []],
  [
    'below k, condemned shards that would make up for it are tried',
    [degraded('a', [gone, gone, alive, alive, alive, alive], [5])],
    [['a', [0, 1, 5]]],
  ],
  ['those of a lost holder are not', [degraded('a', [gone, gone, alive, alive, alive, gone], [5])], []],
] as const)
  test(claim, (t) => t.deepEqual(plan([...sets]), expected as unknown as ReturnType<typeof plan>))

test('of a set with two shards to spare, only what is certain is made', (t) => {
  const wide = assessSet(
    { required: 3, parity: 3 },
    [0, 1, 2, 3, 4, 5].map((index) => ({ index, peer: `${index} silent for 60000`, isCondemned: false })),
    (peer) => (peer.startsWith('0') ? gone : peer.startsWith('1') ? silent(60_000) : alive),
  )
  t.deepEqual(plan([{ hex: 'a', shardBytes: 1, ...wide }]), [['a', [0]]])
})

test('a tracker that has not heard everyone makes no shard for want of a holder', (t) => {
  t.deepEqual(plan([degraded('a', [alive, alive, alive, null, alive, alive])], { isWarm: false }), [])
  t.deepEqual(plan([degraded('a', [gone, alive, alive, alive, alive, alive])], { isWarm: false }), [['a', [0]]])
})

test('a second holder that can be relied on makes up for the first', (t) => {
  const holders = [0, 1, 2, 3, 4, 5].map((index) => ({ index, peer: `p${index}`, isCondemned: false }))
  const { missing } = assessSet(shape, [...holders, { index: 0, peer: 'q', isCondemned: false }], (peer) => (peer === 'p0' ? gone : alive))
  t.deepEqual(missing, [])
})

test('repairs come in order of risk, margin 0 first, and no more than the limit', (t) => {
  const sets = [
    degraded('one', [gone, alive, alive, alive, alive, alive]),
    degraded('tense', [gone, suspect, alive, alive, alive, alive]),
    degraded('bare', [gone, gone, alive, alive, alive, alive]),
  ]
  t.deepEqual(
    plan(sets).map(([hex]) => hex),
    ['bare', 'tense', 'one'],
  )
  t.deepEqual(
    plan(sets, { limit: 1 }).map(([hex]) => hex),
    ['bare'],
  )
})

test('sets of different codes come in the order of their danger: the wider one first of those with as much to spare', (t) => {
  const of = (hex: string, required: number, parity: number, lost: number): DegradedSet => {
    const holders = Array.from({ length: required + parity }, (_, index) => ({ index, peer: `p${index}`, isCondemned: false }))
    const standingOf = (peer: string) => (Number(peer.slice(1)) < lost ? gone : alive)
    return { hex, shardBytes: 1, ...assessSet({ required, parity }, holders, standingOf) }
  }
  const sets = [of('narrow', 4, 2, 1), of('wide', 10, 4, 3), of('safe', 10, 4, 1), of('bare narrow', 2, 1, 1), of('bare wide', 10, 4, 4)]
  t.deepEqual(
    plan(sets).map(([hex]) => hex),
    ['bare wide', 'bare narrow', 'wide', 'narrow', 'safe'],
  )
})

test('margin and missing shards always add up', (t) => {
  const standing = fc.constantFrom(alive, suspect, silent(70_000), gone, null)
  fc.assert(
    fc.property(fc.array(standing, { minLength: 6, maxLength: 6 }), fc.subarray([0, 1, 2, 3, 4, 5]), (standings, condemned) => {
      const assessed = assess(standings, condemned)
      const { margin, missing, doubted, lossProbability } = assessed
      t.is(margin, 6 - missing.length - shape.required)
      t.true(lossProbability >= 0 && lossProbability <= 1)
      const [task] = planRepair([{ hex: 'a', shardBytes: 1, ...assessed }], rules)
      t.true(task === undefined || (margin + doubted >= 0 && task.indices.every((index) => missing.some((shard) => shard.index === index))))
    }),
  )
})
