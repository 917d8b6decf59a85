import test from 'ava'
import { claimsOf, claimsToGrow, podOfClaim, sightOf } from './claims.ts'
import type { VolumeClaim } from './deps.ts'

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

test('only claims that ask for less grow, never one that is being deleted', (t) => {
  const all = [
    claim('a', '1Gi'),
    claim('b', '2Gi'),
    claim('c', '2048Mi'),
    claim('d', '3Gi'),
    claim('e', '1Gi', { deletionTimestamp: 'now' }),
  ]
  t.deepEqual(
    claimsToGrow('2Gi', all).map(({ metadata }) => metadata.name),
    ['a'],
  )
})
