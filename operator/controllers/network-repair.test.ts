import test from 'ava'
import { lunarNetworkStatus, type LunarNetworkStatus } from '../api/index.ts'
import { aProvider } from '../healing/fleet.fixture.ts'
import type { Fleet } from '../healing/index.ts'
import { objectiveOf, recordIn, repairStatus, standingOf, type RepairSight } from './network-repair.ts'
import { aSpec } from './pools.fixture.ts'
import { writeAfterMs } from './settle.ts'

const HOUR = 3_600_000
const START = Date.parse('2026-11-30T12:00:00Z')
const SPEC = aSpec()

const fleetOf = (degraded: number, rebuiltBytesPerSecond?: number): Fleet => ({
  providers: [aProvider('a-0', 'p0', { usedBytes: 2 ** 30 }), aProvider('a-1', 'p1', { usedBytes: 2 ** 40, declaredLost: true })],
  sets: {
    margin: { '2': 10 - degraded, '1': degraded },
    degraded,
    backlogShards: degraded,
    backlogBytes: degraded * 1000,
    etaMs: null,
    repairedShards: 0,
    ...(rebuiltBytesPerSecond === undefined ? {} : { rebuiltBytesPerSecond }),
  },
})

/** One look, by an operator that knows nothing but what the status says. */
function look(before: LunarNetworkStatus | undefined, fleet: Fleet | undefined, nowMs: number, spec: RepairSight['spec'] = SPEC) {
  const repair = spec && standingOf(recordIn(before), fleet, spec.repair, nowMs)
  return lunarNetworkStatus.parse(repairStatus({ spec, fleet, trackers: { desired: 3 }, repair, nowMs }, before))
}

for (const [title, change, expected] of [
  ['its defaults', {}, { withinMs: 4_500_000, allowed: 0.001, windowDays: 30 }],
  ['an hour more than silent providers are waited for', { rebuildAfterSeconds: 0 }, { withinMs: HOUR, allowed: 0.001, windowDays: 30 }],
  [
    'what is asked for',
    { objective: { share: '99.95%', withinSeconds: 1_000, windowDays: 7 } },
    { withinMs: 1_000_000, allowed: 0.0005, windowDays: 7 },
  ],
  ['the strictest', { objective: { share: '99.999%' } }, { withinMs: 4_500_000, allowed: 0.00001, windowDays: 30 }],
  ['the least', { objective: { share: '50%' } }, { withinMs: 4_500_000, allowed: 0.5, windowDays: 30 }],
] as const)
  test(`the objective: ${title}`, (t) => t.deepEqual(objectiveOf(aSpec({ repair: change }).repair), expected))

for (const share of ['100%', '49.9%', '99.9', '99,9%', '99.9999%'])
  test(`no share: ${share}`, (t) => void t.throws(() => aSpec({ repair: { objective: { share } } })))

test('nothing was measured: no nines, and the whole budget', (t) => {
  t.deepEqual(look(undefined, fleetOf(0), START).repair, {
    backlogShards: 0,
    backlog: '0',
    errorBudget: { totalSeconds: 2592, leftPercent: 100 },
  })
})

test('a measured speed gives nines, by all trackers and what the fullest provider holds that is not lost', (t) => {
  const { repair } = look(undefined, fleetOf(0, 2 ** 20), START)
  t.is(repair?.rebuiltPerSecond, '3Mi')
  t.is(repair?.estimatedNines, 11)
  const slow = look(undefined, fleetOf(0, 1_000), START).repair?.estimatedNines ?? 99
  t.true(slow < 11)
  const frail = look(undefined, fleetOf(0, 2 ** 20), START, aSpec({ repair: { annualLossPercent: 40 } })).repair?.estimatedNines ?? 99
  t.true(frail < 11)
})

test('what trackers have forgotten stays, and so does what nobody can say at the moment', (t) => {
  const measured = look(undefined, fleetOf(0, 2 ** 20), START)
  t.deepEqual(look(measured, fleetOf(0), START + HOUR).repair, measured.repair)
  const { rebuiltPerSecond, estimatedNines, errorBudget } = measured.repair ?? {}
  for (const spec of [SPEC, undefined])
    t.deepEqual(look(measured, undefined, START, spec).repair, { rebuiltPerSecond, estimatedNines, errorBudget })
  t.deepEqual(repairStatus({ spec: undefined, fleet: undefined, trackers: { desired: 3 }, repair: undefined, nowMs: 0 }, undefined), {})
})

test('an operator that starts anew in the middle of it goes on counting', (t) => {
  const begun = look(undefined, fleetOf(5), START)
  t.is(begun.repair?.errorBudget?.degradedSince, undefined, 'sets that miss shards for a moment are not written down')
  // the record of the process that has seen it begin
  let { record } = standingOf(recordIn(undefined), fleetOf(5), SPEC.repair, START)
  for (let ms = 0; ms <= 1.5 * HOUR; ms += 10_000) record = standingOf(record, fleetOf(5), SPEC.repair, START + ms).record
  const nowMs = START + 1.5 * HOUR
  const sight = { spec: SPEC, fleet: fleetOf(5), trackers: { desired: 3 }, nowMs }
  const late = repairStatus({ ...sight, repair: standingOf(record, fleetOf(5), SPEC.repair, nowMs) }, begun)
  t.deepEqual(late.repair?.errorBudget, {
    totalSeconds: 2592,
    leftPercent: 82,
    burnRate: '500',
    degradedSince: '2026-11-30T12:00:00.000Z',
    spent: [{ day: '2026-11-30', seconds: 450 }],
  })
  t.deepEqual(look(late, fleetOf(5), nowMs).repair, late.repair, 'the same to whoever takes over')
  const healed = look(late, fleetOf(0), nowMs + 10_000)
  t.deepEqual(healed.repair?.errorBudget, { totalSeconds: 2592, leftPercent: 82, spent: [{ day: '2026-11-30', seconds: 450 }] })
  t.deepEqual(look(healed, fleetOf(0), nowMs + 31 * 24 * HOUR).repair?.errorBudget, { totalSeconds: 2592, leftPercent: 100 })
})

test('a network in which nothing is late causes no write, however long', (t) => {
  const written = look(undefined, fleetOf(0, 2 ** 20), START)
  for (const hours of [1, 24, 1000]) t.is(writeAfterMs(written, look(written, fleetOf(0, 2 ** 20), START + hours * HOUR)), undefined)
})

test('while sets are late it is written once a minute at most, and seldom when that has lasted', (t) => {
  let { record } = standingOf(recordIn(undefined), fleetOf(10), SPEC.repair, START)
  let written: LunarNetworkStatus = {}
  let writtenMs = Number.NEGATIVE_INFINITY
  const writes: number[] = []
  for (let nowMs = START; nowMs < START + 8 * HOUR; nowMs += 10_000) {
    const repair = standingOf(record, fleetOf(10), SPEC.repair, nowMs)
    record = repair.record
    const next = lunarNetworkStatus.parse(
      repairStatus({ spec: SPEC, fleet: fleetOf(10), trackers: { desired: 3 }, repair, nowMs }, written),
    )
    if (writeAfterMs(written, next, nowMs - writtenMs) !== 0) continue
    ;[written, writtenMs] = [next, nowMs]
    writes.push(nowMs - START)
  }
  const between = (fromHours: number, toHours: number) => writes.filter((ms) => ms >= fromHours * HOUR && ms < toHours * HOUR).length
  t.true(between(0, 1) <= 2, `${between(0, 1)}`)
  t.true(between(1, 2) <= 50, `${between(1, 2)}`)
  t.true(between(6, 8) <= 8, `${between(6, 8)}`)
})
