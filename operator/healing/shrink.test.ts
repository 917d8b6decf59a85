import type { DrainProgress } from '@lunarx/wire'
import test from 'ava'
import fc from 'fast-check'
import { detect } from './detect.ts'
import { aProvider, drained, drainProgress as progress, noSets as sets } from './fleet.fixture.ts'
import type { Refusal } from './judge-rest.ts'
import { plan } from './plan.ts'
import { drainOrders, ordinalOf, planShrink, type PoolSize } from './shrink.ts'

const classes = [{ name: 'standard', required: 2, parity: 1, survive: 1 }]

/** Pods pool-0 … of domains n0 …, each with its claim and a member. */
const provider = (n: number, changes: Parameters<typeof aProvider>[2] = {}) =>
  aProvider(`pool-${n}`, `p${n}`, { domain: `n${n}`, ...changes })
const claim = (n: number) => ({ pod: `pool-${n}`, uid: `u${n}`, phase: 'Bound' })
const member = (n: number) => ({ name: `pool-${n}`, peer: `p${n}`, claim: `u${n}` })
const count = (n: number) => Array.from({ length: n }, (_, i) => i)
const size = (wanted: number, live: number, changes: Partial<PoolSize> = {}): PoolSize => ({
  name: 'pool',
  wanted,
  live,
  members: count(live).map(member),
  claims: count(live).map(claim),
  ...changes,
})
const judge = (pool: PoolSize, providers: readonly ReturnType<typeof provider>[] | undefined) =>
  planShrink({ pool, fleet: providers && { providers, sets }, classes, survive: 1 })
const five = (changes: Readonly<Record<number, Parameters<typeof aProvider>[2]>> = {}) => count(5).map((n) => provider(n, changes[n]))

test('what a pool of backup copies needs is asked of that pool, and nothing else of it', (t) => {
  const archive = (n: number) => aProvider(`archive-${n}`, `a${n}`, { domain: `n${n}` })
  const providers = [...count(4).map((n) => provider(n)), ...count(4).map(archive)]
  const copied = [{ ...classes[0], name: 'standard', required: 2, parity: 1, survive: 1, copies: [{ pools: ['archive'] }] }]
  const to = (pool: string, wanted: number) =>
    planShrink({ pool: size(wanted, 4, { name: pool, members: [], claims: [] }), fleet: { providers, sets }, classes: copied, survive: 1 })
  for (const pool of ['pool', 'archive']) {
    t.is(to(pool, 3).refusal, undefined)
    t.is(to(pool, 2).refusal?.reason, 'NotEnoughDomains')
  }
})

test('where zones bind, a pool does not shrink to too few of them', (t) => {
  const providers = count(4).map((n) => provider(n, { zone: `z${Math.min(n, 2)}`, services: ['storage'] }))
  const to = (wanted: number, zones: 'Bind' | 'Spread') =>
    planShrink({ pool: size(wanted, 4), fleet: { providers, sets }, classes: classes.map((one) => ({ ...one, zones })), survive: 1 })
  // without p3 each of the three zones has one, without p2 there are two
  t.is(to(3, 'Bind').refusal, undefined)
  t.is(to(2, 'Bind').refusal?.reason, 'NotEnoughDomains')
  const four = providers.map((one, n) => (n < 3 ? { ...one, zone: 'z0' } : { ...one, zone: 'z1' }))
  t.is(planShrink({ pool: size(3, 4), fleet: { providers: four, sets }, classes, survive: 1 }).refusal, undefined)
})

