import test from 'ava'
import { allowedDisruptions } from './disruption.ts'
import { aProvider } from './fleet.fixture.ts'
import type { Fleet } from './fleet.ts'
import { planRollout, type RolloutSight, type RunningPod } from './rollout.ts'

const pod = (name: string, changes: Partial<RunningPod> = {}): RunningPod => ({
  name,
  uid: `uid-${name}`,
  component: name.startsWith('tracker') ? 'tracker' : 'provider',
  isOutdated: true,
  isReady: true,
  isLeaving: false,
  ...changes,
})
const current = { isOutdated: false }
const broken = { isReady: false }
const fleet = (margin: Record<string, number>, changes: Parameters<typeof aProvider>[2] = {}): Fleet => ({
  providers: [aProvider('pool-0', 'p0', changes), aProvider('pool-1', 'p1')],
  sets: { margin, degraded: 0, backlogShards: 0, backlogBytes: 0, etaMs: null, repairedShards: 0 },
})
const silent = { state: 'suspect', silentMs: 20_000 } as const
const draining = { drain: { revision: 1, shards: 1, bytes: 1, etaMs: null, rowsMoved: false, isDrained: false } }
const trackers = (changes: Partial<RunningPod> = {}) => ['tracker-0', 'tracker-1', 'tracker-2'].map((name) => pod(name, changes))
const sight = (changes: Partial<RolloutSight> = {}): RolloutSight => ({
  pods: [...trackers(current), pod('pool-0'), pod('pool-1')],
  missing: [],
  fleet: fleet({ '2': 5 }),
  trackers: { desired: 3, reachable: 3 },
  epoch: { number: 1 },
  ...changes,
})
const withPool = (...pods: RunningPod[]) => [...trackers(current), ...pods]

const cases: [title: string, sight: RolloutSight, expected: string][] = [
  ['nothing is outdated', sight({ pods: withPool(pod('pool-0', current)) }), 'settled'],
  ['the highest ordinal goes first, alone', sight(), 'evict pool-1'],
  ['the next when it is back', sight({ pods: withPool(pod('pool-0'), pod('pool-1', current)) }), 'evict pool-0'],
  ['trackers before providers', sight({ pods: [...trackers(), pod('pool-0')] }), 'evict tracker-2'],
  [
    'trackers one at a time',
    sight({ pods: [...trackers().slice(0, 2), pod('tracker-2', { ...current, ...broken }), pod('pool-0')] }),
    'wait',
  ],
  ['a tracker that is left out goes after the others', sight({ pods: trackers(), leftOut: 'tracker-2' }), 'evict tracker-1'],
  [
    'a tracker that is left out goes before the providers',
    sight({ pods: [...trackers(current).slice(0, 2), pod('tracker-2'), pod('pool-0')], leftOut: 'tracker-2' }),
    'evict tracker-2',
  ],
  [
    'a tracker that is left out and does not start again keeps nobody',
    sight({ pods: [...trackers().slice(0, 2), pod('tracker-2', { ...current, ...broken })], leftOut: 'tracker-2' }),
    'evict tracker-1',
  ],
  [
    'a tracker that is left out and not there keeps nobody',
    sight({ pods: trackers().slice(0, 2), missing: ['tracker-2'], leftOut: 'tracker-2' }),
    'evict tracker-1',
  ],
  ['trackers need no margin', sight({ pods: [...trackers(), pod('pool-0')], fleet: fleet({ '0': 1 }) }), 'evict tracker-2'],
  ['a set has no spare shard', sight({ fleet: fleet({ '0': 1, '2': 9 }) }), 'wait'],
  ['a set is lost', sight({ fleet: fleet({ lost: 1 }) }), 'wait'],
  ['one spare shard is enough', sight({ fleet: fleet({ '1': 1 }) }), 'evict pool-1'],
  ['another provider is silent', sight({ fleet: fleet({ '2': 5 }, silent) }), 'wait'],
  ['another pod is not ready', sight({ pods: withPool(pod('pool-0', { ...current, ...broken }), pod('pool-1')) }), 'wait'],
  ['another pod goes already', sight({ pods: withPool(pod('pool-0', { isLeaving: true }), pod('pool-1')) }), 'wait'],
  ['a pod is missing', sight({ missing: ['pool-2'] }), 'wait'],
  ['a tracker does not answer', sight({ trackers: { desired: 3, reachable: 2 } }), 'wait'],
  ['rows move', sight({ epoch: { number: 2 } }), 'wait'],
  ['no tracker answers', sight({ fleet: undefined, trackers: { desired: 3, reachable: 0 } }), 'wait'],
  [
    'one that never started is replaced at once, whatever else is',
    sight({ pods: withPool(pod('pool-2', broken)), fleet: fleet({ lost: 1 }) }),
    'delete pool-2',
  ],
  [
    'all that never started are',
    sight({ pods: withPool(pod('pool-2', broken), pod('pool-3', broken), pod('pool-0')) }),
    'delete pool-2 pool-3',
  ],
  ['one that is not ready, and heard: it may still serve', sight({ pods: withPool(pod('pool-0', broken)) }), 'wait'],
  [
    'broken trackers are replaced without any to ask',
    sight({ pods: trackers(broken), fleet: undefined, trackers: { desired: 3, reachable: 0 } }),
    'delete tracker-0 tracker-1 tracker-2',
  ],
  [
    'one that is drained is not restarted before it goes',
    sight({ pods: withPool(pod('pool-0')), fleet: fleet({ '2': 5 }, draining) }),
    'settled',
  ],
]
for (const [title, seen, expected] of cases)
  test(`rollout: ${title}: ${expected}`, (t) => {
    const plan = planRollout(seen)
    t.is(plan.kind === 'replace' ? `${plan.how} ${plan.pods.map(({ name }) => name).join(' ')}` : plan.kind, expected)
  })

for (const [title, seen, allowed] of [
  ['all is well', fleet({ '2': 5 }), 1],
  ['one spare shard', fleet({ '1': 1 }), 1],
  ['no sets', fleet({}), 1],
  ['no spare shard', fleet({ '0': 1 }), 0],
  ['one is away already', fleet({ '2': 5 }, silent), 0],
  ['one is lost for certain, and replaced', fleet({ '2': 5 }, { state: 'lost', declaredLost: true }), 1],
  ['no tracker answers', undefined, 0],
] as const)
  test(`pods that may be away by choice: ${title}: ${allowed}`, (t) => t.is(allowedDisruptions(seen), allowed))
