import test from 'ava'
import fc from 'fast-check'
import { compareBytes, hexOf } from '../model/bytes.ts'
import { hasCode } from '../model/error.ts'
import { LIMITS } from '../model/limits.ts'
import { mergeHeads, nextClock, supersedes, type Head } from './merge.ts'

const writer = (n: number) => Uint8Array.of(0, 0, 0, 0, 0, 0, n >> 8, n & 255)
const idOf = (n: number) => Uint8Array.from({ length: 32 }, (_, i) => (i < 2 ? (n >> (8 * (1 - i))) & 255 : 0))
const ids = (heads: readonly Head[]) => heads.map((head) => hexOf(head.id))

/** A history as replicas see it: each step a writer takes the heads of some of the commits so far and writes over them. */
const history = fc
  .array(fc.record({ writer: fc.nat(5), seen: fc.array(fc.nat(), { maxLength: 4 }) }), { minLength: 1, maxLength: 16 })
  .map((steps) => {
    const commits: Head[] = []
    for (const step of steps) {
      const seen = step.seen.flatMap((n) => commits[n % Math.max(1, commits.length)] ?? [])
      const own = commits.filter((commit) => commit.writer[7] === step.writer)
      const heads = mergeHeads([], [...seen, ...own])
      commits.push({ id: idOf(commits.length * 37), writer: writer(step.writer), clock: nextClock(heads, writer(step.writer)) })
    }
    return commits
  })
const parts = (of: fc.Arbitrary<Head[]>) =>
  of.chain((commits) => fc.tuple(fc.subarray(commits), fc.subarray(commits), fc.subarray(commits)))

test('replicas converge: the merge is commutative, associative and idempotent', (t) => {
  fc.assert(
    fc.property(parts(history), ([a, b, c]) => {
      const [x, y, z] = [mergeHeads([], a), mergeHeads([], b), mergeHeads([], c)]
      t.deepEqual(ids(mergeHeads(x, y)), ids(mergeHeads(y, x)))
      t.deepEqual(ids(mergeHeads(mergeHeads(x, y), z)), ids(mergeHeads(x, mergeHeads(y, z))))
      t.deepEqual(ids(mergeHeads(x, x)), ids(x))
      t.deepEqual(ids(mergeHeads(mergeHeads(x, y), z)), ids(mergeHeads([], [...a, ...b, ...c])))
    }),
  )
  t.pass()
})

test('with any clocks at all, a commit is dropped only for a head that has seen it', (t) => {
  const clock = fc.dictionary(
    fc.nat(3).map((n) => hexOf(writer(n))),
    fc.integer({ min: 1, max: 4 }),
  )
  const anything = fc
    .array(fc.record({ writer: fc.nat(3).map(writer), clock }), { maxLength: 8 })
    .map((list) => list.map((head, n) => ({ ...head, id: idOf(n) })))
  fc.assert(
    fc.property(anything, anything, (a, b) => {
      const merged = mergeHeads(a, b)
      const all = new Map([...a, ...b].map((head) => [hexOf(head.id), head]))
      const reaches = (head: Head): boolean =>
        ids(merged).includes(hexOf(head.id)) || merged.some((other) => chain(other, head, [...all.values()]))
      for (const head of all.values()) t.true(reaches(head))
      t.deepEqual(ids(mergeHeads(merged, merged)), ids(merged))
      t.deepEqual(
        merged.map((head) => head.id),
        merged.map((head) => head.id).toSorted(compareBytes),
      )
    }),
  )
})

/** True if `top` has seen `bottom`, itself or through others of `all`. */
function chain(top: Head, bottom: Head, all: readonly Head[]): boolean {
  const seen = new Set<Head>([top])
  for (const head of seen) for (const other of all) if (supersedes(head, other)) seen.add(other)
  return [...seen].some((head) => hexOf(head.id) === hexOf(bottom.id))
}

test('writes that have not seen each other stand side by side, until one has seen both', (t) => {
  const a: Head = { id: idOf(1), writer: writer(1), clock: nextClock([], writer(1)) }
  const b: Head = { id: idOf(2), writer: writer(2), clock: nextClock([], writer(2)) }
  t.deepEqual(mergeHeads([a], [b]), [a, b])
  const both: Head = { id: idOf(3), writer: writer(1), clock: nextClock([a, b], writer(1)) }
  t.deepEqual(mergeHeads([a, b], [both]), [both])
  t.deepEqual(mergeHeads([both], [a, b]), [both])
})

test('one head more than are kept is refused, a merging one is not', (t) => {
  const heads = Array.from({ length: LIMITS.rowHeads }, (_, n) => ({ id: idOf(n), writer: writer(n), clock: nextClock([], writer(n)) }))
  const more = { id: idOf(99), writer: writer(99), clock: nextClock([], writer(99)) }
  t.true(
    hasCode(
      t.throws(() => mergeHeads(heads, [more])),
      'TOO_MANY_HEADS',
    ),
  )
  const merging = { id: idOf(100), writer: writer(100), clock: nextClock(heads, writer(100)) }
  t.deepEqual(mergeHeads(heads, [merging]), [merging])
})

test('a clock names 64 writers at most, and never forgets a head it replaces', (t) => {
  let head: Head = { id: idOf(0), writer: writer(0), clock: nextClock([], writer(0)) }
  for (let n = 1; n <= 200; n++) {
    const next: Head = { id: idOf(n), writer: writer(n), clock: nextClock([head], writer(n)) }
    t.true(supersedes(next, head))
    t.true(Object.keys(next.clock).length <= 64)
    head = next
  }
  const heads = Array.from({ length: 32 }, (_, n) => ({
    id: idOf(300 + n),
    writer: writer(300 + n),
    clock: { ...head.clock, [hexOf(writer(300 + n))]: 2 },
  }))
  const merging = { id: idOf(400), writer: writer(400), clock: nextClock(heads, writer(400)) }
  t.deepEqual(mergeHeads(heads, [merging]), [merging])
})