const cases: [title: string, shrink: ReturnType<typeof judge>, needed: number, leaving: string[], spent: string[], refused?: string][] = [
  ['as many as there are', judge(size(5, 5), five()), 5, [], []],
  ['more than there are', judge(size(6, 5), five()), 6, [], []],
  ['one fewer: its pod stays until it is drained', judge(size(4, 5), five()), 5, ['p4'], []],
  ['it is being drained', judge(size(4, 5), five({ 4: { drain: progress() } })), 5, ['p4'], []],
  ['it is drained: the pod may go, and the claim after it', judge(size(4, 5), five({ 4: { drain: drained } })), 4, ['p4'], ['p4']],
  ['two fewer, the lower one is drained first: both stay', judge(size(3, 5), five({ 3: { drain: drained } })), 5, ['p3', 'p4'], []],
  ['two fewer, the higher one is drained first: it goes', judge(size(3, 5), five({ 4: { drain: drained } })), 4, ['p3', 'p4'], ['p4']],
  ['no tracker answers: all stay', judge(size(4, 5), undefined), 5, [], [], 'TrackersUnreachable'],
  ['rows would have too few domains', judge(size(2, 5), five()), 5, [], [], 'NotEnoughDomains'],
  [
    'a class would have too few providers',
    judge(size(2, 3), [...count(3).map((n) => provider(n)), aProvider('rows-0', 'r', { domain: 'n9', services: ['index'] })]),
    3,
    [],
    [],
    'NotEnoughDomains',
  ],
  ['the rest is too full', judge(size(4, 5), five({ 0: FULL(), 1: FULL(), 2: FULL(), 3: FULL() })), 5, [], [], 'NotEnoughSpace'],
  [
    'a lost one cannot take anything',
    judge(
      size(3, 4),
      count(4).map((n) => provider(n, n === 0 ? { state: 'lost' } : {})),
    ),
    4,
    [],
    [],
    'NotEnoughDomains',
  ],
  [
    'its peer is lost for certain: nothing is left to drain',
    judge(size(4, 5), five({ 4: { declaredLost: true, state: 'lost' } })),
    4,
    [],
    [],
  ],
  ['a pod that never came up', judge(size(4, 5, { members: count(4).map(member) }), five().slice(0, 4)), 4, [], []],
  ['trackers have forgotten the peer: its pod stays until they know it again', judge(size(4, 5), five().slice(0, 4)), 5, [], []],
  [
    'the pod is gone, its claim not yet',
    judge(size(4, 4, { members: count(5).map(member), claims: count(5).map(claim) }), five({ 4: { drain: drained, state: 'suspect' } })),
    4,
    ['p4'],
    ['p4'],
  ],
  [
    'the pod is gone, and its drain cannot be told any more: it comes back',
    judge(size(4, 4, { members: count(5).map(member), claims: count(5).map(claim) }), five({ 4: { drain: progress() } })),
    5,
    ['p4'],
    [],
  ],
  [
    'a claim of another peer than the drained one stays',
    judge(size(4, 5, { claims: [...count(4).map(claim), { ...claim(4), uid: 'other' }] }), five({ 4: { drain: drained } })),
    4,
    ['p4'],
    [],
  ],
  [
    'a volume of an earlier time, of which nobody knows anything, stays and brings no pod back',
    judge(size(4, 4, { claims: count(6).map(claim) }), five().slice(0, 4)),
    4,
    [],
    [],
  ],
]
function FULL() {
  return { usedBytes: 2 ** 30 }
}

const asks = (peer: string, changes: Partial<PoolSize> = {}) => size(5, 5, { asked: [peer], ...changes })
const askedCases: [title: string, shrink: ReturnType<typeof judge>, leaving: string[], emptied: string[], refused?: Refusal['reason']][] = [
  ['it is drained, its pod stays', judge(asks('p1'), five()), ['p1'], []],
  ['it is being drained', judge(asks('p1'), five({ 1: { drain: progress() } })), ['p1'], []],
  ['drained: claim and pod are made anew', judge(asks('p1'), five({ 1: { drain: drained } })), ['p1'], ['p1']],
  ['a peer that was drained and replaced is history', judge(asks('p0x'), five()), [], []],
  ['a peer of another pool is not asked here', judge(asks('other'), [...five(), aProvider('other-0', 'other')]), [], []],
  ['one that is lost needs no drain', judge(asks('p1'), five({ 1: { declaredLost: true, state: 'lost' } })), [], []],
  ['the rest is too full', judge(asks('p1'), five({ 0: FULL(), 2: FULL(), 3: FULL(), 4: FULL() })), [], [], 'NotEnoughSpace'],
  ['its claim is another one already', judge(asks('p1', { claims: [] }), five({ 1: { drain: drained } })), ['p1'], []],
]
for (const [title, shrink, leaving, emptied, refused] of askedCases)
  test(`asked to be drained: ${title}`, (t) => {
    t.is(shrink.needed, 5)
    t.deepEqual([shrink.leaving.map(({ peer }) => peer), shrink.emptied.map(({ peer }) => peer)], [leaving, emptied])
    t.deepEqual(shrink.spent, [])
    t.is(shrink.refusal?.reason, refused)
  })

