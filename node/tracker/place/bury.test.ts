import { TOMBSTONE, signDocument } from '@lunarx/core/document'
import { LunarError } from '@lunarx/core/model'
import type { Session } from '@lunarx/net/peers'
import test from 'ava'
import type { Ask } from '../ask/index.ts'
import { SharedSets } from '../audit/index.ts'
import { openOrder } from '../audit/shared/shared-sets.ts'
import { Keeps } from '../lease/index.ts'
import { NETWORK, openRecords, orderOf, OWNER, ringOf, sealRecords } from '../map/_records.test.ts'
import { answerBury } from './bury.ts'

test('a tracker that is alone drops the order of a set with its burial: nobody else will remind it', async (t) => {
  const records = sealRecords(2)
  const { openStore, ...side } = await openRecords(records)
  const sharedSets = new SharedSets(await openStore('audit'))
  await sharedSets.add(records.map((record) => openOrder(orderOf(record), side)))
  const ask = (() => Promise.reject(new LunarError('PEER_UNREACHABLE', 'there is nobody'))) as unknown as Ask
  const keeps = new Keeps({ store: await openStore('leases'), lived: { now: () => 0 } })
  const tombstones = records
    .slice(0, 1)
    .map(({ id }) => signDocument(TOMBSTONE, { network: NETWORK, owner: OWNER.publicKey, segment: id, deletedMs: 1 }, OWNER))
  const asked = { session: { credential: { role: 'client' } } as unknown as Session, signal: new AbortController().signal }
  t.deepEqual(await answerBury({ tombstones }, asked, { ...side, ask, keeps, sharedSets, ring: ringOf(0, 1) }), { accepted: 1 })
  t.deepEqual(await Promise.all(records.map(({ id }) => sharedSets.has(id))), [false, true])
})
