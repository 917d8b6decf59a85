import type { SetsByMargin, TrackerStatus } from '@lunarx/wire'
import test from 'ava'
import { aProvider } from './fleet.fixture.ts'
import { mergeFleet, smallestMargin, totalSets } from './fleet.ts'

const sets = (margin: Record<string, number>, rest: Partial<SetsByMargin> = {}): SetsByMargin => ({
  margin,
  degraded: 0,
  backlogShards: 0,
  backlogBytes: 0,
  etaMs: null,
  repairedShards: 0,
  ...rest,
})

const status = (changes: Partial<TrackerStatus>): TrackerStatus => ({
  tracker: 't',
  name: 'tracker-0',
  epoch: 1,
  sets: sets({}),
  records: 0,
  providers: [],
  trackers: [],
  timeMs: 0,
  ...changes,
})

const THREE = { desired: 3, survive: 1 }

test('a provider is as alive as the tracker that heard of it last says, of two that have', (t) => {
  const cut = status({ providers: [aProvider('pool-0', 'p', { state: 'lost', silentMs: 70_000 })] })
  const hears = status({ providers: [aProvider('pool-0', 'p', { silentMs: 500, mergedEpoch: 3 })] })
  const never = status({ providers: [aProvider('pool-0', 'p', { state: 'suspect', silentMs: null })] })
  for (const order of [
    [cut, hears, never],
    [never, hears, cut],
    [hears, cut, never],
  ]) {
    const [provider] = mergeFleet(order, THREE).providers
    t.is(provider?.state, 'alive')
    t.is(provider?.mergedEpoch, 3)
  }
})

test('a loss is certain once most of the trackers that answer say so: until then they are told again', (t) => {
  const knows = status({ providers: [aProvider('pool-0', 'p', { silentMs: 5_000, declaredLost: true, retired: true })] })
  const doesNot = status({ providers: [aProvider('pool-0', 'p')] })
  const isLost = (...statuses: TrackerStatus[]) =>
    mergeFleet(statuses, THREE).providers.map(({ declaredLost, retired }) => [declaredLost, retired])
  t.deepEqual(isLost(doesNot, knows), [[false, false]])
  t.deepEqual(isLost(doesNot, knows, status({})), [[false, false]])
  t.deepEqual(isLost(doesNot, knows, knows), [[true, true]])
  t.deepEqual(isLost(knows), [[true, true]])
})

test('of trackers that have measured how fast they repair, the middle one counts, of two the slower', (t) => {
  const speedOf = (...speeds: (number | undefined)[]) =>
    mergeFleet(
      speeds.map((speed) => status({ sets: sets({}, speed === undefined ? {} : { rebuiltBytesPerSecond: speed }) })),
      THREE,
    ).sets.rebuiltBytesPerSecond
  t.is(speedOf(500, undefined, 300), 300)
  t.is(speedOf(1, 500, 300), 300, 'one that lies does not make the others slow')
  t.is(speedOf(undefined, 500), 500)
  t.is(speedOf(undefined, undefined), undefined)
})

test('sets are summed, the longest repair counts', (t) => {
  const merged = mergeFleet(
    [
      status({ sets: sets({ '2': 10, '1': 1 }, { degraded: 1, backlogBytes: 5, etaMs: 4_000 }) }),
      status({ sets: sets({ '2': 7, lost: 1 }, { degraded: 1, backlogBytes: 6, etaMs: null }) }),
    ],
    THREE,
  )
  t.deepEqual(merged.sets.margin, { '1': 1, '2': 17, lost: 1 })
  t.is(merged.sets.degraded, 2)
  t.is(merged.sets.backlogBytes, 11)
  t.is(merged.sets.etaMs, 4_000)
  t.is(totalSets(merged.sets), 19)
})

const margins: [Record<string, number>, number | undefined][] = [
  [{}, undefined],
  [{ '2': 0 }, undefined],
  [{ '2': 5, '1': 1 }, 1],
  [{ '2': 5, '0': 1 }, 0],
  [{ '10': 5, '2': 1 }, 2],
  [{ '2': 5, lost: 1 }, -1],
]
for (const [margin, smallest] of margins) {
  test(`the smallest margin of ${JSON.stringify(margin)} is ${smallest}`, (t) => t.is(smallestMargin(sets(margin)), smallest))
}

const progress = (shards: number, isDrained: boolean) => ({
  revision: 1,
  shards,
  bytes: shards * 10,
  etaMs: shards === 0 ? null : shards,
  rowsMoved: true,
  isDrained,
})
const says = (drain: ReturnType<typeof progress> | null) => status({ providers: [aProvider('pool-0', 'p', { drain })] })

test('what is left to drain adds up', (t) => {
  t.deepEqual(mergeFleet([says(progress(2, false)), says(progress(3, true))], THREE).providers[0]?.drain, {
    ...progress(5, false),
    etaMs: 3,
  })
})

for (const [claim, statuses, trackers, expected] of [
  ['all say so', [says(progress(0, true)), says(progress(0, true)), says(progress(0, true))], THREE, true],
  ['one does not', [says(progress(0, true)), says(progress(1, false))], THREE, false],
  ['one has not heard of the order', [says(progress(0, true)), says(null)], THREE, false],
  ['one has not heard of the provider', [says(progress(0, true)), status({})], THREE, false],
  ['a minority answered', [says(progress(0, true))], THREE, false],
  ['most answered, and every set is known to one of them', [says(progress(0, true)), says(progress(0, true))], THREE, true],
  [
    'most answered, but a set may be known to the others alone',
    [1, 2, 3].map(() => says(progress(0, true))),
    { desired: 5, survive: 0 },
    false,
  ],
] as const)
  test(`drained: ${claim}: ${expected}`, (t) => t.is(mergeFleet([...statuses], trackers).providers[0]?.drain?.isDrained, expected))
