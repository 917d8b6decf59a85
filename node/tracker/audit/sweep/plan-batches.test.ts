/**
 * Which sets are asked for watermarks, in which slots.
 */
import { SLOT_KEYS } from '@lunarx/core/audit'
import { signDocument } from '@lunarx/core/document'
import { peerIdOf } from '@lunarx/core/membership'
import { hexOf, LIMITS } from '@lunarx/core/model'
import { loadErasureEngine } from '@lunarx/runtime/erasure'
import test from 'ava'
import { NETWORK, openRecords, OWNER, sealRecords } from '../../map/_records.test.ts'
import type { DueSet } from './due-records.ts'
import { LeavesOnly } from './leaves-only.ts'
import { planBatches } from './plan-batches.ts'
import { SlotKeys } from './slot-keys.ts'

const SELF = peerIdOf(new Uint8Array(32).fill(1))
const HOLDER = peerIdOf(new Uint8Array(32).fill(2))

test('watermarks are asked of all sets in slots of this tracker that it has keys for, but of those that are shared', async (t) => {
  const records = sealRecords(40)
  const { openStore, ...side } = await openRecords(records)
  await side.map.statements.affirm(records.map(({ id }) => ({ segment: id, index: 0, peer: HOLDER })))
  const store = await openStore('audit')
  let slots = 6
  const trackerSlots = () => Array.from({ length: LIMITS.trackerSlots }, (_, slot) => (slot < slots ? SELF : HOLDER))
  const slotKeys = await SlotKeys.open({ ...side, store, self: SELF, trackerSlots, isOwner: () => true })
  const leavesOnly = await LeavesOnly.open(store)
  const keys = { network: NETWORK, owner: OWNER.publicKey, tracker: SELF, positionKey: new Uint8Array(32), codeKey: new Uint8Array(32) }
  await slotKeys.take(trackerSlots().map((_, slot) => signDocument(SLOT_KEYS, { ...keys, slot, dealtMs: 1 }, OWNER)))
  const deps = { ...side, slotKeys, leavesOnly, erasure: await loadErasureEngine() }
  const sets = records.map(({ id, ...rest }): DueSet => ({ ...rest, segment: id, hex: hexOf(id), isShared: false }))
  const plan = (some: readonly DueSet[]) => {
    const { batches, left } = planBatches(some, 1, deps)
    return { left, asked: batches.flatMap(({ places }) => places.map(({ shard }) => shard.hex)).sort() }
  }
  const { asked } = plan(sets)
  t.true(asked.length > 0 && asked.length < sets.length, 'other slots have some')
  t.deepEqual(
    asked,
    sets.flatMap((set) => plan([set]).asked),
  )
  const shared = sets.map((set) => ({ ...set, isShared: set.hex === asked[0] }))
  t.deepEqual(plan(shared), { asked: asked.slice(1), left: { shared: 1, unkeyed: 0, spent: 0 } })
  slots = LIMITS.trackerSlots
  t.deepEqual(plan(sets), { asked, left: { shared: 0, unkeyed: sets.length - asked.length, spent: 0 } })
})
