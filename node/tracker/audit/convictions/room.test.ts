import test from 'ava'
import { stream } from '../../../../test/vectors/stream.ts'
import { TRACKER_LIMITS } from '../../limits.ts'
import { hasRoomFor, isRecent, type KeptConviction } from './room.ts'

const { convictions, convictionsOfTracker, convictionsOfOwner, settledConvictions, convictionMs, convictionSkewMs } = TRACKER_LIMITS.audit
const QUORUM = 2

function leaf(tracker: string, set: string, owner: string): KeptConviction {
  const about = { tracker, slot: 0, round: 1, provider: 'p', askedMs: 0, keptMs: 0 }
  return { ...about, cause: 'leaf', segment: stream(set, 32), owner: stream(owner, 32), id: stream(`${tracker} ${set}`, 32) }
}

/** Sets of one owner after another, as many of each as there is room for, of which both trackers are convicted. */
const settled = (sets: number): KeptConviction[] =>
  Array.from({ length: sets }, (_, i) =>
    ['a', 'b'].map((tracker) => leaf(tracker, `set ${i}`, `owner ${Math.floor(i / convictionsOfOwner)}`)),
  ).flat()
const named = (count: number): KeptConviction[] => Array.from({ length: count }, (_, i) => leaf('a', `named ${i}`, `of ${i}`))

test('sets whose owner is known to be wrong take up no room of a tracker, and no more of them are kept than show it', (t) => {
  const kept = settled(settledConvictions / QUORUM)
  t.true(hasRoomFor(leaf('a', 'new', 'new'), kept, QUORUM))
  t.false(hasRoomFor(leaf('c', 'set 0', 'owner 0'), kept, QUORUM), 'a third tracker shows no more')
  t.false(hasRoomFor(leaf('a', 'new', 'owner 0'), kept, QUORUM), 'nor does another set of such an owner')
  t.true(hasRoomFor(leaf('a', 'new', 'new'), [...named(convictionsOfTracker - 1), ...kept], QUORUM))
  t.false(hasRoomFor(leaf('a', 'new', 'new'), [...named(convictionsOfTracker), ...kept], QUORUM))
})

test('beyond their number they count against their trackers, and nothing goes beyond all', (t) => {
  const kept = settled(settledConvictions / QUORUM + convictionsOfTracker)
  t.false(hasRoomFor(leaf('a', 'new', 'new'), kept, QUORUM))
  t.true(hasRoomFor(leaf('c', 'new', 'new'), kept, QUORUM))
  const all = Array.from({ length: convictions }, (_, i) => leaf(`tracker ${i}`, `set ${i}`, `owner ${i}`))
  t.false(hasRoomFor(leaf('c', 'new', 'new'), all, QUORUM))
})

test('what states a time to come is not recent, else it would be for ever', (t) => {
  t.true(isRecent({ askedMs: 0 }, convictionMs))
  t.false(isRecent({ askedMs: 0 }, convictionMs + 1))
  t.true(isRecent({ askedMs: convictionSkewMs }, 0))
  t.false(isRecent({ askedMs: convictionSkewMs + 1 }, 0))
})
