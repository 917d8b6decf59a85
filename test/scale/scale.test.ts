import test from 'ava'
import { SMALL } from './shape.ts'
import { simulate } from './simulate.ts'

test('the simulation of a large network, in small: it keeps the rule, loses what chance says, and repairs what is left', (t) => {
  const { events, ring, audits, followed, checked, durability, slopes } = simulate(SMALL, () => undefined)
  t.deepEqual([checked.misplaced, checked.assessedOtherwise], [0, 0])
  const of = (name: string) => events.find(({ event }) => event === name) ?? t.fail(`no ${name}`)
  for (const event of events) t.is(event.unplaced, 0, event.event)
  const [rack, zone, half] = [of('one rack, silent'), of('one zone, silent'), of('half the trackers, then one rack')]
  if (!rack || !zone || !half) return
  t.is(rack.lostSets + rack.bareSets, 0, 'a rack has one shard of a set at most')
  t.true(rack.healedMs >= SMALL.rebuildAfterMs, 'silence is waited for')
  t.true(zone.expectedLostSets > 50, 'as many would be lost if shards lay anywhere')
  t.deepEqual([zone.lostSets, zone.bareSets], [0, 0], 'of 14 shards a zone of ten has two at most')
  t.true(half.healedMs > rack.healedMs, 'half the trackers take longer')
  for (const { curve } of events)
    t.true(curve.every(([, left], i) => left <= (curve[i - 1]?.[1] ?? Infinity)) && curve.at(-1)?.[1] !== curve[0]?.[1])
  t.true(ring.movedByJoining < 2 * ring.leastMovedByJoining && ring.movedByJoining > 0.3 * ring.leastMovedByJoining)
  t.true(Math.abs(audits.drawsPerDay / audits.expectedDrawsPerDay - 1) < 0.02)
  t.true(Math.abs(audits.found - audits.expectedFound) < 0.03, `${audits.found} found, by chance ${audits.expectedFound}`)
  t.true(Math.abs(audits.sweptShare / audits.expectedSweptShare - 1) < 0.15, `${audits.sweptShare} swept in a round`)
  t.true(audits.shardsAtOnce >= 1 && audits.sweepBytesPerDay > 0)
  t.true(
    Math.abs(followed.losses - followed.expectedLosses) < 0.2 * followed.expectedLosses + 5 * Math.sqrt(followed.expectedLosses),
    `${followed.losses} of ${followed.expectedLosses}`,
  )
  t.true(durability.every(({ nines }) => nines > 4))
  t.true((slopes[1]?.healedMs ?? 0) <= (slopes[2]?.healedMs ?? 0) && (slopes[2]?.missingShards ?? 0) > 5 * (slopes[1]?.missingShards ?? 0))
})
