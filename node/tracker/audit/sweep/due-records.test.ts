/**
 * Records of due sets, read between the real parts of several trackers of one process.
 */
import { signDocument, LEAVES_ONLY } from '@lunarx/core/document'
import { hexOf, itemAt, LIMITS, LunarError, type PeerAddress } from '@lunarx/core/model'
import { sweptRegion } from '@lunarx/core/proof'
import { slotOfRegion, watermarksIn } from '@lunarx/core/watermark'
import { Trace } from '@lunarx/runtime/log'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import type { QuestionOf, sweepRecords } from '@lunarx/wire'
import test from 'ava'
import type { Ask } from '../../ask/index.ts'
import { NETWORK, openRecords, orderOf, ringOf, sealRecords } from '../../map/_records.test.ts'
import { recordId } from '../../map/open-record.ts'
import { openOrder, SharedSets } from '../shared/shared-sets.ts'
import { answerSweepRecords, openDue, type DueRecordsDeps } from './due-records.ts'

const TRACKERS = 7
const ROUND = 1
const RECORDS = sealRecords(60)
const IDS = RECORDS.map(({ id }) => id)
const ALL_SLOTS = Array.from({ length: LIMITS.trackerSlots }, (_, slot) => slot)
const { signal } = new AbortController()

type Answer = Awaited<ReturnType<typeof answerSweepRecords>>
interface Stage {
  readonly sides: readonly DueRecordsDeps[]
  /** What was asked of whom: hosts. */
  readonly asked: string[]
  /** Hosts that do not answer, and what they fail with. */
  readonly away: Map<string, LunarError>
  /** What hosts say in place of the truth. */
  readonly lies: Map<string, (answer: Answer, segments: readonly Uint8Array[]) => Answer>
}

const isOwned = (id: Uint8Array, by: number): boolean => ringOf(by, TRACKERS).isOwner(id)

/** Each tracker has the records of its own sets, and the first of them those of one set more, which it owned before. */
async function openStage(): Promise<Stage> {
  const asked: string[] = []
  const away: Stage['away'] = new Map()
  const lies: Stage['lies'] = new Map()
  const sides: DueRecordsDeps[] = []
  const ask = (async (to: PeerAddress, _: unknown, question: QuestionOf<typeof sweepRecords>) => {
    asked.push(to.host)
    const error = away.get(to.host)
    if (error) throw error
    const answer = await answerSweepRecords(question, itemAt(sides, Number(to.host.slice('tracker-'.length))))
    return lies.get(to.host)?.(answer, question.segments) ?? answer
  }) as unknown as Ask
  for (let self = 0; self < TRACKERS; self++) {
    const { openStore, clock, ...side } = await openRecords(RECORDS.filter(({ id }) => isOwned(id, self)))
    const log = new Trace(clock).log(`tracker-${self}`)
    const sharedSets = new SharedSets(await openStore('audit'))
    sides.push({ ...side, ask, log, ring: ringOf(self, TRACKERS), sharedSets, isOver: () => false, slotKeys: { slots: ALL_SLOTS } })
  }
  return { sides, asked, away, lies }
}

const read = (stage: Stage, slots: readonly number[] = ALL_SLOTS, segments: readonly Uint8Array[] = IDS) =>
  openDue(segments, ROUND, { ...itemAt(stage.sides, 0), slotKeys: { slots: [...slots] } }, signal)
const hexesOf = (sets: readonly { readonly segment: Uint8Array }[]): string[] => sets.map(({ segment }) => hexOf(segment)).sort()
const hexes = IDS.map(hexOf)
const gone = new LunarError('PEER_UNREACHABLE', 'it is away')
const owners = (id: Uint8Array): string[] =>
  ringOf(0, TRACKERS)
    .owners(id)
    .map(({ host }) => host)
const ofOthers = IDS.filter((id) => !isOwned(id, 0))

