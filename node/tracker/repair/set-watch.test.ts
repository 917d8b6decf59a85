import { documentId, SEGMENT_RECORD, signDocument, type SegmentRecord } from '@lunarx/core/document'
import { peerIdOf, type Credential } from '@lunarx/core/membership'
import { hexOf, itemAt } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import test from 'ava'
import { Fleet } from '../fleet/index.ts'
import { openMap } from '../map/index.ts'
import { TrackerRing } from '../ring/index.ts'
import { assessSet } from './assess.ts'
import { planRepair, type DegradedSet } from './plan.ts'
import { inOrderOfRisk } from './risk-order.ts'
import { Changed, SetWatch } from './set-watch.ts'

const ASSESSED = 'lunarx_tracker_assessed_sets_total'
const SETS = 300
const detection = { heartbeatMs: 5_000, suspectMs: 15_000, lostMs: 60_000 }
const drain = { revision: 0, isDraining: false }
const codes = [
  { required: 4, parity: 2 },
  { required: 3, parity: 3 },
]

/** One tracker's map, fleet and watch. Each of its sets has all shards, with the next providers in turn. */
async function start() {
  const [clock, random, metrics, changed] = [new SimulatedClock(), new SeededRandom(5), new RecordedMetrics(), new Changed()]
  const openStore = new SimulatedStores({ random }).opener()
  const map = await openMap({ network: 'net', openStore, scanEntries: 100, onChange: (hex) => changed.sets.add(hex) })
  const self = { host: 'tracker', controlPort: 1, dataPort: 2 }
  const fleet = await Fleet.open(
    { domainKey: 'node', detection, trackers: 1, maxProviders: 100 },
    {
      store: await openStore('fleet'),
      clock,
      log: new Trace(clock).log('tracker'),
      onChange: (peer) => changed.holders.add(peer),
      standings: { of: () => ({ state: 'trusted' }) as never, isPlaceable: () => true },
    },
  )
  const ring = new TrackerRing({ self, trackers: [self], survive: 0, suspectMs: 15_000 }, { clock, crypto })
  const assessed = metrics.counter(ASSESSED, 'sets')
  const watch = new SetWatch({ changed, map, fleet, ring, clock, assessed, isOver: () => false, uncommittedMs: 3_600_000 })
  const peers = Array.from({ length: 8 }, () => peerIdOf(random.bytes(32)))
  const beat = async (silent: readonly string[]): Promise<void> => {
    for (const peer of peers.filter((one) => !silent.includes(one))) {
      const credential = { name: peer, domains: { node: peer }, issuedMs: 1, role: 'provider', peer } as unknown as Credential
      const address = { ...self, peer }
      const room = { capacityBytes: 1e9, usedBytes: 0, reservedBytes: 0, shards: 0 }
      const rest = { epoch: 0, mergedEpoch: 0, inventorySequence: 0, drain, incarnation: 'a', store: null, services: [] }
      await fleet.hear({ peer, credential }, { address, ...room, ...rest }, 0)
    }
  }
  const owner = crypto.signKey(random.bytes(32))
  const sets = Array.from({ length: SETS }, (_, n) => {
    const shape = { className: 'c', survive: 1, shardBytes: 1_000, ...itemAt(codes, n % codes.length) }
    const addresses = Array.from({ length: 6 }, () => random.bytes(32))
    const keys = { owner: owner.publicKey, readKey: owner.publicKey, salt: random.bytes(16) }
    const record: SegmentRecord = { network: 'net', ...shape, ...keys, birthRound: 0, addresses, createdMs: clock.now() }
    const document = signDocument(SEGMENT_RECORD, record, owner)
    return { id: documentId(SEGMENT_RECORD, document, crypto), record, document }
  })
  await map.records.learn(sets, { isCommitted: true })
  const held = sets.flatMap(({ id }, n) =>
    Array.from({ length: 6 }, (_, index) => ({ segment: id, index, peer: itemAt(peers, (n + index) % peers.length) })),
  )
  await beat([])
  await map.statements.affirm(held)
  const silenceOf = (peer: string): number => fleet.standing(peer)?.silentMs ?? 0
  return { clock, map, fleet, watch, peers, sets, beat, silenceOf, count: () => metrics.value(ASSESSED) }
}

type Started = Awaited<ReturnType<typeof start>>

/** A minute and more in which some providers are silent, looked at every second as the healer does. */
async function waitOut({ clock, fleet, watch, beat }: Started, silent: readonly string[], seconds = 70): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    if (second % 5 === 0) await beat(silent)
    await fleet.refresh()
    watch.refresh()
    clock.skip(1_000)
  }
}

/** What a tracker that assessed every set now would repair, in its order. */
function planAnew({ map, fleet, silenceOf }: Started, rebuildAfterMs: number) {
  const sets = [...map.records.all()].map((set): DegradedSet => {
    const assessment = assessSet(set, map.statements.holders(set.hex), (peer) => fleet.standing(peer))
    return { hex: set.hex, shardBytes: set.shardBytes, ...assessment }
  })
  const degraded = sets.filter(({ missing }) => missing.length > 0).sort(inOrderOfRisk)
  return planRepair(degraded, { rebuildAfterMs, isWarm: true, limit: SETS, silenceOf })
}

const plan = ({ watch, silenceOf }: Started, rebuildAfterMs: number, limit = SETS) =>
  planRepair(watch.degraded, { rebuildAfterMs, isWarm: true, limit, silenceOf })

test('a set is assessed when its holders or their states change, and not again while it waits for repair', async (t) => {
  const started = await start()
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
  const started = await start()
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
  const started = await start()
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
