import test from 'ava'
import { aNetwork, aProviderPool, aTrackerPool } from '../pools.fixture.ts'
import { outsideService } from './outside-service.ts'

test('one pod, its own node only, and the two ports of clients', (t) => {
  const { metadata, spec } = outsideService(aProviderPool({ expose: 'NodePort', exposeTo: ['192.0.2.0/24'] }), aNetwork(), 'pool-a-0')
  t.like(metadata, { name: 'pool-a-0-outside', namespace: 'ns' })
  t.like(metadata.labels, { 'lunarx.dev/outside': 'pool-a-0', 'lunarx.dev/network': 'lunar', 'app.kubernetes.io/instance': 'pool-a' })
  t.is(metadata.ownerReferences?.[0]?.uid, 'uid-pool-a')
  t.deepEqual(spec, {
    type: 'NodePort',
    externalTrafficPolicy: 'Local',
    publishNotReadyAddresses: true,
    selector: {
      'app.kubernetes.io/name': 'lunarx-provider',
      'app.kubernetes.io/instance': 'pool-a',
      'statefulset.kubernetes.io/pod-name': 'pool-a-0',
    },
    ports: [
      { name: 'control', port: 4001, targetPort: 'control', protocol: 'TCP' },
      { name: 'data', port: 4002, targetPort: 'data', protocol: 'TCP' },
    ],
  })
})

test('a load balancer is told who may come; the admin API of trackers stays inside', (t) => {
  const { spec } = outsideService(aTrackerPool({ expose: 'LoadBalancer', exposeTo: ['192.0.2.0/24'] }), aNetwork(), 'tracker-1')
  const { type, loadBalancerSourceRanges, ports } = spec as Record<string, unknown>
  t.deepEqual([type, loadBalancerSourceRanges], ['LoadBalancer', ['192.0.2.0/24']])
  t.false(JSON.stringify(ports).includes('4443'))
})
