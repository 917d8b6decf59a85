import { packShardKeys, type ShardKey } from '@lunarx/core/inventory'
import { peerIdOf } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import test from 'ava'
import { SetTable } from './set-table.ts'
import { Statements, type InventoryPage } from './statements.ts'

const peer = peerIdOf(new Uint8Array(32).fill(7))
const other = peerIdOf(new Uint8Array(32).fill(9))
const segment = (i: number): Uint8Array => new Uint8Array(32).fill(i)
const shard = (i: number, index = 0): ShardKey => ({ segment: segment(i), index })
const key = (i: number): Uint8Array => packShardKeys([shard(i)])
const statedBy = (by: string, shards: readonly ShardKey[]) => shards.map((one) => ({ ...one, peer: by }))
const NONE = new Uint8Array()
const ALL = { from: NONE, until: NONE }
/** All that is held, in one page. */
const page = (held: ShardKey[], more: Partial<InventoryPage> = {}): InventoryPage => ({
  incarnation: 'first',
  round: 1,
  range: ALL,
  sequence: 1,
  held: packShardKeys(held),
  gone: NONE,
  ...more,
})
const changes = (held: ShardKey[], gone: ShardKey[], more: Partial<InventoryPage> = {}): InventoryPage =>
  page(held, { round: null, range: null, gone: packShardKeys(gone), ...more })

async function open(stores = new SimulatedStores({ random: new SeededRandom(1) })) {
  const changed: string[] = []
  const store = await stores.opener()('map')
  const sets = new SetTable()
  const statements = await Statements.open({ store, sets, scanEntries: 3, onChange: (hex) => changed.push(hex) })
  const held = (i: number) => statements.holders(hexOf(segment(i))).map((holder) => [holder.peer, holder.index])
  const reportAll = async (shards: ShardKey[], sequence = 1) => {
    statements.begin(peer, { incarnation: 'first', round: 1 })
    return await statements.report(peer, page(shards, { sequence }))
  }
  /** Its provider is asked, and denies. */
  const deny = async (shards: ShardKey[]) => {
    using question = statements.question(statedBy(peer, shards))
    await statements.deny(question, statedBy(peer, shards))
  }
  return { stores, statements, changed, held, reportAll, deny }
}

test('a listed range replaces what was believed of it before the round, not what came while it ran', async (t) => {
  const { statements, held, reportAll } = await open()
  await reportAll([shard(1), shard(2), shard(8)])
  statements.begin(peer, { incarnation: 'first', round: 2 })
  await statements.report(peer, page([shard(2)], { round: 2, range: { from: NONE, until: key(3) }, sequence: null }))
  t.is(statements.sequenceOf(peer, 'first'), 1)
  await statements.affirm([{ ...shard(9), peer }])
  await statements.report(peer, page([shard(3)], { round: 2, range: { from: key(3), until: NONE }, sequence: 5 }))
  t.deepEqual([held(1), held(2), held(3), held(8), held(9)], [[], [[peer, 0]], [[peer, 0]], [], [[peer, 0]]])
  t.is(statements.sequenceOf(peer, 'first'), 5)
})

test('a range says nothing of what lies outside of it', async (t) => {
  const { statements, held, reportAll } = await open()
  await reportAll([shard(1), shard(2), shard(3)])
  statements.begin(peer, { incarnation: 'first', round: 2 })
  await statements.report(peer, page([], { round: 2, range: { from: key(2), until: key(3) } }))
  t.deepEqual([held(1), held(2), held(3)], [[[peer, 0]], [], [[peer, 0]]])
})

test('a page of another round, or of one that ended, changes nothing', async (t) => {
  const { statements, held, reportAll } = await open()
  t.false((await statements.report(peer, page([shard(1)]))).isTaken)
  t.true((await reportAll([shard(1)])).isTaken)
  t.false((await statements.report(peer, page([]))).isTaken)
  statements.begin(peer, { incarnation: 'first', round: 2 })
  t.false((await statements.report(peer, page([], { round: 1 }))).isTaken)
  t.false((await statements.report(peer, page([], { round: 2, incarnation: 'second' }))).isTaken)
  t.deepEqual(held(1), [[peer, 0]])
})

