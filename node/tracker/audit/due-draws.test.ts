/**
 * The scheduler as a tracker runs it, once a second: when draws come out of it, and that none is lost or comes twice.
 */
import { BEACON_ROUND_MS, drawsOfRound, PRIVATE_ROUND } from '@lunarx/core/audit'
import { peerIdOf } from '@lunarx/core/membership'
import { hexOf, itemAt } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test, { type ExecutionContext } from 'ava'
import { isExponential } from '../../../test/audits/kolmogorov.ts'
import { stream } from '../../../test/vectors/stream.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import { DueDraws, type DueDraw } from './due-draws.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
/** 460 a day, as the promise takes. */
const MEAN_MS = 187_608
const ROUNDS = 150
const TRACKERS = 3
const { missedMs } = TRACKER_LIMITS.audit
/** Looks are so long after the second. */
const OFF_MS = 137
const PROVIDER = peerIdOf(crypto.signKey(stream('provider', 32)).publicKey)
const FIRST = 1_000
const startOf = (round: number): number => (FIRST + round) * BEACON_ROUND_MS
const [START_MS, END_MS] = [startOf(0), startOf(ROUNDS)]

type BeaconValue = (round: number) => Uint8Array | undefined
const valueOf: BeaconValue = (round) => stream(`beacon ${round}`, 32)
const noValue: BeaconValue = () => undefined

const dueDraws = (beaconValue: BeaconValue, tracker = 0, meanMs = MEAN_MS): DueDraws =>
  new DueDraws({ crypto, secret: stream(`secret ${tracker}`, 32), meanMs, beaconValue })

/**
 * @param everyMs between two looks, of which none is on the second: a tracker looks every second
 * @param onLook before each
 */
function takeUntil(
  t: ExecutionContext,
  due: DueDraws,
  [fromMs, untilMs]: readonly [number, number],
  everyMs: number,
  onLook: (nowMs: number) => void = () => undefined,
): DueDraw[] {
  const taken: DueDraw[] = []
  let isPrompt = true
  for (let nowMs = fromMs + OFF_MS; nowMs < untilMs; nowMs += everyMs) {
    onLook(nowMs)
    for (const draw of due.take([PROVIDER], nowMs, TRACKERS)) {
      isPrompt &&= draw.dueMs <= nowMs && nowMs - draw.dueMs <= everyMs
      taken.push(draw)
    }
  }
  t.true(isPrompt, 'each comes at the first look after it is due')
  return taken
}

const gapsOf = (draws: readonly DueDraw[]): number[] => {
  const due = draws.map(({ dueMs }) => dueMs).toSorted((a, b) => a - b)
  return due.slice(1).map((dueMs, i) => dueMs - itemAt(due, i))
}
/** As the beacon gives them: round and sequence of those that are due after `fromMs`, until `untilMs`. */
function drawsDue(rounds: number, meanMs: number, span: (round: number) => readonly [number, number]): string[] {
  return Array.from({ length: rounds }, (_, round) => {
    const [fromMs, untilMs] = span(round)
    const value = stream(`beacon ${FIRST + round}`, 32)
    const source = { value, provider: PROVIDER, startMs: startOf(round), untilMs: startOf(round + 1), meanMs }
    return [...drawsOfRound(source, crypto)].flatMap(({ sequence, dueMs }) =>
      dueMs > fromMs && dueMs <= untilMs ? [`${FIRST + round} ${sequence}`] : [],
    )
  }).flat()
}
const named = (draws: readonly DueDraw[]): string[] => draws.map(({ round, sequence }) => `${round} ${sequence}`)

test('with a beacon draws come at exponential times, each once, within the second (Kolmogorov–Smirnov over 150 hours)', (t) => {
  const taken = takeUntil(t, dueDraws(valueOf), [START_MS, END_MS], SECOND)
  t.true(isExponential(gapsOf(taken), MEAN_MS))
  t.false(isExponential(gapsOf(taken), MEAN_MS * 1.1), 'the test can tell a mean that is a tenth off')
  const due = drawsDue(ROUNDS, MEAN_MS, () => [START_MS + OFF_MS, END_MS - SECOND + OFF_MS])
  t.deepEqual(named(taken), due, 'over the borders of hours too')
})

