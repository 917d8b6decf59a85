import test from 'ava'
import { aNetwork, aProviderPool, aTrackerPool } from '../pools.fixture.ts'
import { podSpec } from './pod.ts'

const ZONE = 'topology.kubernetes.io/zone'
const NODE = 'kubernetes.io/hostname'

for (const [component, pool] of [
  ['tracker', aTrackerPool()],
  ['provider', aProviderPool()],
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
