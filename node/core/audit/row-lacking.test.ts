import test from 'ava'
import { foundLacking, isForgotten, LACKING, provedAgain, provingMs, witnessesNeeded, type Lacking } from './row-lacking.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Proofs every ten minutes for so long. */
function provedFor(lacking: Lacking, forMs: number, fromMs = 0): Lacking {
  let now = lacking
  for (let atMs = 10 * MINUTE; atMs <= forMs && now.overMs === null; atMs += 10 * MINUTE) now = provedAgain(now, 10 * MINUTE, fromMs + atMs)
  return now
}

test('more witnesses than may be dishonest at once, and never one alone', (t) => {
  t.deepEqual([0, 1, 2, 3].map(witnessesNeeded), [2, 2, 3, 4])
})

test('it is over once all was proved for long enough, and begins anew with the next row that is lacking', (t) => {
  const found = foundLacking(undefined, 5)
  t.deepEqual(found, { sinceMs: 5, times: 1, provedForMs: 0, overMs: null })
  const almost = provedFor(found, LACKING.provingMs - 10 * MINUTE)
  t.is(almost.overMs, null)
  t.like(foundLacking(almost, 9), { sinceMs: 5, times: 1, provedForMs: 0 })
  t.is(provedAgain(almost, 10 * MINUTE, 7).overMs, 7)
})

test('who is silent between two proofs proves nothing meanwhile', (t) => {
  const found = foundLacking(undefined, 0)
  t.is(provedAgain(found, 5 * LACKING.provingMs, 1).provedForMs, LACKING.proofCountsMs)
  t.is(provedAgain(found, -HOUR, 1).provedForMs, 0)
})

test('each time takes twice as long, up to a week, until it is forgotten', (t) => {
  let lacking = foundLacking(undefined, 0)
  let nowMs = 0
  const took: number[] = []
  for (let time = 0; time < 8; time++) {
    took.push(provingMs(lacking))
    lacking = provedFor(lacking, 8 * 24 * HOUR, nowMs)
    nowMs = (lacking.overMs ?? 0) + HOUR
    lacking = foundLacking(lacking, nowMs)
  }
  t.deepEqual(
    took.map((ms) => ms / HOUR),
    [3, 6, 12, 24, 48, 96, 168, 168],
  )
  t.is(provingMs({ times: 10_000 }), LACKING.maxProvingMs)
  const over = provedFor(foundLacking(undefined, 0), 24 * HOUR)
  const endMs = over.overMs ?? 0
  t.false(isForgotten(over, endMs + LACKING.forgetMs - 1))
  t.true(isForgotten(over, endMs + LACKING.forgetMs))
  t.is(foundLacking(over, endMs + LACKING.forgetMs).times, 1)
  t.false(isForgotten(foundLacking(undefined, 0), 100 * LACKING.forgetMs), 'what is not over is never forgotten')
})
