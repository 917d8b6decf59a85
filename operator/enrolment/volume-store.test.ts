import { hexOf, utf8 } from '@lunarx/core/model'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { providerSpec } from '../api/index.ts'
import type { PersistentVolume } from '../controllers/index.ts'
import { ApiError, type KubeClient } from '../kube/index.ts'
import { askCluster } from './ask-cluster.ts'
import { lookAtVolume } from './look-at-volume.ts'
import { sharedStoreOf } from './volume-store.ts'

const specOf = (changes: object = {}) => providerSpec.parse({ network: 'lunar', ...changes })
const declared = (failureDomain: string) => specOf({ volume: { failureDomain } })
const volumeOf = (spec: object): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'pv' },
  spec: { storageClassName: 'nfs', ...spec },
})
const boundBy = (key: string) => ({
  nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: ['x'] }] }] } },
})
const shared = volumeOf({})

for (const [title, spec, volume, expected] of [
  ['a volume that any node reaches: its class', specOf(), shared, 'nfs'],
  ['one of another class', specOf(), volumeOf({ storageClassName: 'ceph' }), 'ceph'],
  ['an affinity that says nothing', specOf(), volumeOf({ nodeAffinity: { required: { nodeSelectorTerms: [] } } }), 'nfs'],
  ['made by hand, without a class', specOf(), volumeOf({ storageClassName: '' }), '-'],
  ['local, by a provisioner', specOf(), volumeOf(boundBy('kubernetes.io/hostname')), undefined],
  ['block storage of a zone', specOf(), volumeOf(boundBy('topology.kubernetes.io/zone')), undefined],
  ['a folder of the node, without an affinity', specOf(), volumeOf({ hostPath: { path: '/a' } }), undefined],
  ['a disk of the node', specOf(), volumeOf({ local: { path: '/dev/a' } }), undefined],
  ['it may not be read', specOf(), undefined, undefined],
  ['declared to fail by itself', declared('Each'), shared, undefined],
  ['declared to fail with others', declared('filer-2'), shared, 'filer-2'],
  ['declared, although local', declared('shelf-2'), volumeOf(boundBy('kubernetes.io/hostname')), 'shelf-2'],
  ['declared where it may not be read', declared('filer-2'), undefined, 'filer-2'],
  [
    'shards lie in HDFS',
    specOf({ capacity: '1Gi', volume: { failureDomain: 'filer-2' }, backend: { hdfs: { urls: ['http://a:1'], root: '/a' } } }),
    shared,
    undefined,
  ],
] as const)
  test(`what a volume fails together with: ${title}`, (t) => {
    t.is(sharedStoreOf(spec, volume), expected)
  })

/** A cluster with a pool on `nfs`, whose PersistentVolume may be read or not. */
const clientWith = (mayRead: boolean): KubeClient =>
  ({
    get: (kind: { readonly kind: string }, { name }: { readonly name: string }) => {
      if (kind.kind === 'Provider') return Promise.resolve({ spec: { network: 'lunar' } })
      if (kind.kind === 'PersistentVolumeClaim')
        return Promise.resolve(name === 'data-pool-a-0' ? { spec: { volumeName: 'pv' } } : undefined)
      return mayRead ? Promise.resolve(name === 'pv' ? shared : undefined) : Promise.reject(new ApiError(403, 'Forbidden', 'no', 'GET'))
    },
  }) as unknown as KubeClient

async function lookedAt(pod: string, mayRead = true): Promise<string | undefined> {
  const client = clientWith(mayRead)
  return await lookAtVolume(
    pod,
    { namespace: 'ns', name: 'pool-a' },
    { client, inquiry: askCluster(client), crypto: nodeCrypto },
    undefined,
  )
}

test('the credential names the store of the volume that the claim of the pod is bound to', async (t) => {
  t.is(await lookedAt('pool-a-0'), hexOf(nodeCrypto.sha256(utf8('volumes of nfs'))).slice(0, 32))
  t.is(await lookedAt('pool-a-1'), undefined)
})

test('an operator that may not read volumes keeps nobody out', async (t) => {
  t.is(await lookedAt('pool-a-0', false), undefined)
})
