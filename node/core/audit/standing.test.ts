import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import {
  afterOutcome,
  BIT_ROT,
  isBeyondAllowance,
  isBraked,
  isPlaceable,
  lossAllowance,
  newcomer,
  scoreOf,
  STANDING,
  type Standing,
} from './index.ts'

const DAY = 86_400_000
const transcript = stream('transcript', 32)

function after(standing: Standing, proofs: number, failures: number, nowMs: number): Standing {
  let next = standing
  for (let i = 0; i < proofs; i++) next = afterOutcome(next, { kind: 'proof' }, nowMs)
  for (let i = 0; i < failures; i++) next = afterOutcome(next, { kind: 'failure', transcript }, nowMs)
  return next
}

test('a newcomer is vetted by time and by proofs, not by one of them', (t) => {
  t.is(after(newcomer(0), 10_000, 0, 13 * DAY).state, 'vetting')
  t.is(after(newcomer(0), STANDING.vettingProofs - 1, 0, 15 * DAY).state, 'vetting')
  const trusted = after(newcomer(0), STANDING.vettingProofs, 0, 15 * DAY)
  t.deepEqual([trusted.state, trusted.reason, trusted.sinceMs], ['trusted', 'vetted', 15 * DAY])
  t.is(after(newcomer(0), 100, 1, DAY).state, 'suspended')
})

test('one loss beyond what disks lose suspends, and names its transcript; proofs restore; going on expels for good', (t) => {
  const trusted = after(newcomer(0), 1_000, 0, 15 * DAY)
  const suspended = after(trusted, 0, 1, 16 * DAY)
  t.deepEqual([suspended.state, suspended.transcript], ['suspended', transcript])
  t.false(isPlaceable(suspended))
  t.is(after(suspended, 50, 0, 17 * DAY).state, 'suspended')
  const restored = after(suspended, 300, 0, 17 * DAY)
  t.deepEqual([restored.state, restored.transcript], ['trusted', null])
  const expelled = after(suspended, 0, 20, 17 * DAY)
  t.is(expelled.state, 'expelled')
  t.is(after(expelled, 10_000, 0, 90 * DAY).state, 'expelled')
})

test('what was long ago counts for little', (t) => {
  const bad = after(newcomer(0), 0, 1, 0)
  t.true(scoreOf(bad) < 0.2)
  t.true(scoreOf(after(bad, 500, 0, DAY)) > 0.98)
  t.is(scoreOf(newcomer(0)), 0.5)
})

test('an honest provider exceeds the allowance less often than one in a billion windows', (t) => {
  for (const shards of [1, 100, 10_000, 1_000_000]) {
    const mean = shards * BIT_ROT.shardsPerYear * (30 / 365)
    let [term, below] = [Math.exp(-mean), 0]
    for (let n = 0; n <= lossAllowance(shards); n++) {
      below += term
      term *= mean / (n + 1)
    }
    t.true(1 - below <= BIT_ROT.exceededWith + 1e-12, `${shards} shards`)
  }
  t.true(lossAllowance(10_000) < 0.001 * 10_000, 'one in a thousand is beyond what disks lose')
})

test('losses weigh when a window has more of them than disks have', (t) => {
  const allowed = lossAllowance(10_000)
  const losses = Array.from({ length: allowed }, (_, i) => i * 1_000)
  t.false(isBeyondAllowance(losses.slice(1), DAY, 10_000))
  t.true(isBeyondAllowance(losses, DAY, 10_000))
  t.false(isBeyondAllowance(losses, 40 * DAY, 10_000), 'a window later they are forgotten')
})

test('one event writes off what one domain may hold, and no more before most verifiers agree', (t) => {
  const set = { parity: 4, survive: 2 }
  const off = (index: number, atMs: number, domains = ['a']) => ({ index, atMs, domains })
  t.false(isBraked(set, [off(0, 0)], off(1, 60_000), 5))
  t.true(isBraked(set, [off(0, 0), off(1, 30_000)], off(2, 60_000), 5))
  t.false(isBraked(set, [off(0, 0), off(1, 30_000)], off(1, 60_000), 5), 'the same shard again')
  t.false(isBraked(set, [off(0, 0), off(1, 30_000)], off(2, 2 * 3_600_000), 5), 'another event')
  t.false(isBraked(set, [off(0, 0), off(1, 30_000)], off(2, 60_000, ['a', 'b', 'c']), 5), 'most domains agree')
})
