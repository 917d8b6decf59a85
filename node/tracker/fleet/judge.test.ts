import test from 'ava'
import { findReplaced, judgeLiveness, lookingAhead, type Evidence, type Namesake } from './judge.ts'

const detection = { suspectMs: 15_000, lostMs: 60_000 }
const evidence = (silencesMs: number[], more: Partial<Evidence> = {}): Evidence => ({
  silencesMs,
  trackers: 3,
  isDeclaredLost: false,
  wasHeardSince: false,
  ...more,
})

for (const [claim, given, state] of [
  ['heard a moment ago: alive', evidence([1, 2, 3]), 'alive'],
  ['silent for all just below the limit: alive', evidence([14_999, 14_999, 14_999]), 'alive'],
  ['silent for all: suspect', evidence([15_000, 15_000, 15_000]), 'suspect'],
  ['silent here, heard by the others: alive', evidence([90_000, 1, 1]), 'alive'],
  ['silent long enough for a majority: lost', evidence([60_000, 60_000, 10]), 'lost'],
  ['silent long enough for less than a majority of all trackers, the others away: suspect', evidence([90_000]), 'suspect'],
  ['one tracker away, two agree: lost', evidence([60_000, 61_000]), 'lost'],
  ['half of the trackers is no majority', evidence([90_000, 90_000], { trackers: 4 }), 'suspect'],
  ['a network of one tracker needs nobody else', evidence([60_000], { trackers: 1 }), 'lost'],
  ['declared lost: at once', evidence([10, 10, 10], { isDeclaredLost: true }), 'lost'],
  [
    'declared lost and heard since: what it holds can be read',
    evidence([10, 10, 10], { isDeclaredLost: true, wasHeardSince: true }),
    'alive',
  ],
] as const)
  test(claim, (t) => t.is(judgeLiveness(given, detection), state))

test('limits are looked at a beat ahead, and never come near the heartbeat', (t) => {
  t.deepEqual(lookingAhead({ ...detection, heartbeatMs: 5_000 }, 1_000), { suspectMs: 14_000, lostMs: 59_000 })
  t.deepEqual(lookingAhead({ suspectMs: 2_000, lostMs: 3_000, heartbeatMs: 1_000 }, 1_000), { suspectMs: 1_750, lostMs: 2_750 })
})

const namesake = (peer: string, more: Partial<Namesake> = {}): Namesake => ({
  peer,
  name: 'pool-a-0',
  issuedMs: 1000,
  state: 'alive',
  ...more,
})

for (const [claim, fleet, replaced] of [
  [
    'a silent peer whose place was taken later is gone',
    [namesake('old', { state: 'suspect' }), namesake('new', { issuedMs: 2000 })],
    ['old'],
  ],
  ['also when it counts as lost already', [namesake('old', { state: 'lost' }), namesake('new', { issuedMs: 2000 })], ['old']],
  ['a peer that is heard is not, whoever has its name', [namesake('old'), namesake('new', { issuedMs: 2000 })], []],
  ['an older credential replaces nobody', [namesake('late', { issuedMs: 3000, state: 'suspect' }), namesake('early')], []],
  ['another name replaces nobody', [namesake('old', { state: 'lost' }), namesake('new', { name: 'pool-a-1', issuedMs: 2000 })], []],
  [
    'nor does a successor that is silent itself',
    [namesake('old', { state: 'lost' }), namesake('new', { issuedMs: 2000, state: 'suspect' })],
    [],
  ],
  ['a peer whose credential was never seen here is left to others', [namesake('old', { state: 'lost', issuedMs: 0 }), namesake('new')], []],
] as const)
  test(claim, (t) =>
    t.deepEqual(
      findReplaced(fleet).map(({ peer }) => peer),
      [...replaced],
    ),
  )
