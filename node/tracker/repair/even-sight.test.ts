import type { Standing } from '@lunarx/core/audit'
import { SimulatedClock } from '@lunarx/runtime/clock'
import test from 'ava'
import { TRACKER_LIMITS } from '../limits.ts'
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
    candidates: () => storing.filter(({ peer }) => !seen[peer]?.draining && ['trusted', 'vetting'].includes(stateOf(peer))),
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
    isInMaintenance: (peer: string) => seen[peer]?.maintenance === true,
  }
  const { filled } = readEvenSight({ fleet, standings, clock })
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
