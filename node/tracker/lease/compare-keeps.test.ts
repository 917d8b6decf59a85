/**
 * What a tracker answers another that names its keeps, and what is forgotten with a record.
 */
import { KEEP, LEASE, signDocument } from '@lunarx/core/document'
import { hexOf } from '@lunarx/core/model'
import { Trace } from '@lunarx/runtime/log'
import test from 'ava'
import { SharedSets } from '../audit/index.ts'
import { openOrder } from '../audit/shared/shared-sets.ts'
import { OwnerLeases } from '../expiry/index.ts'
import type { NewRecord } from '../map/index.ts'
import { NETWORK, openRecords, orderOf, OWNER, ringOf, sealRecords, trackerAt } from '../map/_records.test.ts'
import { answerCompareKeeps } from './compare-keeps.ts'
import { LeaseEnds } from './ends.ts'
import { Keeps, openKeep } from './keeps.ts'
import { LivedClock } from './lived-clock.ts'
import { forgetEnded } from './orphans.ts'

const PAGE = 4
const RECORDS = sealRecords(40)
const ids = (records: readonly NewRecord[]): Uint8Array[] => records.map(({ id }) => id)

/** A tracker of several that knows the records and has keeps of some. */
async function openSide(trackers: number, kept: readonly NewRecord[]) {
  const { openStore, clock, ...side } = await openRecords(RECORDS)
  const store = await openStore('leases')
  const lived = await LivedClock.open({ store, clock })
  const keeps = new Keeps({ store, lived })
  const ends = await LeaseEnds.open({ store, clock, lived, scanEntries: 100, maxTimed: 100, maxEnded: 100, onChange: () => undefined })
  const log = new Trace(clock).log('tracker')
  const onRevival = async (): Promise<void> => undefined
  const ownerLeases = await OwnerLeases.open({ store, lived, log, scanEntries: 100, maxOwners: 10, trackers, onRevival })
  const value = { network: NETWORK, owner: OWNER.publicKey, keptMs: 1 }
  await keeps.renew(kept.map(({ id }) => openKeep(signDocument(KEEP, { ...value, segment: id }, OWNER), side)))
  const sharedSets = new SharedSets(await openStore('audit'))
  return { ...side, clock, keeps, ends, ownerLeases, sharedSets, ring: ringOf(0, trackers) }
}

test('keeps that are here are not wanted, however many more than the asker’s there are between them', async (t) => {
  const lacking = RECORDS.slice(20, 22)
  const side = await openSide(
    3,
    RECORDS.filter((record) => !lacking.includes(record)),
  )
  const kept = ids(RECORDS.filter((_, at) => at % 3 === 2))
  const { wanted } = await answerCompareKeeps({ after: null, until: null, kept }, side, undefined, PAGE)
  t.deepEqual(
    wanted,
    ids(lacking).filter((id) => kept.some((one) => hexOf(one) === hexOf(id))),
  )
  t.is(wanted.length, 1)
})

test('keeps of sets that the asker does not own do not keep it from its own', async (t) => {
  const side = await openSide(5, RECORDS)
  const { keeps } = await answerCompareKeeps({ after: null, until: null, kept: [] }, side, trackerAt(4), PAGE)
  const shared = ids(RECORDS).filter((id) => side.ring.isShared(id, trackerAt(4)))
  t.true(shared.length > 2 * PAGE)
  t.deepEqual(
    keeps.map((document) => openKeep(document, side).segment),
    shared,
  )
})

test('with the record of a set whose lease has ended goes the order to ask it for leaves only', async (t) => {
  const side = await openSide(3, [])
  const [over, live] = RECORDS
  if (!over || !live) throw new Error('no records')
  await side.sharedSets.add([over, live].map((record) => openOrder(orderOf(record), side)))
  side.ends.look(hexOf(over.id))
  side.clock.skip(LEASE.setMs)
  await side.ends.end([hexOf(over.id)])
  await forgetEnded(side)
  t.deepEqual([side.map.records.has(over.id), await side.sharedSets.has(over.id)], [false, false])
  t.deepEqual([side.map.records.has(live.id), await side.sharedSets.has(live.id)], [true, true])
})
