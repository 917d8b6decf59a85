import test from 'ava'
import { SmallCluster } from '../controllers/cluster.fixture.ts'
import { LUNAR_KINDS } from '../controllers/index.ts'
import { KINDS } from '../kube/index.ts'
import type { Context } from './context.ts'
import { aPod, anObserved } from './observed.fixture.ts'
import { repair } from './repair.ts'

/** The small network; `pool-0` ran on a node that is dead. */
function world(changes: object = {}) {
  const cluster = new SmallCluster()
  const { network, providers, claims } = anObserved()
  const dead = aPod('pool-0', 'False')
  cluster.put(LUNAR_KINDS.network, network)
  for (const provider of providers) cluster.put(LUNAR_KINDS.provider, provider)
  for (const claim of claims) cluster.put(KINDS.persistentVolumeClaim, claim)
  for (const pod of [{ ...dead, metadata: { ...dead.metadata, ...changes } }, aPod('pool-1')]) cluster.put(KINDS.pod, pod)
  return cluster
}

const giveUp = async ({ deps: { client } }: SmallCluster, words: readonly string[]): Promise<string> => {
  const said: string[] = []
  const context = { client, namespace: 'ns', words, flags: {}, isJson: false, print: (text: string) => said.push(text) }
  await repair.run(context as unknown as Context)
  return said.join('')
}

for (const [title, changes] of [
  ['has not noticed it yet', {}],
  ['has evicted it', { deletionTimestamp: '2026-01-01T00:00:00Z' }],
] as const)
  test(`a provider of a dead node is given up at the first word, where Kubernetes ${title}`, async (t) => {
    const cluster = world(changes)
    t.regex(await giveUp(cluster, ['pool-0']), /The volume of pool-0 is given up/)
    t.is(cluster.get(KINDS.pod, 'pool-0'), undefined)
    t.is(cluster.get(KINDS.persistentVolumeClaim, 'data-pool-0'), undefined)
    t.truthy(cluster.get(KINDS.persistentVolumeClaim, 'data-pool-1'))
  })

test('one that is ready is kept, pod and claim', async (t) => {
  const cluster = world()
  await t.throwsAsync(giveUp(cluster, ['pool-1']), { name: 'RefusedError', message: /runs and is ready on n1: .*kubectl cordon/ })
  t.deepEqual(cluster.writes, [])
})
