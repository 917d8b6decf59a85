import { hexOf } from '@lunarx/core/model'
import { Trace } from '@lunarx/runtime/log'
import { SimulatedClock } from '@lunarx/runtime/clock'
import type { TrackerStatus } from '@lunarx/wire'
import test from 'ava'
import type { TrackerAdmin } from '../healing/index.ts'
import { clientConfigMap, networkConfig } from './children/network-children.ts'
import type { ControllerDeps } from './deps.ts'
import type { Answering } from './look.ts'
import { podHost, podNames } from './names.ts'
import { Observatory } from './observatory.ts'
import type { Pool } from './pool.ts'
import { aNetworkObject, aSpec, aTrackerPool } from './pools.fixture.ts'
import { judgeTrackers, nameTrackers, type NamedTrackers } from './shrink-trackers.ts'

const NETWORK = aNetworkObject()
const ISSUER = { url: 'https://issuer', ca: 'PEM' }
const DONE = { left: 0, compared: 4, trackers: 4, isDone: true }
const SETTLED = { kind: 'settled' } as const

/** An operator's memory beside what Kubernetes keeps: the number of pods, and the configuration in force. */
class Cluster {
  observatory = new Observatory()
  live: number
  configured: number

  constructor(live: number) {
    this.live = this.configured = live
  }

  get deps(): ControllerDeps {
    const pools = [aTrackerPool({ replicas: this.configured })]
    const config = clientConfigMap(NETWORK, aSpec(), networkConfig(NETWORK, aSpec(), hexOf(new Uint8Array(32)), pools, ISSUER))
    const cache = { statefulSets: { get: () => ({ spec: { replicas: this.live } }) }, configMaps: { get: () => config } }
    const log = new Trace(new SimulatedClock()).log('operator')
    return { cache, observatory: this.observatory, settings: { operator: 'op' }, log } as unknown as ControllerDeps
  }

  /** One reconciliation. @returns what the configuration names, and how many pods there must be */
  look(wanted: number, handover?: TrackerStatus['handover'], change: (pool: Pool) => Pool = (pool) => pool) {
    const pool = change(aTrackerPool({ replicas: wanted }))
    const naming = nameTrackers(NETWORK, [pool], this.deps)
    this.configured = naming.named[0]?.spec.replicas ?? 0
    judgeTrackers(naming, { trackers: this.#words(naming, handover), rollout: SETTLED }, this.deps)
    const judged = this.observatory.trackerShrink(pool.owner.metadata.uid ?? '', wanted)
    return { named: this.configured, needed: judged?.needed, reason: judged?.refusal?.reason ?? judged?.leave?.reason }
  }

  /** Everyone runs with the configuration in force. */
  #words({ plan }: NamedTrackers, handover: TrackerStatus['handover']): Answering[] {
    const named = podNames('tracker', this.configured)
    return podNames('tracker', this.live).map((name) => {
      const known = [...new Set([name, ...named])]
      const trackers = known.map((pod) => ({
        address: { host: podHost(pod, 'tracker', 'ns'), controlPort: 4001, dataPort: 4002 },
        peer: null,
        reachable: true,
      }))
      const status = { name, trackers, ...(name === plan.next?.pod && handover && { handover }) }
      return { admin: {} as TrackerAdmin, status: status as unknown as TrackerStatus }
    })
  }
}

test('one after the other: left out, handed over, gone; then the next', (t) => {
  const cluster = new Cluster(5)
  t.deepEqual(cluster.look(3), { named: 5, needed: 5, reason: 'LeavingOut' })
  t.deepEqual(
    cluster.look(3),
    { named: 4, needed: 5, reason: 'LeavingOut' },
    'the configuration is written in this look, and in force with the next',
  )
  t.deepEqual(cluster.look(3), { named: 4, needed: 5, reason: 'RollingOut' }, 'it has not said that it hands over')
  t.deepEqual(cluster.look(3, { ...DONE, left: 1, isDone: false }), { named: 4, needed: 5, reason: 'HandingOver' })
  t.deepEqual(cluster.look(3, DONE), { named: 4, needed: 4, reason: 'RemovingPods' })
  cluster.live = 4
  t.deepEqual(cluster.look(3), { named: 4, needed: 4, reason: 'LeavingOut' })
  t.deepEqual(cluster.look(3).named, 3)
})

test('another operator goes on where the one before was', (t) => {
  const cluster = new Cluster(5)
  cluster.look(3)
  cluster.look(3)
  cluster.observatory = new Observatory()
  t.deepEqual(cluster.look(3, DONE), { named: 4, needed: 4, reason: 'RemovingPods' })
})

test('taken back: the tracker is named again, and what it said before counts for nothing', (t) => {
  const cluster = new Cluster(5)
  cluster.look(3)
  cluster.look(3)
  t.is(cluster.look(3, DONE).needed, 4)
  t.deepEqual(cluster.look(5, DONE), { named: 5, needed: undefined, reason: undefined })
  t.deepEqual(cluster.look(3), { named: 5, needed: 5, reason: 'LeavingOut' })
})

test('a pool that is deleted: its StatefulSet went first, and comes back with the trackers that its volumes belong to', (t) => {
  const cluster = new Cluster(3)
  const claim = (name: string, annotations: Readonly<Record<string, string>> = {}) => ({
    metadata: { name: `data-${name}`, namespace: 'ns', labels: { 'app.kubernetes.io/instance': 'tracker' }, annotations },
  })
  const claims = [claim('tracker-0'), claim('tracker-1'), claim('tracker-2', { 'lunarx.dev/handed-over': 'true' })]
  const { cache, ...rest } = cluster.deps
  const deps = {
    ...rest,
    cache: { ...cache, statefulSets: { get: () => undefined }, claims: { list: () => claims } },
  } as unknown as ControllerDeps
  const pool = aTrackerPool({ replicas: 3 })
  const lives = nameTrackers(NETWORK, [pool], deps)
  t.is(lives.named[0]?.spec.replicas, 3)
  const metadata = { ...pool.owner.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' }
  const deleted = { ...pool, owner: { ...pool.owner, metadata }, spec: { ...pool.spec, replicas: 0 } } as Pool
  const naming = nameTrackers(NETWORK, [deleted], deps)
  t.is(naming.plan.refusal?.reason, 'TooFewTrackers')
  judgeTrackers(naming, { trackers: [], rollout: SETTLED }, deps)
  t.is(cluster.observatory.trackerShrink(pool.owner.metadata.uid ?? '', 0)?.needed, 2)
})

test('refused, or paused: all are named and needed', (t) => {
  t.deepEqual(new Cluster(5).look(2), { named: 5, needed: 5, reason: 'TooFewTrackers' })
  const cluster = new Cluster(5)
  const paused = (pool: Pool): Pool => ({
    ...pool,
    owner: { ...pool.owner, metadata: { ...pool.owner.metadata, annotations: { 'lunarx.dev/paused': 'true' } } },
  })
  for (let i = 0; i < 3; i++) t.deepEqual(cluster.look(3, undefined, paused), { named: 5, needed: undefined, reason: undefined })
})