test('changes add and remove; of another incarnation, or before a comparison, they are not taken', async (t) => {
  const { statements, held, reportAll } = await open()
  t.false((await statements.report(peer, changes([shard(1)], []))).isTaken)
  t.deepEqual(held(1), [])
  t.is(statements.sequenceOf(peer, 'first'), -1)
  await reportAll([shard(1)], 3)
  t.true((await statements.report(peer, changes([shard(2)], [shard(1)], { sequence: 4 }))).isTaken)
  t.deepEqual([held(1), held(2)], [[], [[peer, 0]]])
  t.false((await statements.report(peer, changes([shard(3)], [], { sequence: 9, incarnation: 'second' }))).isTaken)
  t.deepEqual(held(3), [])
  t.is(statements.sequenceOf(peer, 'first'), 4)
  t.is(statements.sequenceOf(peer, 'second'), -1)
})

for (const [claim, more] of [
  ['out of order', { held: packShardKeys([shard(2), shard(1)]) }],
  ['twice', { held: packShardKeys([shard(2), shard(2)]) }],
  ['in front of the range', { held: key(1), range: { from: key(2), until: NONE } }],
  ['behind the range', { held: key(3), range: { from: NONE, until: key(3) } }],
  ['in a range that ends before it begins', { held: NONE, range: { from: key(3), until: key(2) } }],
] as const)
  test(`a listing of keys ${claim} is refused`, async (t) => {
    const { statements } = await open()
    statements.begin(peer, { incarnation: 'first', round: 1 })
    await t.throwsAsync(statements.report(peer, page([], more)), { code: 'BAD_MESSAGE' })
  })

test('of a range that drops more than one message may, the rest is asked for', async (t) => {
  const { statements, reportAll } = await open()
  const ids = Array.from({ length: 5_000 }, (_, i) => ({ segment: Uint8Array.of(i >> 8, i, ...new Uint8Array(30)), index: 0 }))
  for (let at = 0; at < 5_000; at += 1_000) await statements.affirm(ids.slice(at, at + 1_000).map((one) => ({ ...one, peer })))
  const listed = [ids[10], ids[4_500]].filter((one) => one !== undefined)
  const { next } = await reportAll(listed, 7)
  t.is(statements.sequenceOf(peer, 'first'), -1)
  t.deepEqual(next, packShardKeys(ids.slice(4_097, 4_098)))
  await statements.report(peer, page(listed.slice(1), { range: { from: next ?? NONE, until: NONE }, sequence: 7 }))
  t.deepEqual(
    [...statements.setsOf(peer)],
    listed.map((one) => hexOf(one.segment)),
  )
  t.is(statements.sequenceOf(peer, 'first'), 7)
})

test('statements survive a crash of the tracker', async (t) => {
  const { stores, statements, reportAll } = await open()
  await reportAll([shard(1), shard(2), shard(3), shard(4)], 8)
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
    [...again.statements.setsOf(peer)],
    [1, 2, 3, 4].map((i) => hexOf(segment(i))),
  )
})

test('a shard found wrong stays condemned whatever its provider reports, until it says that the shard is gone', async (t) => {
  const { statements, reportAll } = await open()
  const isCondemned = () => statements.holders(hexOf(segment(1))).map((holder) => holder.isCondemned)
  await reportAll([shard(1)])
  await statements.condemn(peer, shard(1))
  await reportAll([shard(1)], 2)
  await statements.affirm([{ ...shard(1), peer }])
  t.deepEqual(isCondemned(), [true])
  await statements.report(peer, changes([], [shard(1)], { sequence: 3 }))
  t.deepEqual(isCondemned(), [])
  await statements.affirm([{ ...shard(1), peer }])
  t.deepEqual(isCondemned(), [false])
})

