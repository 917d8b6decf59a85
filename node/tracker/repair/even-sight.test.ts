import type { Standing } from '@lunarx/core/audit'
import { itemAt } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import test from 'ava'
import { TRACKER_LIMITS } from '../limits.ts'
import { watchSets } from './_watched-sets.test.ts'
import { readEvenSight, type EvenSightDeps } from './even-sight.ts'

type State = Standing['state']

interface Seen {
  readonly state?: State
  readonly maintenance?: boolean
  readonly draining?: boolean
  readonly steadyMs?: number | null
}

const LONG = TRACKER_LIMITS.even.steadyMs

/** Which of these may be given shards that lie well already. */
async function open(seen: Readonly<Record<string, Seen>>): Promise<string[]> {
  const clock = new SimulatedClock()
  await clock.runFor(2 * LONG)
  const stateOf = (peer: string): State => seen[peer]?.state ?? 'trusted'
  const storing = Object.keys(seen).map((peer) => ({ peer, domain: peer, zone: '', freeBytes: 60, load: 0 }))
  const fleet = {
    storing: () => storing,
    lastBeat: () => ({ capacityBytes: 100 }),
    steadySince: (peer: string) => {
      const steadyMs = seen[peer]?.steadyMs
      return steadyMs === null ? null : clock.elapsed() - (steadyMs ?? LONG)
    },
    standing: () => ({ state: 'alive' }),
    isDraining: (peer: string) => seen[peer]?.draining === true,
    domainsOf: (peer: string) => ({ domain: peer, zone: '' }),
  } as unknown as EvenSightDeps['fleet']
  const standings = {
    of: (peer: string) => ({ state: stateOf(peer) }) as Standing,
    isPlaceable: (peer: string) => ['trusted', 'vetting'].includes(stateOf(peer)),
    isInMaintenance: (peer: string) => seen[peer]?.maintenance === true,
  }
  const { filled } = readEvenSight({ fleet, standings, clock, underWay: { mayBegin: () => true } })
  return filled.open.map(({ peer, takenBytes, capacityBytes }) => `${peer} ${takenBytes} of ${capacityBytes}`)
}

for (const [claim, seen, expected] of [
  ['whoever is trusted and steady', { a: {}, b: {} }, ['a', 'b']],
  ['none that is being vetted while others are trusted', { a: {}, b: { state: 'vetting' } }, ['a']],
  ['all where nobody is trusted yet', { a: { state: 'vetting' }, b: { state: 'vetting' } }, ['a', 'b']],
  ['none that is suspended', { a: {}, b: { state: 'suspended' } }, ['a']],
  ['none in maintenance', { a: {}, b: { maintenance: true } }, ['a']],
  ['none that is drained', { a: {}, b: { draining: true } }, ['a']],
  ['none that was silent lately', { a: {}, b: { steadyMs: LONG - 1 } }, ['a']],
  ['none that is silent', { a: {}, b: { steadyMs: null } }, ['a']],
] as const satisfies readonly (readonly [string, Readonly<Record<string, Seen>>, readonly string[]])[])
  test(`what lies well may go to ${claim}`, async (t) =>
    t.deepEqual(
      await open(seen),
      expected.map((peer) => `${peer} 40 of 100`),
    ))

test('a closer look says how full those few are now, the whole how full they were when it was read', async (t) => {
  const { fleet, clock, peers } = await watchSets({ services: ['storage'] })
  const standings = { of: () => ({ state: 'trusted' }) as Standing, isPlaceable: () => true, isInMaintenance: () => false }
  const sight = readEvenSight({ fleet, standings, clock, underWay: { mayBegin: () => true } })
  const [one, other] = [itemAt(peers, 0), itemAt(peers, 1)]
  fleet.promise(one, 1_000)
  await fleet.declareLost(other, 'its volume is gone')
  const near = sight.near([one, other])
  t.deepEqual([sight.filled.of(one)?.takenBytes, near.filled.of(one)?.takenBytes], [0, 1_000])
  t.deepEqual([sight.filled.of(other)?.takenBytes, near.filled.of(other)], [0, undefined])
  t.is(near.filled.of(itemAt(peers, 2)), undefined, 'nobody asked for it')
})
