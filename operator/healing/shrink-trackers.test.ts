import test from 'ava'
import type { Rollout } from './rollout.ts'
import {
  judgeLeave,
  namedReplicas,
  planTrackers,
  type LeaveSight,
  type NextTracker,
  type TrackerPoolSize,
  type TrackersPlan,
  type TrackerWord,
} from './shrink-trackers.ts'

const size = (wanted: number, live: number, name = 'tracker'): TrackerPoolSize => ({ name, wanted, live })
const plan = (pools: TrackerPoolSize[], { copies = 3, out = [] as string[] } = {}): TrackersPlan =>
  planTrackers({ pools, copies, isNamed: (pod) => !out.includes(pod) })
const next = (pod: string, isLeftOut = false): TrackersPlan => ({ next: { pool: pod.replace(/-\d+$/, ''), pod, isLeftOut } })

const plans: [title: string, plan: TrackersPlan, expected: TrackersPlan][] = [
  ['as many as there are', plan([size(3, 3)]), {}],
  ['more than there are', plan([size(5, 3)]), {}],
  ['the highest ordinal goes first, alone', plan([size(3, 5)]), next('tracker-4')],
  ['it goes on with the one that is left out', plan([size(3, 5)], { out: ['tracker-4'] }), next('tracker-4', true)],
  ['the next, when that pod is gone', plan([size(3, 4)], { out: ['tracker-4'] }), next('tracker-3')],
  ['raised again in the middle', plan([size(5, 5)], { out: ['tracker-4'] }), {}],
  ['raised by one in the middle: the next stays', plan([size(4, 4)], { out: ['tracker-4'] }), {}],
  ['one pool after the other', plan([size(2, 3, 'a'), size(1, 2, 'b')]), next('a-2')],
  ['of two pools, what is begun is finished', plan([size(2, 3, 'a'), size(1, 2, 'b')], { out: ['b-1'] }), next('b-1', true)],
  ['a pool that grows counts', plan([size(1, 3, 'a'), size(2, 1, 'b')]), next('a-2')],
]
for (const [title, actual, expected] of plans) test(`which tracker goes: ${title}`, (t) => t.deepEqual(actual, expected))

for (const [wanted, live, copies, out] of [
  [2, 5, 3, []],
  [2, 5, 3, ['tracker-4']],
  [3, 5, 5, []],
  [1, 2, 3, []],
] as const)
  test(`${live} → ${wanted} trackers with ${copies} copies of each record is refused (${out.length} left out)`, (t) => {
    const refused = plan([size(wanted, live)], { copies, out: [...out] })
    t.is(refused.next, undefined)
    t.is(refused.refusal?.reason, 'TooFewTrackers')
    t.is(namedReplicas(size(wanted, live), refused, true), live, 'whoever was left out is named again')
  })

test('what the configuration names: all, until one may be left out; never two fewer than run', (t) => {
  const one = size(3, 5)
  t.is(namedReplicas(one, next('tracker-4'), false), 5)
  t.is(namedReplicas(one, next('tracker-4'), true), 4)
  t.is(namedReplicas(one, next('tracker-4', true), false), 4)
  t.is(namedReplicas(one, next('other-1', true), true), 5)
  t.is(namedReplicas(size(5, 5), {}, true), 5)
  t.is(namedReplicas(size(7, 5), {}, false), 7)
})

const STAYING = ['tracker-0', 'tracker-1', 'tracker-2', 'tracker-3']
const LEAVING: NextTracker = { pool: 'tracker', pod: 'tracker-4', isLeftOut: true }
const done = { left: 0, compared: 4, trackers: 4, isDone: true }
const word = (name: string, known: readonly string[], handover?: TrackerWord['handover']): TrackerWord => ({
  name,
  trackers: known.map((pod) => ({
    address: { host: `${pod}.tracker.ns.svc`, controlPort: 4001, dataPort: 4002 },
    peer: null,
    reachable: true,
  })),
  ...(handover && { handover }),
})
const self = (handover?: TrackerWord['handover']) => word('tracker-4', ['tracker-4', ...STAYING], handover)
const others = STAYING.map((name) => word(name, STAYING))
const unaware = word('tracker-2', [...STAYING, 'tracker-4'])
const sight = (changes: Partial<LeaveSight> = {}): LeaveSight => ({
  next: LEAVING,
  staying: STAYING,
  words: [...others, self(done)],
  rollout: { kind: 'settled' },
  ...changes,
})
const named = { next: { ...LEAVING, isLeftOut: false } }
const all = [...STAYING, 'tracker-4']
const waits: Rollout = { kind: 'wait', message: 'pool-1 is not ready yet' }

const cases: [title: string, sight: LeaveSight, reason: string, may: '' | 'be left out' | 'go', message: RegExp][] = [
  ['it is named', sight({ ...named, words: all.map((one) => word(one, all)) }), 'LeavingOut', 'be left out', /about to be left out/],
  ['it is named and down', sight({ ...named, words: STAYING.map((one) => word(one, all)) }), 'LeavingOut', 'be left out', /./],
  ['another is down before it begins', sight({ ...named, words: others.slice(1) }), 'TrackersMissing', '', /from tracker-0\./],
  ['pods are replaced before it begins', sight({ ...named, rollout: waits }), 'RollingOut', '', /pool-1 is not ready yet/],
  ['another is down', sight({ words: [...others.slice(0, 3), self(done)] }), 'TrackersMissing', '', /from tracker-3\./],
  ['nobody answers', sight({ words: [] }), 'TrackersMissing', '', /tracker-2 and 1 more/],
  ['it is down', sight({ words: others }), 'TrackersMissing', '', /tracker-4: no answer from it/],
  ['another counts with it still', sight({ words: [...others.toSpliced(2, 1, unaware), self(done)] }), 'RollingOut', '', /tracker-2 still/],
  ['it takes itself for one of them still', sight({ words: [...others, self()] }), 'RollingOut', '', /it is still to start/],
  [
    'it handed over to fewer than there are now',
    sight({ words: [...others, word('tracker-4', ['tracker-4', 'tracker-0'], done)] }),
    'RollingOut',
    '',
    /tracker-4 still/,
  ],
  ['providers have not started with the configuration', sight({ rollout: waits }), 'RollingOut', '', /pool-1 is not ready yet/],
  [
    'it hands over',
    sight({ words: [...others, self({ left: 7, compared: 3, trackers: 4, isDone: false })] }),
    'HandingOver',
    '',
    /^tracker-4: 7 records left to confirm; 3 of 4 trackers compared\.$/,
  ],
  ['it has handed over', sight(), 'RemovingPods', 'go', /everything handed over/],
]
for (const [title, one, reason, may, message] of cases)
  test(`a tracker on its way out: ${title}`, (t) => {
    const leave = judgeLeave(one)
    t.is(leave.reason, reason as typeof leave.reason)
    t.is(leave.mayBeLeftOut, may === 'be left out')
    t.is(leave.isHandedOver, may === 'go')
    t.regex(leave.message, message)
  })
