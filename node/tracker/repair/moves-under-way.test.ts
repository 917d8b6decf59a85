import { SimulatedClock } from '@lunarx/runtime/clock'
import test from 'ava'
import type { Standing } from '../fleet/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import { MovesUnderWay } from './moves-under-way.ts'

const { movesOfProvider, movedBytesOfProvider } = TRACKER_LIMITS.even

/** Heartbeats come when they are said to. */
function started(trackers: number) {
  const clock = new SimulatedClock()
  const heard = new Map<string, number>()
  const lost = new Set<string>()
  const standing = (peer: string): Standing => ({ state: lost.has(peer) ? 'lost' : 'alive' }) as Standing
  const moves = new MovesUnderWay({ fleet: { heardMs: (peer) => heard.get(peer), standing }, clock, trackers })
  const hear = async (...peers: string[]): Promise<void> => {
    await clock.runFor(1)
    for (const peer of peers) heard.set(peer, clock.elapsed())
    await clock.runFor(1)
  }
  return { moves, hear, lost }
}

/** Moves that begin from one provider to another until no more may. */
function fill(moves: MovesUnderWay, [from, to]: readonly [string, string], bytes: number): number {
  let count = 0
  while (count < 100 && moves.mayBegin(from, bytes) && moves.mayBegin(to, bytes)) {
    moves.begin([from, to], bytes)
    count++
  }
  return count
}

for (const [trackers, bytes, expected] of [
  [1, 1, movesOfProvider],
  [3, 1, Math.floor(movesOfProvider / 3)],
  [movesOfProvider + 1, 1, 1],
  [1, movedBytesOfProvider / 2, 2],
  [1, movedBytesOfProvider / 2 + 1, 1],
  [1, 10 * movedBytesOfProvider, 1],
  [2, movedBytesOfProvider / 4, 2],
] as const)
  test(`one of ${trackers} trackers moves ${expected} shards of ${bytes} bytes to a provider before it is heard`, (t) =>
    t.is(fill(started(trackers).moves, ['a', 'b'], bytes), expected))

test('what moves off a provider counts as what moves to it does, and others are free', (t) => {
  const { moves } = started(1)
  fill(moves, ['a', 'b'], 1)
  for (const peer of ['a', 'b']) t.false(moves.mayBegin(peer, 1))
  t.is(fill(moves, ['c', 'd'], 1), movesOfProvider)
})

test('each goes on when it has been heard itself, since the last of them began', async (t) => {
  const { moves, hear } = started(1)
  await hear('a', 'b')
  fill(moves, ['a', 'b'], 1)
  t.false(moves.mayBegin('b', 1), 'it was heard before')
  await hear('a')
  t.true(moves.mayBegin('a', 1))
  t.false(moves.mayBegin('b', 1))
  t.true(moves.isAny)
  await hear('b')
  t.false(moves.isAny)
  t.is(fill(moves, ['a', 'b'], 1), movesOfProvider)
})

test('nothing is under way with one that is lost', (t) => {
  const { moves, lost } = started(1)
  fill(moves, ['a', 'b'], 1)
  lost.add('a').add('b')
  t.false(moves.isAny)
})
