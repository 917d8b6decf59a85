import { LEASE } from '@lunarx/core/document'
import { bytesOfHex } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import test from 'ava'
import fc from 'fast-check'
import { LeaseEnds } from './ends.ts'
import { LivedClock } from './lived-clock.ts'

const hexOfNumber = (n: number): string => n.toString(16).padStart(64, '0')
const HOUR = 3_600_000

async function world({ maxTimed = 100, maxEnded = 100 } = {}) {
  const clock = new SimulatedClock()
  const stores = new SimulatedStores({ random: new SeededRandom(1) })
  const changed: string[] = []
  const open = async () => {
    const store = await stores.opener()('leases')
    const lived = await LivedClock.open({ store, clock })
    const ends = await LeaseEnds.open({ store, clock, lived, scanEntries: 2, maxTimed, maxEnded, onChange: (hex) => changed.push(hex) })
    return { store, lived, ends }
  }
  return { clock, stores, changed, open, ...(await open()) }
}

test('a lease that was looked at for its whole time is due, ends, and stays ended over a restart until somebody wants the set', async (t) => {
  const { clock, ends, changed, stores, open } = await world()
  const hexes = [1, 2, 3, 4, 5].map(hexOfNumber)
  for (const hex of hexes) t.is(ends.look(hex), 'running')
  await ends.end(hexes)
  t.false(
    hexes.some((hex) => ends.isEnded(hex)),
    'none is due',
  )
  clock.skip(LEASE.setMs)
  t.is(ends.look(hexOfNumber(1)), 'due')
  await ends.end(hexes)
  t.deepEqual(changed, hexes)
  stores.crash()
  const again = (await open()).ends
  t.deepEqual([...again.ended], hexes)
  await again.restart([bytesOfHex(hexOfNumber(2))])
  t.is(again.look(hexOfNumber(2)), 'running')
  stores.crash()
  t.deepEqual([...(await open()).ends.ended], [1, 3, 4, 5].map(hexOfNumber))
})

test('one that is taken up while its end is written does not end', async (t) => {
  const { clock, ends, stores, open } = await world()
  const hex = hexOfNumber(1)
  ends.look(hex)
  clock.skip(LEASE.setMs)
  const ending = ends.end([hex])
  await ends.restart([bytesOfHex(hex)])
  await ending
  t.false(ends.isEnded(hex))
  stores.crash()
  t.false((await open()).ends.isEnded(hex))
})

test('with as many as can be timed, those are timed to their end; what nobody looks at any more makes room', async (t) => {
  const { clock, ends } = await world({ maxTimed: 2 })
  const [a, b, c] = [1, 2, 3].map(hexOfNumber) as [string, string, string]
  for (const hex of [a, b, c]) ends.look(hex)
  for (let passed = 0; passed < LEASE.setMs; passed += HOUR / 2) {
    clock.skip(HOUR / 2)
    for (const hex of [a, c]) ends.look(hex)
  }
  t.is(ends.look(a), 'due')
  t.false(ends.isTimed(b), 'nobody looked at it')
  t.true(ends.isTimed(c))
})

test('no more ends are remembered than may be: the oldest go', async (t) => {
  const { clock, ends } = await world({ maxEnded: 2 })
  const hexes = [1, 2, 3].map(hexOfNumber)
  for (const hex of hexes) ends.look(hex)
  clock.skip(LEASE.setMs)
  for (const hex of hexes) await ends.end([hex])
  t.deepEqual([...ends.ended], hexes.slice(1))
})

test('an end is forgotten after a while, in order', async (t) => {
  const { clock, ends, stores, open } = await world()
  for (const n of [1, 2]) {
    ends.look(hexOfNumber(n))
    clock.skip(LEASE.setMs)
    await ends.end([hexOfNumber(n)])
  }
  await ends.expire(LEASE.setMs)
  t.deepEqual([...ends.ended], [hexOfNumber(2)])
  stores.crash()
  t.deepEqual([...(await open()).ends.ended], [hexOfNumber(2)])
})

test('whatever is looked at, wanted and restarted, no lease ends before its whole time has passed since', async (t) => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('pass' as const), hours: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ kind: fc.constantFrom('look' as const, 'end' as const, 'want' as const), set: fc.nat(2) }),
    fc.record({ kind: fc.constant('crash' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { clock, stores, open, ends: first } = await world()
      let ends = first
      const since = new Map<string, number>()
      for (const one of steps) {
        if (one.kind === 'pass') clock.skip(one.hours * HOUR)
        if (one.kind === 'crash') {
          stores.crash()
          const ended = new Set(ends.ended)
          ends = (await open()).ends
          for (const hex of since.keys()) if (!ended.has(hex)) since.delete(hex)
        }
        if (!('set' in one)) continue
        const hex = hexOfNumber(one.set)
        if (one.kind === 'want') {
          await ends.restart([bytesOfHex(hex)])
          since.delete(hex)
          if (ends.isEnded(hex)) return false
          continue
        }
        if (one.kind === 'end') await ends.end([hex])
        if (one.kind === 'look') ends.look(hex)
        if (!since.has(hex)) since.set(hex, clock.elapsed())
        if (ends.isEnded(hex) && clock.elapsed() - (since.get(hex) ?? 0) < LEASE.setMs) return false
      }
      return true
    }),
    { numRuns: 60 },
  )
  t.pass()
})