test('one that is asked no more is told to stay', (t) => {
  const providers = five({ 1: { drain: progress() } })
  t.deepEqual(drainOrders('pool', judge(size(5, 5), providers), providers), [{ peer: 'p1', isDraining: false }])
  t.deepEqual(drainOrders('pool', judge(asks('p1'), providers), providers), [])
})

for (const [title, shrink, needed, leaving, spent, refused] of cases)
  test(`shrink: ${title}`, (t) => {
    t.is(shrink.refusal?.reason, refused as never)
    t.is(shrink.needed, needed)
    t.deepEqual(
      shrink.leaving.map(({ peer }) => peer),
      leaving,
    )
    t.deepEqual(
      shrink.spent.map(({ peer }) => peer),
      spent,
    )
  })

test('whatever the fleet says, a pod goes only when all above it and itself are drained or gone', (t) => {
  const one = fc.record({
    drain: fc.constantFrom(null, progress(), drained),
    declaredLost: fc.boolean(),
    state: fc.constantFrom('alive', 'suspect', 'lost'),
  })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.array(one, { minLength: 8, maxLength: 8 }), (wanted, states) => {
      const providers = states.map((state, n) => provider(n, state))
      const { needed, spent } = judge(size(wanted, 8), providers)
      for (const { drain, declaredLost } of providers.slice(needed)) t.true(declaredLost || drain?.isDrained === true)
      for (const { peer } of spent) t.true(providers.find((p) => p.peer === peer)?.drain?.isDrained)
      t.true(needed >= wanted)
    }),
  )
})

test('each tracker is told what it does not say itself', (t) => {
  const shrink = judge(size(4, 5), five())
  t.deepEqual(drainOrders('pool', shrink, five()), [{ peer: 'p4', isDraining: true }])
  t.deepEqual(drainOrders('pool', shrink, five({ 4: { drain: progress() } })), [])
  t.deepEqual(drainOrders('pool', shrink, five({ 2: { drain: progress() }, 4: { drain: progress() } })), [
    { peer: 'p2', isDraining: false },
  ])
  t.deepEqual(drainOrders('other', shrink, five({ 2: { drain: progress() } })), [])
  const full = judge(size(4, 5), five({ 0: FULL(), 1: FULL(), 2: FULL(), 3: FULL() }))
  t.deepEqual(drainOrders('pool', full, five({ 4: { drain: progress() } })), [{ peer: 'p4', isDraining: false }])
  t.deepEqual(drainOrders('pool', judge(size(4, 4), five()), five({ 4: { drain: drained } })), [], 'its pod and claim are gone')
  t.deepEqual(drainOrders('pool', judge(size(5, 5), five()), five({ 4: { drain: drained } })), [{ peer: 'p4', isDraining: false }])
})

test('a drained peer whose claim is gone is retired, any other is lost', (t) => {
  const findings = (drain: DrainProgress | null) => detect({ members: [member(4)], claims: [], fleet: [provider(4, { drain })] })
  t.deepEqual(
    plan(findings(drained)).map(({ kind, peer }) => [kind, peer]),
    [['retire', 'p4']],
  )
  t.deepEqual(
    plan(findings(progress())).map(({ kind, peer }) => [kind, peer]),
    [['declare-lost', 'p4']],
  )
})

for (const [pod, ordinal] of [
  ['pool-0', 0],
  ['pool-12', 12],
  ['pool-b-1', undefined],
  ['pool-01', undefined],
  ['pool', undefined],
  ['other-1', undefined],
] as const)
  test(`ordinal of ${pod} in pool: ${ordinal}`, (t) => t.is(ordinalOf(pod, 'pool'), ordinal))
