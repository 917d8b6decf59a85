import test from 'ava'
import fc from 'fast-check'
import type { FleetProvider, SetsByMargin, TrackerStatus } from './admin.ts'
import { boundedSum, mergeProviders, mergeViews, provedInAll, sumOfSets } from './merge-statuses.ts'

const HUGE = Number.MAX_SAFE_INTEGER

const view = (changes: Partial<FleetProvider> = {}): FleetProvider => ({
  peer: 'p',
  name: 'pool-0',
  domain: 'n0',
  store: null,
  address: { host: 'pool-0', controlPort: 1, dataPort: 2 },
  state: 'alive',
  declaredLost: false,
  retired: false,
  drain: null,
  silentMs: 1_000,
  services: ['storage'],
  capacityBytes: 1_000,
  usedBytes: 100,
  reservedBytes: 0,
  shards: 10,
  epoch: 3,
  mergedEpoch: 3,
  ...changes,
})
const lost = (silentMs: number): FleetProvider => view({ state: 'lost', silentMs })
const unheard = (state: FleetProvider['state']): FleetProvider => view({ state, silentMs: null, usedBytes: 0, capacityBytes: 0 })

for (const [claim, views, expected] of [
  ['one tracker: its word', [view({ silentMs: 7 })], ['alive', 7]],
  ['one of three says that it hears what two do not', [view({ silentMs: 0 }), lost(70_000), lost(80_000)], ['lost', 70_000]],
  ['one of three says that it does not hear what two do', [lost(HUGE), view({ silentMs: 500 }), view({ silentMs: 600 })], ['alive', 600]],
  ['one of three is cut off, one has just started', [lost(70_000), view({ silentMs: 500 }), unheard('suspect')], ['alive', 500]],
  ['of two, the one that heard of it last', [lost(70_000), view({ silentMs: 500 })], ['alive', 500]],
  ['one of three says that it hears what the others never have', [unheard('lost'), view({ silentMs: 0 }), unheard('lost')], ['lost', null]],
  ['two have just started', [unheard('alive'), view({ silentMs: 5 }), unheard('alive')], ['alive', null]],
  ['nobody has heard it', [unheard('suspect')], ['suspect', null]],
] as const)
  for (const order of [views, views.toReversed()])
    test(`a provider as trackers see it: ${claim}${order === views ? '' : ', in the other order'}`, (t) => {
      const [first, ...others] = order as readonly [FleetProvider, ...FleetProvider[]]
      const { state, silentMs } = mergeViews([first, ...others])
      t.deepEqual([state, silentMs], [...expected])
    })

const FIGURES = ['capacityBytes', 'usedBytes', 'reservedBytes', 'shards', 'epoch', 'mergedEpoch', 'silentMs'] as const
const STATES = ['alive', 'suspect', 'lost'] as const
const told = fc.record({
  ...(Object.fromEntries(FIGURES.map((name) => [name, fc.nat({ max: HUGE })])) as Record<(typeof FIGURES)[number], fc.Arbitrary<number>>),
  state: fc.constantFrom(...STATES),
  declaredLost: fc.boolean(),
  retired: fc.boolean(),
})

test('no single tracker of three or more moves a figure of a provider, or its state, beyond what the others say', (t) => {
  fc.assert(
    fc.property(fc.array(told, { minLength: 2, maxLength: 6 }), told, fc.nat(6), (honest, liar, at) => {
      const views = honest.toSpliced(at, 0, liar).map((changes) => view(changes))
      const [merged] = mergeProviders(views.map((provider) => ({ providers: [provider] }))).values()
      const isWithin = (rank: (one: Partial<FleetProvider>) => number): boolean => {
        const ranks = honest.map(rank)
        const got = merged ? rank(merged) : Number.NaN
        return got >= Math.min(...ranks) && got <= Math.max(...ranks)
      }
      return (
        FIGURES.every((name) => isWithin((one) => one[name] ?? -1)) &&
        isWithin(({ state = 'lost' }) => STATES.indexOf(state)) &&
        isWithin(({ declaredLost }) => Number(declaredLost)) &&
        isWithin(({ retired }) => Number(retired))
      )
    }),
  )
  t.pass()
})

test('what each counts for itself adds up, and one that tells far more than the others adds ten times the middle one and a thousand', (t) => {
  t.is(boundedSum([300, 200, 700]), 1_200)
  t.is(boundedSum([0, 900, 0]), 900, 'few may all lie with one')
  t.is(boundedSum([100, 200, HUGE]), 300 + 10 * 200 + 1_000)
  t.is(boundedSum([HUGE]), 10 * HUGE > HUGE ? HUGE : 0, 'the only one')
  t.is(boundedSum([]), 0)
})

const sets = (changes: Partial<SetsByMargin>): Pick<TrackerStatus, 'sets'> => ({
  sets: { margin: {}, degraded: 0, backlogShards: 0, backlogBytes: 0, etaMs: null, repairedShards: 0, ...changes },
})

test('a tracker that lies about sets adds to what others say, and no more than a bound; nor does it say for all how fast they repair', (t) => {
  const honest = sets({
    margin: { 2: 500, 1: 3 },
    degraded: 3,
    backlogShards: 3,
    backlogBytes: 300,
    rebuiltBytesPerSecond: 50,
    etaMs: 6_000,
  })
  const counts = { degraded: HUGE, backlogShards: HUGE, backlogBytes: HUGE, repairedShards: HUGE }
  for (const rebuiltBytesPerSecond of [1, HUGE]) {
    const liar = sets({ margin: { 2: HUGE, lost: HUGE }, ...counts, etaMs: HUGE, rebuiltBytesPerSecond })
    const merged = sumOfSets([honest, liar, honest])
    t.deepEqual(merged, {
      margin: { 2: 1_000 + 6_000, 1: 6, lost: 1_000 },
      degraded: 6 + 1_030,
      backlogShards: 6 + 1_030,
      backlogBytes: 600 + 3_000 + 1_000 * 64 * 1024 * 1024,
      repairedShards: 1_000,
      etaMs: 365 * 24 * 3_600_000,
      rebuiltBytesPerSecond: 50,
    })
  }
})

test('nobody vouches alone for a provider that proves nothing to others', (t) => {
  t.is(provedInAll([150, 160, 140], 460, 3), 450)
  t.is(provedInAll([HUGE, 0, 0], 450, 3), 300)
  t.is(provedInAll([460], 460, 1), 460)
})

test('what is left to drain: no order that one tracker alone tells, no longer than a year, and no more bytes than can be', (t) => {
  const drain = { revision: 5, shards: 2, bytes: 100, etaMs: 10, rowsMoved: true, isDrained: false }
  const liar = { ...drain, revision: HUGE, shards: HUGE, bytes: HUGE, etaMs: HUGE, isDrained: true }
  t.deepEqual(mergeViews([view({ drain }), view({ drain: liar }), view({ drain })]).drain, {
    revision: 5,
    shards: 4 + 1_020,
    bytes: 200 + 1_000 + 1_000 * 64 * 1024 * 1024,
    etaMs: 365 * 24 * 3_600_000,
    rowsMoved: true,
    isDrained: false,
  })
  t.is(mergeViews([view(), view({ drain: { ...drain, isDrained: true } })]).drain?.isDrained, false, 'one knows of no order')
})