test('without one the trackers together draw as often, at exponential times too, by secrets of their own', (t) => {
  const each = Array.from({ length: TRACKERS }, (_, tracker) => takeUntil(t, dueDraws(noValue, tracker), [START_MS, END_MS], 5 * SECOND))
  t.true(isExponential(gapsOf(each.flat()), MEAN_MS))
  for (const taken of each) {
    t.true(isExponential(gapsOf(taken), TRACKERS * MEAN_MS))
    t.true(taken.every(({ round }) => round === PRIVATE_ROUND))
    t.is(new Set(taken.map(({ seed }) => hexOf(seed))).size, taken.length)
  }
})

test('a value that comes in the middle of an hour takes over at once: none of its draws is lost, none comes twice, and the times stay exponential', (t) => {
  const everyMs = 5 * SECOND
  const comesMs = (round: number): number => startOf(round) + ((round * 17) % 50) * MINUTE + SECOND
  let nowMs = START_MS
  const value: BeaconValue = (round) => (nowMs >= comesMs(round - FIRST) ? valueOf(round) : undefined)
  const each = Array.from({ length: TRACKERS }, (_, tracker) =>
    takeUntil(t, dueDraws(value, tracker), [START_MS, END_MS], everyMs, (atMs) => {
      nowMs = atMs
    }),
  )
  const byBeacon = each.map((taken) => taken.filter(({ round }) => round !== PRIVATE_ROUND))
  const lastLookBefore = (ms: number): number => Math.floor((ms - START_MS - OFF_MS) / everyMs) * everyMs + START_MS + OFF_MS
  const due = drawsDue(ROUNDS, MEAN_MS, (round) => [
    Math.max(START_MS + OFF_MS, lastLookBefore(comesMs(round))),
    Math.min(startOf(round + 1), lastLookBefore(END_MS)),
  ])
  for (const taken of byBeacon) t.deepEqual(named(taken), due)
  // those of the beacon are the same for all: one tracker carries each out
  const own = each.flat().filter(({ round }) => round === PRIVATE_ROUND)
  t.true(own.length > 500 && due.length > 500, `${own.length} and ${due.length}`)
  t.true(isExponential(gapsOf([...own, ...itemAt(byBeacon, 0)]), MEAN_MS))
})

test('what came due while the tracker was busy is made up for, over the border of an hour too, unless it is too long ago', (t) => {
  const meanMs = MEAN_MS / 100
  const beforeMs = startOf(1) - 2 * MINUTE
  const takeAfter = (awayMs: number): string[] => {
    const due = dueDraws(valueOf, 0, meanMs)
    t.deepEqual(due.take([PROVIDER], beforeMs, TRACKERS), [])
    return named(due.take([PROVIDER], beforeMs + awayMs, TRACKERS))
  }
  const made = takeAfter(missedMs)
  t.deepEqual(
    made,
    drawsDue(2, meanMs, () => [beforeMs, beforeMs + missedMs]),
  )
  for (const round of [FIRST, FIRST + 1]) t.true(made.some((draw) => draw.startsWith(`${round} `)))
  t.deepEqual(
    takeAfter(MINUTE + missedMs),
    drawsDue(2, meanMs, () => [beforeMs + MINUTE, beforeMs + MINUTE + missedMs]),
    'the first minute is left out',
  )
})

test('a clock that is set back asks nothing twice, and one that is set far back does not wait until it was there', (t) => {
  const due = dueDraws(valueOf, 0, MEAN_MS / 100)
  const take = (from: number, until: number): string[] =>
    named(takeUntil(t, due, [START_MS + from * MINUTE, START_MS + until * MINUTE], SECOND))
  const first = take(0, 10)
  t.deepEqual(take(7, 9), [])
  const after = take(9, 11)
  t.true(after.length > 10)
  t.is(new Set([...first, ...after]).size, first.length + after.length)
  t.true(take(-180, -175).length > 100)
})
