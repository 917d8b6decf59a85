import { peerIdOf } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import fc from 'fast-check'
import test from 'ava'
import { Statements, type HeldShard, type InventoryPage } from './statements.ts'

const peer = peerIdOf(new Uint8Array(32).fill(7))
const other = peerIdOf(new Uint8Array(32).fill(9))
const segment = (i: number): Uint8Array => new Uint8Array(32).fill(i)
const shard = (i: number, index = 0): HeldShard => ({ segment: segment(i), index })
const page = (held: HeldShard[], more: Partial<InventoryPage> = {}): InventoryPage => ({
  incarnation: 'first',
  full: true,
  first: true,
  last: true,
  sequence: 1,
  held,
  gone: [],
  ...more,
})

async function open(stores = new SimulatedStores({ random: new SeededRandom(1) })) {
  const changed: string[] = []
  const store = await stores.opener()('map')
  const statements = await Statements.open({ store, scanEntries: 3, onChange: (hex) => changed.push(hex) })
  const held = (i: number) => statements.holders(hexOf(segment(i))).map((holder) => [holder.peer, holder.index])
  return { stores, statements, changed, held }
}

test('a full report replaces what was believed before it began, not what came while it ran', async (t) => {
  const { statements, held } = await open()
  await statements.report(peer, page([shard(1), shard(2)]))
  await statements.report(peer, page([shard(2)], { last: false, sequence: 5 }))
  await statements.affirm([{ ...shard(9), peer }])
  await statements.report(peer, page([shard(3)], { first: false, sequence: 5 }))
  t.deepEqual([held(1), held(2), held(3), held(9)], [[], [[peer, 0]], [[peer, 0]], [[peer, 0]]])
  t.is(statements.sequenceOf(peer, 'first'), 5)
})

test('an incremental report adds and removes; of another incarnation, or before a full one, it is ignored', async (t) => {
  const { statements, held } = await open()
  await statements.report(peer, page([shard(1)], { full: false, sequence: 3 }))
  t.deepEqual(held(1), [])
  t.is(statements.sequenceOf(peer, 'first'), -1)
  await statements.report(peer, page([shard(1)], { sequence: 3 }))
  await statements.report(peer, page([shard(2)], { full: false, sequence: 4, gone: [shard(1)] }))
  t.deepEqual([held(1), held(2)], [[], [[peer, 0]]])
  await statements.report(peer, page([shard(3)], { full: false, sequence: 9, incarnation: 'second' }))
  t.deepEqual(held(3), [])
  t.is(statements.sequenceOf(peer, 'first'), 4)
  t.is(statements.sequenceOf(peer, 'second'), -1)
})

test('statements survive a crash of the tracker', async (t) => {
  const { stores, statements } = await open()
  await statements.report(peer, page([shard(1), shard(2), shard(3), shard(4)], { sequence: 8 }))
  await statements.affirm([{ ...shard(1, 5), peer: other }])
  await statements.condemn(peer, shard(2))
  stores.crash()
  const again = await open(stores)
  t.deepEqual(again.held(1), [
    [peer, 0],
    [other, 5],
  ])
  t.true(again.statements.holders(hexOf(segment(2)))[0]?.isCondemned)
  t.is(again.statements.sequenceOf(peer, 'first'), 8)
  t.deepEqual(
    again.statements.setsOf(peer).sort(),
    [1, 2, 3, 4].map((i) => hexOf(segment(i))),
  )
})

test('a shard found wrong stays condemned whatever its provider reports, until it says that the shard is gone', async (t) => {
  const { statements } = await open()
  const isCondemned = () => statements.holders(hexOf(segment(1))).map((holder) => holder.isCondemned)
  await statements.report(peer, page([shard(1)]))
  await statements.condemn(peer, shard(1))
  await statements.report(peer, page([shard(1)], { sequence: 2 }))
  await statements.affirm([{ ...shard(1), peer }])
  t.deepEqual(isCondemned(), [true])
  await statements.report(peer, page([], { full: false, sequence: 3, gone: [shard(1)] }))
  t.deepEqual(isCondemned(), [])
  await statements.affirm([{ ...shard(1), peer }])
  t.deepEqual(isCondemned(), [false])
})

test('a shard that is denied while a report of it comes in is believed again, also after a crash', async (t) => {
  const { statements, stores, held } = await open()
  await statements.report(peer, page([shard(1), shard(2)]))
  const denied = statements.deny(peer, [shard(2)])
  await Promise.all([denied, statements.report(peer, page([shard(1), shard(2), shard(3)], { sequence: 2 }))])
  t.deepEqual([held(1), held(2), held(3)], [[[peer, 0]], [[peer, 0]], [[peer, 0]]])
  stores.crash()
  const again = await open(stores)
  t.deepEqual(again.held(2), [[peer, 0]])
})

test('tells of every change of the holders of a set, and only of changes', async (t) => {
  const { statements, changed } = await open()
  await statements.report(peer, page([shard(1)]))
  await statements.report(peer, page([shard(1)], { sequence: 2 }))
  await statements.deny(peer, [shard(1), shard(2)])
  t.deepEqual(changed, [hexOf(segment(1)), hexOf(segment(1))])
})

test('after any reports, what is believed is what was reported last', async (t) => {
  const shards = fc.uniqueArray(
    fc.record({ segment: fc.integer({ min: 1, max: 6 }).map(segment), index: fc.integer({ min: 0, max: 2 }) }),
    { maxLength: 8, selector: (one) => `${hexOf(one.segment)}:${one.index}` },
  )
  const report = fc.record({ full: fc.boolean(), held: shards, gone: shards })
  await fc.assert(
    fc.asyncProperty(fc.array(report, { maxLength: 6 }), async (reports) => {
      const { statements, stores } = await open()
      await statements.report(peer, page([]))
      const model = new Set<string>()
      const keyOf = (one: HeldShard): string => `${hexOf(one.segment)}:${one.index}`
      for (const [i, { full, held, gone }] of reports.entries()) {
        const removed = full ? [] : gone.filter((one) => !held.some((kept) => keyOf(kept) === keyOf(one)))
        await statements.report(peer, page(held, { full, sequence: i + 2, gone: removed }))
        if (full) model.clear()
        for (const one of held) model.add(keyOf(one))
        for (const one of removed) model.delete(keyOf(one))
      }
      const believed = (of: Statements) => [...of.heldSets()].flatMap((hex) => of.holders(hex).map(({ index }) => `${hex}:${index}`)).sort()
      t.deepEqual(believed(statements), [...model].sort())
      stores.crash()
      t.deepEqual(believed((await open(stores)).statements), [...model].sort())
    }),
    { numRuns: 60 },
  )
})