test('a shard that is denied while a report of it comes in is believed again, also after a crash', async (t) => {
  const { stores, held, reportAll, deny } = await open()
  await reportAll([shard(1), shard(2)])
  const denied = deny([shard(2)])
  await Promise.all([denied, reportAll([shard(1), shard(2), shard(3)], 2)])
  t.deepEqual([held(1), held(2), held(3)], [[[peer, 0]], [[peer, 0]], [[peer, 0]]])
  stores.crash()
  const again = await open(stores)
  t.deepEqual(again.held(2), [[peer, 0]])
})

test('an answer denies nothing that the provider affirmed after it was asked', async (t) => {
  const { statements, stores, held, reportAll, deny } = await open()
  await reportAll([shard(1), shard(2), shard(3)])
  const shards = [shard(1), shard(2), shard(3)]
  using asked = statements.question(statedBy(peer, shards))
  await statements.affirm([{ ...shard(1), peer }])
  await statements.report(peer, changes([shard(2)], [], { sequence: 2 }))
  const denied = statements.deny(asked, statedBy(peer, shards))
  await Promise.all([denied, statements.affirm([{ ...shard(3), peer }])])
  t.deepEqual([held(1), held(2), held(3)], [[[peer, 0]], [[peer, 0]], [[peer, 0]]])
  await deny([shard(1)])
  t.deepEqual([held(1), held(2)], [[], [[peer, 0]]])
  stores.crash()
  const again = await open(stores)
  t.deepEqual([again.held(1), again.held(2), again.held(3)], [[], [[peer, 0]], [[peer, 0]]])
})

test('what one of two providers affirmed since both were asked says nothing for the other, and an ended question hears nothing', async (t) => {
  const { statements, held } = await open()
  const [mine, theirs] = [statedBy(peer, [shard(1)]), statedBy(other, [shard(1)])]
  await statements.affirm([...mine, ...theirs])
  const ended = statements.question(mine)
  ended[Symbol.dispose]()
  {
    using asked = statements.question([...mine, ...theirs])
    await statements.affirm(mine)
    await statements.deny(asked, [...mine, ...theirs])
  }
  t.deepEqual(held(1), [[peer, 0]])
  await statements.deny(ended, mine)
  t.deepEqual(held(1), [])
})

test('a condemned shard that turns out right is believed again, also after a crash', async (t) => {
  const { statements, stores, changed, reportAll } = await open()
  await reportAll([shard(1)])
  await statements.condemn(peer, shard(1))
  await statements.absolve(peer, shard(1))
  await statements.absolve(peer, shard(2))
  t.deepEqual(statements.holders(hexOf(segment(1))), [{ index: 0, peer, isCondemned: false }])
  t.is(changed.length, 3)
  stores.crash()
  const again = await open(stores)
  t.deepEqual(again.statements.holders(hexOf(segment(1))), [{ index: 0, peer, isCondemned: false }])
  t.deepEqual(again.held(2), [])
})

test('a shard that is confirmed while a report without it comes in stays, also after a crash', async (t) => {
  const { statements, stores, held, reportAll } = await open()
  await reportAll([shard(1), shard(2)])
  await Promise.all([reportAll([shard(1)], 2), statements.affirm([{ ...shard(2), peer }])])
  t.deepEqual(held(2), [[peer, 0]])
  stores.crash()
  t.deepEqual((await open(stores)).held(2), [[peer, 0]])
})

test('tells of every change of the holders of a set, and only of changes', async (t) => {
  const { changed, reportAll, deny } = await open()
  await reportAll([shard(1)])
  await reportAll([shard(1)], 2)
  await deny([shard(1), shard(2)])
  t.deepEqual(changed, [hexOf(segment(1)), hexOf(segment(1))])
})
