import test from 'ava'
import { KeepTally } from './keep-tally.ts'

/** k = 2, three owners, these holders. */
const tallyOf = (holders: Record<string, number>): KeepTally =>
  new KeepTally([{ owners: 3, required: 2, holders: new Map(Object.entries(holders)) }])

test('a set is kept once a majority of its owners and k + 1 of its holders have the keep, in any order', async (t) => {
  const tally = tallyOf({ a: 0, b: 1, c: 2, d: 3 })
  tally.holder(0, 'a')
  tally.owner(0, 'kept', true)
  tally.holder(0, 'b')
  tally.owner(0, 'kept', true)
  t.deepEqual(tally.outcomes, ['short'])
  tally.holder(0, 'c')
  t.deepEqual(tally.outcomes, ['kept'])
  await tally.isDecided
})

test('two holders of one shard are no more than one, and a stranger is none', (t) => {
  const tally = tallyOf({ a: 0, twin: 0, b: 1, c: 2 })
  for (let owner = 0; owner < 3; owner++) tally.owner(0, 'kept', true)
  for (const peer of ['a', 'twin', 'b', 'b', 'stranger']) tally.holder(0, peer)
  t.deepEqual(tally.outcomes, ['short'])
  tally.holder(0, 'c')
  t.deepEqual(tally.outcomes, ['kept'])
})

test('where k hold it at all, k are enough; fewer never are', (t) => {
  const exact = tallyOf({ a: 0, b: 1 })
  const fewer = tallyOf({ a: 0 })
  for (const tally of [exact, fewer]) {
    for (let owner = 0; owner < 3; owner++) tally.owner(0, 'kept', true)
    for (const peer of ['a', 'b']) tally.holder(0, peer)
  }
  t.deepEqual([exact.outcomes, fewer.outcomes], [['kept'], ['short']])
})

test('a tracker that does not own the set counts for nothing, and one burial is the end', async (t) => {
  const tally = tallyOf({ a: 0, b: 1, c: 2 })
  for (const peer of ['a', 'b', 'c']) tally.holder(0, peer)
  for (let i = 0; i < 5; i++) tally.owner(0, 'kept', false)
  tally.owner(0, 'kept', true)
  t.deepEqual(tally.outcomes, ['short'])
  tally.owner(0, 'unknown', true)
  tally.owner(0, 'buried', true)
  tally.owner(0, 'kept', true)
  t.deepEqual(tally.outcomes, ['buried'])
  await tally.isDecided
})
