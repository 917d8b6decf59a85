import { SimulatedClock } from '@lunarx/runtime/clock'
import test from 'ava'
import { clientConfigMap, networkConfig } from '../controllers/children/network-children.ts'
import { aSpec, aTrackerPool } from '../controllers/pools.fixture.ts'
import { KINDS, KubeClient, microTime, pathOf, type Connection, type Lease } from '../kube/index.ts'
import { findLeader, leasePlace } from './leader.ts'
import { anObserved } from './observed.fixture.ts'

const START_MS = Date.parse('2026-01-01T03:00:00Z')
const { network } = anObserved()
const issuer = { url: 'https://lunarx-operator.lunarx-system.svc:8443', ca: 'PEM' }
const config = clientConfigMap(network, aSpec(), networkConfig(network, aSpec(), '00'.repeat(32), [aTrackerPool()], issuer))
const CONFIG = pathOf(KINDS.configMap, { namespace: 'ns', name: 'lunar-client' })
const LEASE = pathOf(KINDS.lease, { namespace: 'lunarx-system', name: 'lunarx-operator' })

const lease = (renewedMs: number, holderIdentity = 'operator-1'): Lease => ({
  apiVersion: 'x',
  kind: 'Lease',
  metadata: { name: 'lunarx-operator', namespace: 'lunarx-system' },
  spec: { holderIdentity, renewTime: microTime(renewedMs) },
})

interface World {
  /** At a look; a number: refused with this status. */
  readonly lease: (look: number) => Lease | number
  readonly config?: unknown
}

/** The real client, asked by a person whose clock is at START_MS. */
async function lookAt({ lease: at, config: found = config }: World) {
  const clock = new SimulatedClock(START_MS)
  let looks = 0
  const answer = (path: string): { readonly status: number; readonly body: string } => {
    if (path === CONFIG) return found === null ? { status: 404, body: '{}' } : { status: 200, body: JSON.stringify(found) }
    const live = path === LEASE ? at(looks++) : 500
    return typeof live === 'number' ? { status: live, body: '{}' } : { status: 200, body: JSON.stringify(live) }
  }
  const client = new KubeClient({ send: ({ path }: { readonly path: string }) => Promise.resolve(answer(path)) } as unknown as Connection)
  const found_ = findLeader(client, network, clock)
  await clock.runFor(60_000)
  return { leader: await found_, looks }
}

const away = { kind: 'away', since: microTime(START_MS - 300_000), place: 'lunarx-system' }
const cases: [title: string, world: World, leader: object, looks: number][] = [
  ['its Lease is fresh', { lease: () => lease(START_MS - 3_000) }, { kind: 'works' }, 1],
  ['its Lease is old, and stays so', { lease: () => lease(START_MS - 300_000) }, away, 2],
  ['its Lease looks old to a clock that is ahead', { lease: (look) => lease(START_MS - 300_000 + look * 8_000) }, { kind: 'works' }, 2],
  ['another has taken it over meanwhile', { lease: (look) => lease(START_MS - 300_000, `operator-${look}`) }, { kind: 'works' }, 2],
  ['it gave its Lease back', { lease: () => lease(START_MS - 300_000, '') }, away, 2],
  ['there is no Lease', { lease: () => 404 }, { kind: 'away', since: null, place: 'lunarx-system' }, 1],
  ['Leases may not be read', { lease: () => 403 }, { kind: 'unseen', place: 'lunarx-system' }, 1],
  ['there is no client configuration', { lease: () => 500, config: null }, { kind: 'unseen', place: null }, 0],
]
for (const [title, world, leader, looks] of cases)
  test(`whether an operator leads: ${title}`, async (t) => t.deepEqual(await lookAt(world), { leader, looks } as never))

for (const text of ['', '{', '{}', 'null']) test(`no place of a Lease in "${text}"`, (t) => t.is(leasePlace(text), undefined))
