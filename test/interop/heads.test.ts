import { hexOf, itemAt } from '@lunarx/core/model'
import { mergeHeads, nextClock, type Head } from '@lunarx/core/row'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { read } from './reader.ts'

/** `SEED=7` tells other histories. */
const seed = Number(process.env['SEED'] ?? 1)
const random = new SeededRandom(seed)

/** Some writers, each of whom has seen some of what was written: commits of one row in order of time. */
function history(): Head[] {
  const writers = Array.from({ length: 1 + random.below(4) }, () => random.bytes(8))
  const commits: Head[] = []
  for (let left = 1 + random.below(9); left > 0; left--) {
    const writer = itemAt(writers, random.below(writers.length))
    const seen = commits.filter(() => random.chance(0.4))
    commits.push({ id: random.bytes(32), writer, clock: nextClock(mergeHeads([], seen), writer) })
  }
  return commits
}

/** Clocks that no honest writer makes: what supersedes what may run in a circle. */
function muddle(): Head[] {
  const writers = Array.from({ length: 2 + random.below(3) }, () => random.bytes(8))
  return Array.from({ length: 2 + random.below(6) }, () => ({
    id: random.bytes(32),
    writer: itemAt(writers, random.below(writers.length)),
    clock: Object.fromEntries(writers.filter(() => random.chance(0.7)).map((writer) => [hexOf(writer), 1 + random.below(4)])),
  }))
}

test(`the reader finds the heads that replicas agree on, of any history (SEED=${seed})`, async (t) => {
  const sets = Array.from({ length: 400 }, (_, place) => (place % 2 === 0 ? history() : muddle()))
  const { stdout, stderr } = await read('heads', { sets })
  t.is(stderr, '')
  const expected = sets.map((commits) => mergeHeads([], commits).map(({ id }) => hexOf(id)))
  t.true(expected.some((heads) => heads.length > 1) && expected.some((heads, place) => heads.length < itemAt(sets, place).length))
  t.deepEqual(JSON.parse(stdout.toString()), expected)
})
