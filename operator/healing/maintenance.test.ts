import { MAX_MAINTENANCE_MS, type ProviderAudit } from '@lunarx/wire'
import test from 'ava'
import { aProvider } from './fleet.fixture.ts'
import { planMaintenance, TAKEN_DOWN_MS, wantMaintenance, type MaintenanceSight, type ServicedPod } from './maintenance.ts'

const NOW = 1_000_000_000
const MINUTE = 60_000

const pod = (changes: Partial<ServicedPod> = {}): ServicedPod => ({ name: 'pool-0', isWell: true, leavesMs: undefined, ...changes })
const leaving = (leavesMs: number): ServicedPod => pod({ isWell: false, leavesMs })
const until = (untilMs: number, peer = 'p0') => [{ peer, untilMs }]
const suspect = { state: 'suspect', silentMs: 20_000 } as const

/** @returns what is wanted of p0, whose pod is pool-0 */
const wanted = (changes: Partial<MaintenanceSight>): number | undefined =>
  wantMaintenance({ asked: [], pods: [pod()], fleet: [aProvider('pool-0', 'p0')], nowMs: NOW, ...changes }).get('p0')

for (const [title, changes, expected] of [
  ['a pod that is well is not worked on', {}, 0],
  ['a person says so', { asked: until(NOW + 30 * MINUTE) }, 30 * MINUTE],
  [
    'a person says so of one that is down already',
    { asked: until(NOW + MINUTE), pods: [], fleet: [aProvider('pool-0', 'p0', suspect)] },
    MINUTE,
  ],
  ['a person says so of another', { asked: until(NOW + MINUTE, 'p1') }, 0],
  ['what a person said is over', { asked: until(NOW) }, 0],
  ['for longer than trackers take it', { asked: until(NOW + 2 * MAX_MAINTENANCE_MS) }, MAX_MAINTENANCE_MS],
  ['it is being deleted', { pods: [leaving(NOW + MINUTE)] }, MINUTE + TAKEN_DOWN_MS],
  ['it hangs while it is deleted', { pods: [leaving(NOW - 9 * MINUTE)] }, MINUTE],
  ['it hangs for too long', { pods: [leaving(NOW - TAKEN_DOWN_MS)] }, undefined],
  ['the longer of two', { pods: [leaving(NOW)], asked: until(NOW + 30 * MINUTE) }, 30 * MINUTE],
  ['deleted since its node is gone: liveness decides', { pods: [leaving(NOW)], fleet: [aProvider('pool-0', 'p0', suspect)] }, undefined],
  ['it is not back yet', { pods: [pod({ isWell: false })] }, undefined],
  ['it is ready, and trackers have not heard of it', { fleet: [aProvider('pool-0', 'p0', suspect)] }, undefined],
  ['it is not there', { pods: [] }, undefined],
  ['it is lost for good', { asked: until(NOW + MINUTE), fleet: [aProvider('pool-0', 'p0', { declaredLost: true })] }, undefined],
] as const)
  test(`maintenance: ${title}`, (t) => {
    t.is(wanted(changes), expected)
  })

const seen = (maintenanceLeftMs?: number) => ({
  providers: [{ peer: 'p0', ...(maintenanceLeftMs === undefined ? {} : { maintenanceLeftMs }) } as unknown as ProviderAudit],
})

for (const [title, forMs, audit, expected] of [
  ['it is news', TAKEN_DOWN_MS, seen(0), TAKEN_DOWN_MS],
  ['it was told a moment ago', TAKEN_DOWN_MS, seen(TAKEN_DOWN_MS - 10_000), undefined],
  ['it has less', 30 * MINUTE, seen(TAKEN_DOWN_MS), 30 * MINUTE],
  ['it has more: nothing is cut short', TAKEN_DOWN_MS, seen(30 * MINUTE), undefined],
  ['a short one is news too', 1_000, seen(0), 1_000],
  ['it is over', 0, seen(MINUTE), 0],
  ['it is over, as the tracker says', 0, seen(0), undefined],
  ['nothing is wanted', undefined, seen(MINUTE), undefined],
  ['the tracker knows no ends', TAKEN_DOWN_MS, seen(), undefined],
  ['the tracker audits nothing', TAKEN_DOWN_MS, undefined, undefined],
] as const)
  test(`a tracker is told of maintenance: ${title}`, (t) => {
    const told = planMaintenance(new Map(forMs === undefined ? [] : [['p0', forMs]]), audit)
    t.deepEqual(told, expected === undefined ? [] : [{ peer: 'p0', forMs: expected }])
  })
