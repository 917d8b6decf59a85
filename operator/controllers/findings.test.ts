import test from 'ava'
import { aProvider } from '../healing/fleet.fixture.ts'
import { KINDS } from '../kube/index.ts'
import { SmallCluster } from './cluster.fixture.ts'
import type { VolumeClaim } from './deps.ts'
import { findingsOf } from './findings.ts'
import { aProviderPool } from './pools.fixture.ts'

const signal = new AbortController().signal
const members = [{ name: 'pool-a-0', peer: 'p0', claim: 'u0' }]
const silent = { state: 'lost', silentMs: 90_000 } as const
const told = { kind: 'silent', silentMs: 90_000 } as const

/** A claim whose label somebody took away: the pool does not see it, the server has it. */
const unlabelled = (pod: string, uid: string): VolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: `data-${pod}`, namespace: 'ns', uid },
  spec: {},
  status: { phase: 'Bound' },
})

const cases: [title: string, fleet: ReturnType<typeof aProvider>[], live: VolumeClaim[], findings: unknown[]][] = [
  ['a member’s claim is gone', [aProvider('pool-a-0', 'p0')], [], [{ kind: 'volume-gone', name: 'pool-a-0', peer: 'p0' }]],
  ['it only seems gone', [aProvider('pool-a-0', 'p0')], [unlabelled('pool-a-0', 'u0')], []],
  [
    'it only seems gone, and its peer is silent',
    [aProvider('pool-a-0', 'p0', silent)],
    [unlabelled('pool-a-0', 'u0')],
    [{ ...told, name: 'pool-a-0', peer: 'p0' }],
  ],
  [
    'it is another one',
    [aProvider('pool-a-0', 'p0')],
    [unlabelled('pool-a-0', 'u1')],
    [{ kind: 'volume-gone', name: 'pool-a-0', peer: 'p0' }],
  ],
  [
    'nobody remembers it, and it has no claim',
    [aProvider('pool-a-5', 'p5', silent)],
    [],
    [{ kind: 'volume-gone', name: 'pool-a-5', peer: 'p5' }],
  ],
  [
    'nobody remembers it, and it has one',
    [aProvider('pool-x-5', 'p5', silent)],
    [unlabelled('pool-x-5', 'u5')],
    [{ ...told, name: 'pool-x-5', peer: 'p5' }],
  ],
]

for (const [title, fleet, live, findings] of cases)
  test(`findings: ${title}`, async (t) => {
    const cluster = new SmallCluster()
    for (const claim of live) cluster.put(KINDS.persistentVolumeClaim, claim)
    // the local copy has none of them under the label of the pool
    const pools = [aProviderPool({}, { members: fleet.some(({ peer }) => peer === 'p0') ? members : [] })]
    t.deepEqual(await findingsOf({ namespace: 'ns', pools }, fleet, cluster.deps, signal), findings as never)
  })