test('all sets are read, each of others once, of its first owner; of a tracker with some slots those alone', async (t) => {
  const stage = await openStage()
  const { sets, unheard } = await read(stage)
  t.deepEqual(hexesOf(sets), hexes)
  t.deepEqual(unheard, [])
  t.deepEqual([...new Set(stage.asked)].sort(), [...new Set(ofOthers.map((id) => itemAt(owners(id), 0)))].sort())
  t.is(stage.asked.length, new Set(stage.asked).size)

  const bySlot = await Promise.all(ALL_SLOTS.map((slot) => read(stage, [slot])))
  for (const [slot, { sets: some }] of bySlot.entries())
    for (const { segment, record } of some.filter((set) => !isOwned(set.segment, 0)))
      t.is(slotOfRegion(sweptRegion(ROUND, record, watermarksIn(record.shardBytes), crypto) ?? -1), slot, hexOf(segment))
  t.is(bySlot.flatMap(({ sets: some }) => some.filter(({ segment }) => !isOwned(segment, 0))).length, ofOthers.length)

  stage.asked.length = 0
  t.is((await read(stage, [])).sets.length, IDS.length - ofOthers.length)
  t.deepEqual(stage.asked, [], 'who has no slot asks nobody')
})

test('the next owner is asked where one is away, is of the version before or knows nothing; a set of which no owner is heard is left for later', async (t) => {
  const stage = await openStage()
  const id = itemAt(ofOthers, 0)
  const [first = '', second = '', third = ''] = owners(id)
  stage.away.set(first, gone)
  t.deepEqual(hexesOf((await read(stage)).sets), hexes)
  stage.away.set(second, new LunarError('UNKNOWN_EXCHANGE', 'the peer does not serve this exchange'))
  t.deepEqual(hexesOf((await read(stage)).sets), hexes)
  stage.away.set(third, gone)
  const { sets, unheard } = await read(stage)
  const lost = IDS.filter((one) => !isOwned(one, 0) && owners(one).every((host) => stage.away.has(host)))
  t.true(lost.some((one) => hexOf(one) === hexOf(id)))
  t.deepEqual(unheard.map(hexOf).sort(), lost.map(hexOf).sort())
  t.deepEqual([...hexesOf(sets), ...unheard.map(hexOf)].sort(), hexes)

  stage.away.clear()
  t.deepEqual(hexesOf((await read(stage, ALL_SLOTS, unheard)).sets), unheard.map(hexOf).sort())
  const unknown = sealRecords(2 * RECORDS.length).flatMap((record) => (hexes.includes(hexOf(record.id)) ? [] : record.id))
  t.deepEqual(await read(stage, ALL_SLOTS, unknown.slice(0, 9)), { sets: [], unheard: [] }, 'all owners say that they do not know them')
})

test('an order of the owner is honoured, and only that', async (t) => {
  const stage = await openStage()
  const [ordered, forged] = RECORDS.filter(({ id }) => !isOwned(id, 0))
  if (!ordered || !forged) throw new Error('no sets of others')
  for (const side of stage.sides)
    if (side.ring.isOwner(ordered.id)) await (side.sharedSets as SharedSets).add([openOrder(orderOf(ordered), side)])
  const stranger = crypto.signKey(new Uint8Array(32).fill(9))
  const order = signDocument(LEAVES_ONLY, { network: NETWORK, owner: stranger.publicKey, segment: forged.id, orderedMs: 1 }, stranger)
  for (const host of owners(forged.id))
    stage.lies.set(host, ({ sets }, segments) => ({
      sets: sets.map((set, at) => (hexOf(itemAt([...segments], at)) === hexOf(forged.id) ? { ...set, order } : set)),
    }))
  const { sets } = await read(stage)
  t.deepEqual(hexesOf(sets.filter(({ isShared }) => isShared)), [hexOf(ordered.id)])
  t.deepEqual(hexesOf(sets), hexes)
})

test('an owner that lies, of another set or in a signature, is passed over; so is a record that is not its own any more', async (t) => {
  const stage = await openStage()
  const id = itemAt(ofOthers, 0)
  const [first = '', second = ''] = owners(id)
  const other = itemAt(RECORDS, 0).document
  stage.lies.set(first, ({ sets }) => ({ sets: sets.map((set) => ({ ...set, record: other })) }))
  stage.lies.set(second, ({ sets }) => ({
    sets: sets.map(({ record, ...set }) => ({ ...set, record: record && { ...record, signature: new Uint8Array(64) } })),
  }))
  const { sets } = await read(stage)
  t.deepEqual(hexesOf(sets), hexes)
  t.true(sets.every(({ document, hex }) => hexOf(recordId(document, crypto)) === hex))

  const former = itemAt(stage.sides, 0)
  const foreign = RECORDS.filter(({ id: one }) => !isOwned(one, 0))
  await former.map.records.learn(foreign, { isCommitted: true })
  const { sets: told } = await answerSweepRecords({ segments: foreign.map(({ id: one }) => one) }, former)
  t.true(
    told.every(({ record }) => record === null),
    'orders do not come to it',
  )
})
