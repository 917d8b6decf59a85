import test from 'ava'
import { aNetwork, aProviderPool, aTrackerPool, someVerifiers } from '../pools.fixture.ts'
import { podSpec } from './pod.ts'

const ZONE = 'topology.kubernetes.io/zone'
const NODE = 'kubernetes.io/hostname'

for (const [component, pool] of [
  ['tracker', aTrackerPool()],
  ['provider', aProviderPool()],
  ['verifier', someVerifiers()],
] as const)
  test(`a ${component} wishes to be apart from every other of its network, and is placed even so`, (t) => {
    const spec = podSpec(pool, aNetwork({ failureDomainKey: NODE }), { image: 'lunarx:1' })
    const labelSelector = { matchLabels: { 'app.kubernetes.io/component': component, 'lunarx.dev/network': 'lunar' } }
    const wished = { maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', nodeTaintsPolicy: 'Honor', labelSelector }
    t.deepEqual(spec.topologySpreadConstraints, [
      { topologyKey: NODE, ...wished },
      { topologyKey: ZONE, ...wished },
    ])
    t.deepEqual(spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution, [
      { weight: 100, podAffinityTerm: { topologyKey: NODE, labelSelector } },
    ])
  })

test('zones that bind are wished for once', (t) => {
  const spec = podSpec(aProviderPool(), aNetwork({ failureDomainKey: ZONE }), { image: 'lunarx:1' })
  t.deepEqual(
    spec.topologySpreadConstraints.map(({ topologyKey }) => topologyKey),
    [ZONE],
  )
})

test('a verifier is one container like those of its trackers: restricted, with resources of its own, and a token for its network alone', (t) => {
  const resources = { requests: { cpu: '50m' }, limits: { memory: '128Mi' } }
  const trackers = { resources: { requests: { cpu: '2' } } }
  const spec = podSpec(someVerifiers({ replicas: 2, resources }, trackers), aNetwork(), { image: 'lunarx:1' })
  const [container, ...others] = spec.containers
  t.deepEqual(others, [])
  t.like(container, {
    args: ['run', 'verifier', '--config', '/etc/lunarx/run.json'],
    resources,
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  })
  t.deepEqual(
    container?.ports.map(({ name }) => name),
    ['control', 'data', 'health'],
  )
  t.is(spec.serviceAccountName, 'tracker-verifier')
  t.false(spec.automountServiceAccountToken)
  t.true(JSON.stringify(spec.volumes).includes('"audience":"lunarx.dev/ns/lunar"'))
})
