import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import { hexOf } from '../model/index.ts'
import { tallyConvictions, type TalliedConviction } from './index.ts'

const leaf = (tracker: string, set: string, owner: string): TalliedConviction => ({
  cause: 'leaf',
  tracker,
  segment: stream(set, 32),
  owner: stream(owner, 32),
})
const opening = (tracker: string): TalliedConviction => ({ cause: 'opening', tracker, segment: null, owner: null })

test('a tracker alone is named with its owners; once a quorum is convicted of a set, its owner is, and no tracker for it', (t) => {
  const alone = [leaf('a', 'one', 'ann'), leaf('a', 'two', 'ben'), leaf('a', 'two', 'ben')]
  t.deepEqual(tallyConvictions(alone, 2), {
    trackers: [{ tracker: 'a', convicted: 0, named: 2, owners: 2 }],
    owners: [],
    ownerWrong: new Set(),
  })
  const { trackers, owners, ownerWrong } = tallyConvictions([...alone, leaf('b', 'two', 'ben')], 2)
  t.deepEqual(trackers, [{ tracker: 'a', convicted: 0, named: 1, owners: 1 }])
  t.deepEqual(owners, [{ owner: stream('ben', 32), convicted: 1 }])
  t.deepEqual([...ownerWrong], [hexOf(stream('two', 32))])
})

test('an opening convicts the tracker whatever others say, and it comes first', (t) => {
  const { trackers } = tallyConvictions([leaf('a', 'one', 'ann'), leaf('a', 'two', 'ann'), opening('b')], 2)
  t.deepEqual(trackers, [
    { tracker: 'b', convicted: 1, named: 0, owners: 0 },
    { tracker: 'a', convicted: 0, named: 2, owners: 1 },
  ])
})
