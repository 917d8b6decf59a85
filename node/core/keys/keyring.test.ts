import test from 'ava'
import fc from 'fast-check'
import { beginRotation, endRotation, FIRST_KEYRING, generationsOf, keyringSchema, mergeKeyrings, type Keyring } from './keyring.ts'

const reached = fc.array(fc.boolean(), { maxLength: 12 }).map((steps) => {
  let keyring = FIRST_KEYRING
  for (const isBegin of steps) keyring = isBegin ? beginRotation(keyring) : endRotation(keyring)
  return keyring
})

test('a rotation adds a generation, its end leaves one older one, a cut one goes on to the same', (t) => {
  const one = beginRotation(FIRST_KEYRING)
  t.deepEqual(generationsOf(FIRST_KEYRING), [0])
  t.deepEqual(generationsOf(one), [1, 0])
  t.false(one.isWhole)
  t.is(beginRotation(one), one)
  const two = beginRotation(endRotation(one))
  t.deepEqual(generationsOf(two), [2, 1, 0], 'what was written under 0 in the meantime is moved now')
  t.deepEqual(generationsOf(endRotation(two)), [2, 1])
})

test('every keyring that rotations reach is sound, and reads three generations at most', (t) => {
  fc.assert(fc.property(reached, (keyring) => keyringSchema.safeParse(keyring).success && generationsOf(keyring).length <= 3))
  t.pass()
})

test('merged keyrings read all that any of them read, in whatever order they come', (t) => {
  const covers = (all: Keyring, one: Keyring): boolean => generationsOf(one).every((generation) => generationsOf(all).includes(generation))
  fc.assert(
    fc.property(reached, reached, (a, b) => {
      const merged = mergeKeyrings([a, b])
      t.deepEqual(merged, mergeKeyrings([b, a]))
      t.deepEqual(mergeKeyrings([a, a]), a)
      return covers(merged, a) && covers(merged, b) && (!merged.isWhole || a.present === b.present)
    }),
  )
  t.deepEqual(mergeKeyrings([]), FIRST_KEYRING)
})
