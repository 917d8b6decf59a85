import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import fc from 'fast-check'
import { isExponential } from '../../../test/audits/kolmogorov.ts'
import { stream } from '../../../test/vectors/stream.ts'
import { peerIdOf } from '../membership/index.ts'
import { hexOf, itemAt, LIMITS } from '../model/index.ts'
import {
  drawnLeafOf,
  drawnShard,
  drawSeed,
  drawsOfRound,
  exponentialMs,
  leafColumn,
  scaled,
  sweepOrder,
  verifierOrder,
  type Verifier,
} from './index.ts'

const provider = peerIdOf(crypto.signKey(stream('provider', 32)).publicKey)
const VERIFIERS: Verifier[] = Array.from({ length: 9 }, (_, i) => ({
  peer: peerIdOf(crypto.signKey(stream(`verifier ${i}`, 32)).publicKey),
  domain: `domain ${i % 3}`,
}))
const NONE: ReadonlySet<string> = new Set()

test('gaps between draws are exponential, over the borders of rounds too (Kolmogorov–Smirnov)', (t) => {
  const meanMs = 187_608
  const roundMs = 3_600_000
  const due: number[] = []
  for (let round = 0; round < 150; round++) {
    const value = stream(`beacon ${round}`, 32)
    for (const { dueMs } of drawsOfRound({ value, provider, startMs: round * roundMs, untilMs: (round + 1) * roundMs, meanMs }, crypto))
      due.push(dueMs)
  }
  const gaps = due.slice(1).map((at, i) => at - itemAt(due, i))
  t.true(gaps.length > 2_500)
  t.true(isExponential(gaps, meanMs))
  t.false(isExponential(gaps, meanMs * 1.1), 'the test can tell a mean that is a tenth off')
  t.false(
    isExponential(
      gaps.map(() => meanMs),
      meanMs,
    ),
    'and even times',
  )
})

test('an exponential time is never negative nor endless', (t) => {
  t.is(exponentialMs(0n, 1_000), 0)
  t.true(exponentialMs(2n ** 64n - 1n, 1_000) < 37_000)
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.integer({ min: 1, max: 1_000_000 }), (word, bound) => scaled(word, bound) < bound),
  )
})

test('every leaf of a provider is as likely as any other, in large shards and in small ones', (t) => {
  const sizes = [1, 16_384, 16_385, 10 * LIMITS.leafBytes, 100_000, 5 * LIMITS.leafBytes]
  const column = leafColumn(sizes)
  t.is(column.leaves, 1 + 1 + 2 + 10 + 7 + 5)
  const seen = new Map<string, number>()
  const draws = 13_000
  for (let sequence = 0; sequence < draws; sequence++) {
    const seed = drawSeed(stream('value', 32), provider, sequence, crypto)
    const shard = drawnShard(seed, column) ?? -1
    const leaf = `${shard} ${drawnLeafOf(seed, itemAt(sizes, shard))}`
    seen.set(leaf, (seen.get(leaf) ?? 0) + 1)
  }
  const expected = draws / column.leaves
  const chiSquared = [...seen.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  t.is(seen.size, column.leaves)
  t.true(chiSquared < 52.6, `χ² of 25 degrees is above 52.6 in 1 of 1,000: ${chiSquared}`)
  t.is(drawnShard(stream('seed', 32), leafColumn([])), undefined)
})

test('verifiers are asked in an order that nobody chose: each as often first, none of the domains that are left out', (t) => {
  const first = new Map<string, number>()
  for (let i = 0; i < 900; i++) {
    const { peer } = itemAt(verifierOrder(stream(`seed ${i}`, 32), VERIFIERS, NONE, crypto), 0)
    first.set(peer, (first.get(peer) ?? 0) + 1)
  }
  t.is(first.size, 9)
  for (const count of first.values()) t.true(count > 60 && count < 140, `${count} of 900`)
  const others = verifierOrder(stream('seed', 32), VERIFIERS, new Set(['domain 1']), crypto)
  t.deepEqual([others.length, others.some(({ domain }) => domain === 'domain 1')], [6, false])
})

test('who does not know of one verifier has the others in the same order', (t) => {
  const seed = stream('seed', 32)
  const whole = verifierOrder(seed, VERIFIERS, NONE, crypto)
  for (const gone of VERIFIERS) {
    const rest = verifierOrder(seed, VERIFIERS.filter((one) => one !== gone).toReversed(), NONE, crypto)
    t.deepEqual(
      rest,
      whole.filter((one) => one !== gone),
    )
  }
})

test('a sweep has every set once, in an order that the next round does not repeat', (t) => {
  const sets = Array.from({ length: 200 }, (_, i) => ({ segment: stream(`set ${i}`, 32) }))
  const order = (round: number) => sweepOrder(stream('value', 32), round, sets, crypto).map(({ segment }) => hexOf(segment))
  t.is(new Set(order(1)).size, sets.length)
  t.deepEqual(
    order(1),
    sweepOrder(stream('value', 32), 1, sets.toReversed(), crypto).map(({ segment }) => hexOf(segment)),
  )
  const [one, two] = [order(1), order(2)]
  t.true(one.filter((set, i) => set === two[i]).length < 10)
})
