import test from 'ava'
import { ApiError, KINDS } from '../kube/index.ts'
import { SmallCluster } from './cluster.fixture.ts'
import { statefulSet, type StatefulSet } from './children/stateful-set.ts'
import { claimsOf, claimsToGrow, growClaims, podOfClaim, sightOf, smallerVolumes } from './claims.ts'
import type { VolumeClaim } from './deps.ts'
import { aNetwork, aProviderPool } from './pools.fixture.ts'

const claim = (name: string, storage: string, rest: Partial<VolumeClaim['metadata']> = {}): VolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace: 'ns', uid: `u-${name}`, labels: { 'app.kubernetes.io/instance': 'pool-a' }, ...rest },
  spec: { resources: { requests: { storage } } },
  status: { phase: 'Bound' },
})

test('claims of a pool are told by label and namespace', (t) => {
  const all = [
    claim('data-pool-a-0', '1Gi'),
    claim('data-pool-b-0', '1Gi', { labels: { 'app.kubernetes.io/instance': 'pool-b' } }),
    claim('data-pool-a-0', '1Gi', { namespace: 'other' }),
  ]
  t.deepEqual(sightOf(claimsOf('pool-a', 'ns', all)), [{ pod: 'pool-a-0', uid: 'u-data-pool-a-0', phase: 'Bound' }])
  t.is(podOfClaim('data-pool-a-10'), 'pool-a-10')
})

test('only claims that ask for less grow, never one that is being deleted or not bound yet', (t) => {
  const all = [
    claim('a', '1Gi'),
    claim('b', '2Gi'),
    claim('c', '2048Mi'),
    claim('d', '3Gi'),
    claim('e', '1Gi', { deletionTimestamp: 'now' }),
    { ...claim('f', '1Gi'), status: { phase: 'Pending' } },
  ]
  t.deepEqual(
    claimsToGrow('2Gi', all).map(({ metadata }) => metadata.name),
    ['a'],
  )
})

const sized = (pod: string, asked: string, storage?: string): VolumeClaim => ({
  ...claim(`data-${pod}`, asked),
  status: storage === undefined ? { phase: 'Pending' } : { phase: 'Bound', capacity: { storage } },
})

test('volumes that are smaller than is wanted: by what they have, whatever is asked; those to come by what they are made with', (t) => {
  const options = { fallbackImage: 'node:1', configFingerprint: 'f' }
  const set = statefulSet(aProviderPool({ replicas: 5, volume: { size: '1Gi' } }), aNetwork(), undefined, options) as StatefulSet
  const claims = [
    sized('pool-a-0', '2Gi', '1Gi'),
    sized('pool-a-1', '2Gi', '2147483648'),
    sized('pool-a-2', '1Gi'),
    sized('pool-a-3', '2Gi'),
    sized('pool-a-5', '1Gi', '3Gi'),
  ]
  const found = smallerVolumes(aProviderPool({ replicas: 6, volume: { size: '2Gi' } }), set, claims)
  t.deepEqual(Object.fromEntries(found), { 'pool-a-0': '1Gi', 'pool-a-2': '1Gi', 'pool-a-4': '1Gi' })
  const more = smallerVolumes(aProviderPool({ replicas: 7, volume: { size: '2Gi' } }), set, claims)
  t.is(more.get('pool-a-6'), '1Gi', 'before there is a claim')
  t.is(smallerVolumes(aProviderPool({ replicas: 2, volume: { size: '2Gi' } }), undefined, []).size, 0)
})

const ofClass = (name: string, storageClassName: string): VolumeClaim => {
  const { spec, ...rest } = claim(name, '1Gi')
  return { ...rest, spec: { ...spec, storageClassName } }
}
const pool = aProviderPool({ volume: { size: '2Gi' } })
const signal = new AbortController().signal
const sizeOf = (cluster: SmallCluster, name: string) =>
  (cluster.get(KINDS.persistentVolumeClaim, name) as VolumeClaim | undefined)?.spec.resources?.requests?.['storage']

test('what one claim is refused is asked for no other of its class, and holds up none of another', async (t) => {
  const cluster = new SmallCluster()
  const claims = [ofClass('a', 'fixed'), ofClass('b', 'fixed'), ofClass('c', 'elastic')]
  for (const one of claims) cluster.put(KINDS.persistentVolumeClaim, one)
  cluster.refusals.push({ path: /persistentvolumeclaims\/[ab]$/, status: 403, message: 'the storageclass must support resize' })
  const refusal = await growClaims(pool, claims, cluster.deps, signal)
  t.is(
    refusal,
    '2 of 3 volume claims stay smaller than spec.volume.size (2Gi). a of StorageClass fixed: the storageclass must support resize',
  )
  t.deepEqual(
    ['a', 'b', 'c'].map((name) => sizeOf(cluster, name)),
    ['1Gi', '1Gi', '2Gi'],
  )
  t.is(cluster.writes.length, 2)
  cluster.refusals.pop()
  t.is(await growClaims(pool, claims, cluster.deps, signal), undefined)
  t.is(sizeOf(cluster, 'b'), '2Gi')
})

test('a claim that changed meanwhile is no refusal: it is looked at again', async (t) => {
  const cluster = new SmallCluster()
  cluster.refusals.push({ path: /./, status: 409, message: 'changed' })
  await t.throwsAsync(growClaims(pool, [claim('a', '1Gi')], cluster.deps, signal), { instanceOf: ApiError })
})
