import test from 'ava'
import { budgetOf, dayOf, lateShare, lookAtRepair, NO_RECORD, type Objective, type RepairRecord } from './objective.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** Midnight of a day. */
const START = 20_000 * DAY

const objective: Objective = { withinMs: HOUR, allowed: 0.001, windowDays: 30 }
const sets = (whole: number, degraded: number) => ({
  margin: { '2': whole, '1': degraded },
  degraded,
  backlogShards: degraded,
  backlogBytes: degraded,
  etaMs: null,
  repairedShards: 0,
})

/** Looks every 10 s for so long. */
function lookFor(record: RepairRecord, seen: Parameters<typeof lookAtRepair>[1], fromMs: number, forMs: number): RepairRecord {
  let now = record
  for (let ms = 0; ms <= forMs; ms += 10_000) now = lookAtRepair(now, seen, objective, fromMs + ms)
  return now
}
const spentSeconds = ({ spent }: RepairRecord): number => Math.round([...spent.values()].reduce((sum, one) => sum + one, 0))

const cases: [title: string, seen: Parameters<typeof lookAtRepair>[1], forMs: number, spent: number, late: number][] = [
  ['all is whole', sets(10, 0), 2 * HOUR, 0, 0],
  ['nothing is stored', sets(0, 0), 2 * HOUR, 0, 0],
  ['sets miss shards, and the time for it is not over', sets(5, 5), HOUR, 0, 0],
  ['all sets are late for ten minutes', sets(0, 10), HOUR + 10 * MINUTE, 600, 1],
  ['half of the sets are late for ten minutes', sets(5, 5), HOUR + 10 * MINUTE, 300, 0.5],
  ['nobody knows', undefined, 2 * HOUR, 0, 0],
]
for (const [title, seen, forMs, spent, late] of cases)
  test(`error budget: ${title}`, (t) => {
    const record = lookFor(NO_RECORD, seen, START, forMs)
    t.is(spentSeconds(record), spent)
    t.is(seen === undefined ? 0 : lateShare(record, seen, objective, START + forMs), late)
  })

test('what is whole for a moment has its full time again', (t) => {
  const late = lookFor(NO_RECORD, sets(0, 10), START, HOUR + MINUTE)
  const mended = lookAtRepair(late, sets(10, 0), objective, START + HOUR + 70_000)
  t.is(mended.degradedSinceMs, undefined)
  t.is(spentSeconds(lookFor(mended, sets(0, 10), START + 2 * HOUR, HOUR)), spentSeconds(late))
})

test('trackers that are away for a while do not end what goes on, and that time is not counted', (t) => {
  const late = lookFor(NO_RECORD, sets(0, 10), START, HOUR + 10 * MINUTE)
  const away = lookFor(late, undefined, START + HOUR + 10 * MINUTE, HOUR)
  t.is(away.degradedSinceMs, START)
  t.is(spentSeconds(lookAtRepair(away, sets(0, 10), objective, START + 2 * HOUR + 10 * MINUTE + 10_000)), 610)
})

test('an operator that was away for long counts a minute of it at most', (t) => {
  const late = lookFor(NO_RECORD, sets(0, 10), START, HOUR + 10 * MINUTE)
  t.is(spentSeconds(lookAtRepair(late, sets(0, 10), objective, START + 9 * HOUR)), 660)
})

test('clocks that are set back count nothing twice', (t) => {
  const late = lookFor(NO_RECORD, sets(0, 10), START, HOUR + 10 * MINUTE)
  const back = lookAtRepair(late, sets(0, 10), objective, START - HOUR)
  t.is(spentSeconds(back), 0, 'a day that is to come')
  t.is(back.degradedSinceMs, START - HOUR)
})

test('what was spent is left behind by the window', (t) => {
  const spent = new Map([
    [dayOf(START), 100],
    [dayOf(START) + 1, 30],
  ])
  const before: RepairRecord = { ...NO_RECORD, spent }
  const on = (day: number) => lookAtRepair(before, sets(10, 0), objective, START + day * DAY)
  t.is(spentSeconds(on(29)), 130)
  t.is(spentSeconds(on(30)), 30)
  t.is(spentSeconds(on(31)), 0)
})

test('the budget of 99.9 % in 30 days is 43 minutes; less than none is none', (t) => {
  t.is(Math.round(budgetOf(NO_RECORD, objective).totalSeconds), 2592)
  t.is(budgetOf(NO_RECORD, objective).left, 1)
  const spend = (seconds: number) => budgetOf({ ...NO_RECORD, spent: new Map([[1, seconds]]) }, objective).left
  t.true(Math.abs(spend(1296) - 0.5) < 1e-9)
  t.is(spend(9_999), 0)
})
