import { documentId, SEGMENT_RECORD, signDocument } from '@lunarx/core/document'
import { peerIdOf } from '@lunarx/core/membership'
import { hexOf, itemAt } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { NO_DRAIN } from '@lunarx/wire'
import test from 'ava'
import { SETS, watchSets, type WatchedSets } from './_watched-sets.test.ts'
import { assessSet } from './assess.ts'
import { planRepair, type DegradedSet } from './plan.ts'
import { inOrderOfRisk } from './risk-order.ts'

/** A minute and more in which some providers are silent, looked at every second as the healer does. */
async function waitOut({ clock, fleet, watch, beat }: WatchedSets, silent: readonly string[], seconds = 70): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    if (second % 5 === 0) await beat(silent)
    await fleet.refresh()
    watch.refresh()
    clock.skip(1_000)
  }
}

/** What a tracker that assessed every set now would repair, in its order. */
function planAnew({ map, fleet, silenceOf }: WatchedSets, rebuildAfterMs: number) {
  const sets = [...map.records.all()].map((set): DegradedSet => {
    const assessment = assessSet(set, map.statements.holders(set.hex), (peer) => fleet.standing(peer))
    return { hex: set.hex, shardBytes: set.shardBytes, ...assessment }
  })
  const degraded = sets.filter(({ missing }) => missing.length > 0).sort(inOrderOfRisk)
  return planRepair(degraded, { rebuildAfterMs, isWarm: true, limit: SETS, silenceOf })
}

const plan = ({ watch, silenceOf }: WatchedSets, rebuildAfterMs: number, limit = SETS) =>
  planRepair(watch.degraded, { rebuildAfterMs, isWarm: true, limit, silenceOf })

test('a set is assessed when its holders or their states change, and not again while it waits for repair', async (t) => {
  const started = await watchSets()
  const { watch, peers, map, sets, clock, fleet, beat, count } = started
  watch.refresh()
  t.is(count(), SETS)
  const silent = peers.slice(0, 2)
  await waitOut(started, silent)
  t.true(watch.margins.degraded > SETS / 2)
  const before = count()
  for (let second = 0; second < 120; second++) {
    if (second % 5 === 0) await beat(silent)
    clock.skip(1_000)
    await fleet.refresh()
    watch.refresh()
    plan(started, 600_000)
  }
  t.is(count(), before)
  const { id } = itemAt(sets, 0)
  const mending = itemAt(peers, 7)
  await map.statements.affirm([{ segment: id, index: 0, peer: mending }])
  watch.refresh()
  t.is(count(), before + 1)
})

test('what is repaired, and in which order, is what assessing every set now would say, also when only silence has grown', async (t) => {
  const started = await watchSets()
  const { watch, peers, map, sets, clock, fleet, beat } = started
  watch.refresh()
  const silent = peers.slice(0, 2)
  await waitOut(started, silent)
  await fleet.declareLost(itemAt(peers, 4), 'its volume is gone')
  const shards: number[] = []
  for (const seconds of [1, 30, 600]) {
    for (let second = 0; second < seconds; second++) {
      if (second % 5 === 0) await beat(silent)
      clock.skip(1_000)
    }
    await fleet.refresh()
    watch.refresh()
    const { id } = itemAt(sets, seconds % SETS)
    await map.statements.affirm([{ segment: id, index: 0, peer: itemAt(peers, 6) }])
    watch.refresh()
    const tasks = planAnew(started, 300_000)
    t.true(tasks.length > 0)
    t.deepEqual(plan(started, 300_000), tasks)
    t.deepEqual(plan(started, 300_000, 10), tasks.slice(0, 10))
    shards.push(tasks.reduce((sum, { indices }) => sum + indices.length, 0))
  }
  const [, before = 0, after = 0] = shards
  t.true(after > before, 'after ten minutes silent shards are made again too')
})

test('a set that nobody commits is looked at again when it is old, and not every second', async (t) => {
  const started = await watchSets()
  const { watch, map, count, peers, clock } = started
  watch.refresh()
  const owner = crypto.signKey(new Uint8Array(32).fill(9))
  const { record } = itemAt(started.sets, 0)
  const document = signDocument(SEGMENT_RECORD, { ...record, owner: owner.publicKey, createdMs: clock.now() }, owner)
  const id = documentId(SEGMENT_RECORD, document, crypto)
  await map.records.learn([{ id, record: { ...record, owner: owner.publicKey, createdMs: clock.now() }, document }], { isCommitted: false })
  await map.statements.affirm([0, 1, 2, 3].map((index) => ({ segment: id, index, peer: itemAt(peers, index) })))
  t.deepEqual(watch.refresh(), [])
  const before = count()
  for (let second = 0; second < 100; second++) {
    clock.skip(1_000)
    t.deepEqual(watch.refresh(), [])
  }
  t.is(count(), before)
  clock.skip(3_600_000)
  t.deepEqual(watch.refresh(), [hexOf(id)])
})

test('a provider that moves to where others of its sets are has its shards looked at, though it was never silent', async (t) => {
  const watched = await watchSets()
  const { watch, peers, beat, fleet } = watched
  const leaving = () => watch.leaving(() => true, SETS).length
  watch.refresh()
  t.is(leaving(), 0)
  const [first, second, third] = peers as [string, string, string]
  await beat([], { [second]: { domain: first }, [third]: { domain: first } })
  watch.refresh()
  t.true(leaving() > 0, 'three in one domain, where two may be')
  await beat([])
  watch.refresh()
  t.is(leaving(), 0)
  const store = '5'.repeat(32)
  await beat([], { [first]: { store }, [second]: { store }, [third]: { store } })
  watch.refresh()
  t.true(leaving() > 0, 'three on one server')
  await beat([])
  await fleet.refresh()
  watch.refresh()
  t.is(leaving(), 0)
})

test('a provider that only others hear is looked at when they tell where its shards lie', async (t) => {
  const { watch, fleet, changed, random } = await watchSets()
  const peer = peerIdOf(random.bytes(32))
  const address = { host: 'other', controlPort: 1, dataPort: 2, peer }
  const view = { peer, name: 'other', domain: 'other', address, silentMs: 0, declaredLost: false, retired: false, drain: NO_DRAIN }
  await fleet.learn('tracker-1', [{ ...view, store: null }])
  watch.refresh()
  await fleet.learn('tracker-1', [{ ...view, store: null }])
  t.false(changed.holders.has(peer))
  await fleet.learn('tracker-1', [{ ...view, store: '5'.repeat(32) }])
  t.true(changed.holders.has(peer))
})

test('of the owners of a set the first that can be reached repairs it, and no other; when it falls silent, the next one does', async (t) => {
  const { watch, fleet, peers, ring, sets, clock, beat } = await watchSets({ trackers: 3 })
  await fleet.declareLost(itemAt(peers, 0), 'its volume is gone')
  watch.refresh()
  const lacking = sets.filter((_, n) => Array.from({ length: 6 }, (__, index) => (n + index) % peers.length).includes(0))
  const isFirst = (id: Uint8Array): boolean => ring.isSelf(itemAt(ring.owners(id), 0))
  const own = lacking.flatMap(({ id }) => (isFirst(id) ? [hexOf(id)] : []))
  t.true(own.length > 0 && own.length < lacking.length / 2)
  t.deepEqual(watch.degraded.map(({ hex }) => hex).sort(), own.sort())
  clock.skip(15_000)
  await beat([])
  watch.refresh()
  t.is(watch.degraded.length, lacking.length)
})
