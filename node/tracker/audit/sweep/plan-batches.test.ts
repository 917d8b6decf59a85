/**
 * Which sets are asked for watermarks.
 */
import { SLOT_KEYS } from '@lunarx/core/audit'
import { signDocument } from '@lunarx/core/document'
import { peerIdOf } from '@lunarx/core/membership'
import { LIMITS } from '@lunarx/core/model'
import { loadErasureEngine } from '@lunarx/runtime/erasure'
import test from 'ava'
import { NETWORK, openRecords, orderOf, OWNER, ringOf, sealRecords } from '../../map/_records.test.ts'
import { openOrder, SharedSets } from '../shared/shared-sets.ts'
import { LeavesOnly } from './leaves-only.ts'
import { planBatches, type PlanBatchesDeps } from './plan-batches.ts'
import { SlotKeys } from './slot-keys.ts'

const SELF = peerIdOf(new Uint8Array(32).fill(1))
const HOLDER = peerIdOf(new Uint8Array(32).fill(2))

test('watermarks are asked of sets that this tracker owns: one that was an owner before has not heard which of them are shared since', async (t) => {
  const records = sealRecords(12)
  const { openStore, ...side } = await openRecords(records)
  await side.map.statements.affirm(records.map(({ id }) => ({ segment: id, index: 0, peer: HOLDER })))
  const store = await openStore('audit')
  const trackerSlots = () => Array.from({ length: LIMITS.trackerSlots }, () => SELF)
  const slotKeys = await SlotKeys.open({ ...side, store, self: SELF, trackerSlots, isOwner: () => true })
  const keys = {
    network: NETWORK,
    owner: OWNER.publicKey,
    tracker: SELF,
    positionKey: new Uint8Array(32),
    codeKey: new Uint8Array(32),
    dealtMs: 1,
  }
  await slotKeys.take(trackerSlots().map((_, slot) => signDocument(SLOT_KEYS, { ...keys, slot }, OWNER)))
  const [leavesOnly, sharedSets] = [await LeavesOnly.open(store), new SharedSets(store)]
  const deps = { ...side, slotKeys, leavesOnly, sharedSets, erasure: await loadErasureEngine(), isOver: () => false }
  const asked = async (ring: PlanBatchesDeps['ring']): Promise<Uint8Array[]> => {
    const { batches } = await planBatches(
      records.map(({ id }) => id),
      1,
      { ...deps, ring },
    )
    return batches
      .flatMap(({ places }) => places.map(({ shard }) => shard.segment))
      .sort((a, b) => records.findIndex(({ id }) => id === a) - records.findIndex(({ id }) => id === b))
  }
  const ids = records.map(({ id }) => id)
  t.deepEqual(await asked(ringOf(0, 3)), ids)
  const grown = ringOf(0, 5)
  const owned = ids.filter((id) => grown.isOwner(id))
  t.true(owned.length > 1 && owned.length < ids.length)
  t.deepEqual(await asked(grown), owned)

  const shared = records.find(({ id }) => grown.isOwner(id))
  if (shared) await sharedSets.add([openOrder(orderOf(shared), side)])
  t.deepEqual(await asked(grown), owned.slice(1))
})
