import { nodeCrypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { aProvider, noSets } from '../healing/fleet.fixture.ts'
import { KINDS } from '../kube/index.ts'
import { SmallCluster } from './cluster.fixture.ts'
import { stepEpoch } from './epoch.ts'
import { LUNAR_KINDS, type LunarNetwork } from './pool.ts'
import { aNetworkObject } from './pools.fixture.ts'
import { reconcileNetwork } from './reconcile-network.ts'

const signal = new AbortController().signal
const QUOTA = 'is forbidden: exceeded quota: none'

/** A network with a Tracker, and what the server refuses. */
function world(...refused: RegExp[]) {
  const cluster = new SmallCluster()
  const spec = { network: 'lunar', replicas: 1 }
  cluster.put(LUNAR_KINDS.network, aNetworkObject())
  cluster.put(LUNAR_KINDS.tracker, { apiVersion: 'x', kind: 'Tracker', metadata: { name: 'tracker', namespace: 'ns', uid: 'u' }, spec })
  const refuse = (path: RegExp) => cluster.refusals.push({ path, status: 403, message: `it ${QUOTA}` })
  for (const path of refused) refuse(path)
  const reconcile = () => reconcileNetwork(cluster.get(LUNAR_KINDS.network, 'lunar') as LunarNetwork, cluster.deps, signal)
  return { cluster, refuse, reconcile, said: () => cluster.conditions(LUNAR_KINDS.network, 'lunar') }
}

for (const [title, path, message] of [
  ['a ConfigMap', /configmaps/, `ConfigMap ns/lunar-client: it ${QUOTA}`],
  ['the Secret of its key', /secrets/, `it ${QUOTA}`],
] as const)
  test(`a network that is refused ${title} says so, and looks again`, async (t) => {
    const { cluster, reconcile, said } = world(path)
    t.is((await reconcile()).requeueAfterMs, 30_000)
    t.is(said()['Ready'], `False ObjectRefused: ${message}`)
    t.true(cluster.warnings().includes(`ObjectRefused: ${message}`))
    cluster.refusals.length = 0
    await reconcile()
    t.regex(said()['Ready'] ?? '', /^False TrackersUnreachable/)
  })

test('one whose budget is refused is looked after all the same', async (t) => {
  const { cluster, reconcile, said } = world(/poddisruptionbudgets/)
  await reconcile()
  t.true(cluster.writes.some((write) => write.includes('poddisruptionbudgets/')))
  t.regex(said()['Ready'] ?? '', /^False TrackersUnreachable/)
})

test('one that has its configuration is looked after, though a change of it is refused', async (t) => {
  const { cluster, refuse, reconcile, said } = world()
  await reconcile()
  const before = cluster.get(KINDS.configMap, 'lunar-client')
  refuse(/configmaps/)
  const { spec, ...network } = cluster.get(LUNAR_KINDS.network, 'lunar') as LunarNetwork
  cluster.put(LUNAR_KINDS.network, { ...network, spec: { ...(spec as object), quota: { storage: '1Gi' } } })
  await reconcile()
  t.deepEqual(cluster.get(KINDS.configMap, 'lunar-client'), before)
  t.true(cluster.writes.some((write) => write.startsWith('PATCH') && write.includes('configmaps/lunar-client')))
  t.regex(said()['Ready'] ?? '', /^False TrackersUnreachable/)
})

test('an epoch that may not be written is announced to nobody, and is not in force', async (t) => {
  const { cluster } = world(/configmaps/)
  const announced: unknown[] = []
  const tracker = {
    admin: { readEpoch: () => Promise.resolve(undefined), announceEpoch: (epoch: unknown) => Promise.resolve(void announced.push(epoch)) },
    status: { name: 'tracker-0', tracker: 'tracker-peer', epoch: 0 },
  }
  const providers = [0, 1, 2].map((i) => aProvider(`pool-${i}`, `peer-${i}`, { domain: `n${i}`, epoch: 0, mergedEpoch: 0 }))
  const step = {
    network: cluster.get(LUNAR_KINDS.network, 'lunar') as LunarNetwork,
    key: nodeCrypto.signKey(new Uint8Array(32).fill(7)),
    survive: 1,
    fleet: { providers, sets: noSets },
    trackers: [tracker],
  } as unknown as Parameters<typeof stepEpoch>[0]
  const refused = await stepEpoch(step, cluster.deps, signal)
  t.like(refused, { number: 0, message: `ConfigMap lunar-epoch: it ${QUOTA}`, refusal: { reason: 'ObjectRefused' } })
  t.deepEqual(announced, [])
  cluster.refusals.length = 0
  t.like(await stepEpoch(step, cluster.deps, signal), { number: 1, refusal: undefined })
  t.is(announced.length, 1)
})
