import test from 'ava'
import type { LunarNetworkStatus } from '../api/index.ts'
import type { Fleet } from '../healing/index.ts'
import { aProvider } from '../healing/fleet.fixture.ts'
import { KubeMetrics } from '../kube/index.ts'
import { NetworkMetrics } from './network-metrics.ts'
import { standingOf } from './network-repair.ts'
import { aSpec } from './pools.fixture.ts'

const status: LunarNetworkStatus = {
  conditions: [{ type: 'Ready', status: 'True', reason: 'Serving', message: '', lastTransitionTime: '' }],
  providers: { desired: 2, alive: 1, suspect: 0, lost: 1 },
  trackers: { desired: 3, reachable: 2 },
  epoch: 7,
}
const fleetOf = (margin: Record<string, number>): Fleet => ({
  providers: [aProvider('a-0', 'p0'), aProvider('a-1', 'p1', { state: 'lost' })],
  sets: { margin, degraded: 3, backlogShards: 4, backlogBytes: 400, etaMs: 2_500, repairedShards: 0 },
})

const linesOf = async (metrics: KubeMetrics): Promise<string[]> =>
  (await metrics.text()).split('\n').filter((line) => line.startsWith('lunarx_network_'))

test('what is known of a network, by its namespace and name', async (t) => {
  const metrics = new KubeMetrics()
  new NetworkMetrics(metrics).see('ns/lunar', status, { fleet: fleetOf({ '2': 9, '1': 3 }) })
  const lines = await linesOf(metrics)
  for (const line of [
    'lunarx_network_condition{network="ns/lunar",type="Ready",status="True"} 1',
    'lunarx_network_condition{network="ns/lunar",type="Ready",status="False"} 0',
    'lunarx_network_sets{network="ns/lunar",margin="lost"} 0',
    'lunarx_network_sets{network="ns/lunar",margin="1"} 3',
    'lunarx_network_providers{network="ns/lunar",state="lost"} 1',
    'lunarx_network_providers_desired{network="ns/lunar"} 2',
    'lunarx_network_trackers_reachable{network="ns/lunar"} 2',
    `lunarx_network_capacity_bytes{network="ns/lunar"} ${2 ** 30}`,
    'lunarx_network_repair_backlog_bytes{network="ns/lunar"} 400',
    'lunarx_network_repair_eta_seconds{network="ns/lunar"} 2.5',
    'lunarx_network_epoch{network="ns/lunar"} 7',
  ])
    t.true(lines.includes(line), line)
})

test('how repair keeps its objective; what is late now is not told while nobody knows', async (t) => {
  const metrics = new KubeMetrics()
  const { repair: spec } = aSpec()
  const record = { degradedSinceMs: 0, spent: new Map([[10, 1296]]), seenMs: undefined }
  const fleet = fleetOf({ '2': 9, '1': 3 })
  const nowMs = 10 * 86_400_000
  const networks = new NetworkMetrics(metrics)
  networks.see('ns/lunar', { ...status, repair: { estimatedNines: 11 } }, { fleet, repair: standingOf(record, fleet, spec, nowMs) })
  const lines = await linesOf(metrics)
  for (const line of [
    'lunarx_network_repair_late_ratio{network="ns/lunar"} 0.25',
    'lunarx_network_repair_allowed_late_ratio{network="ns/lunar"} 0.001',
    'lunarx_network_repair_budget_left_ratio{network="ns/lunar"} 0.5',
    'lunarx_network_estimated_nines{network="ns/lunar"} 11',
  ])
    t.true(lines.includes(line), `${line}\n${lines.join('\n')}`)
  networks.see('ns/lunar', status, { fleet: undefined, repair: standingOf(record, undefined, spec, nowMs) })
  const unknown = await linesOf(metrics)
  t.false(unknown.some((line) => /late_ratio\{network="ns\/lunar"\} 0.25|nines\{/.test(line)))
  t.true(unknown.includes('lunarx_network_repair_budget_left_ratio{network="ns/lunar"} 0.5'))
})

test('a quota that is less than the room is the capacity', async (t) => {
  const metrics = new KubeMetrics()
  new NetworkMetrics(metrics).see('ns/lunar', status, { fleet: fleetOf({}), quota: { storage: '1k' } })
  t.true((await linesOf(metrics)).includes('lunarx_network_capacity_bytes{network="ns/lunar"} 1000'))
})

test('a margin that no set has any more is not told any more, nor figures that nobody knows, nor what is gone', async (t) => {
  const metrics = new KubeMetrics()
  const networks = new NetworkMetrics(metrics)
  networks.see('ns/lunar', status, { fleet: fleetOf({ '1': 3 }) })
  networks.see('ns/lunar', status, { fleet: fleetOf({ '2': 3 }) })
  t.false((await linesOf(metrics)).some((line) => line.includes('margin="1"')))
  networks.see('ns/lunar', status, { fleet: undefined })
  const withoutFleet = await linesOf(metrics)
  t.false(withoutFleet.some((line) => line.startsWith('lunarx_network_sets')))
  t.true(withoutFleet.includes('lunarx_network_trackers_desired{network="ns/lunar"} 3'))
  networks.see('ns/other', status, { fleet: fleetOf({ '2': 1 }) })
  networks.forget('ns/lunar')
  t.true((await linesOf(metrics)).every((line) => line.includes('ns/other')))
  networks.clear()
  t.deepEqual(await linesOf(metrics), [])
})
