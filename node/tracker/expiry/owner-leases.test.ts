import { OWNER_LEASE, OWNER_LEASE_PERIOD, signDocument } from '@lunarx/core/document'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { Trace } from '@lunarx/runtime/log'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import test from 'ava'
import fc from 'fast-check'
import { mayLack } from './answer-renew.ts'
import { leaseStatus } from './lease-status.ts'
import { openLease, type NewLease } from './open-lease.ts'
import { OverList } from './over-list.ts'
import { OwnerLeases } from './owner-leases.ts'

const PERIOD = OWNER_LEASE_PERIOD.leastMs
const owners = [1, 2, 3].map((n) => crypto.signKey(new Uint8Array(32).fill(n)))
const [owner, other] = owners as [(typeof owners)[0], (typeof owners)[0]]

function leaseOf(sequence: number, periodMs: number | null = PERIOD, by = owner): NewLease {
  const lease = { network: 'net', owner: by.publicKey, sequence, periodMs, renewedMs: 1 }
  return openLease(signDocument(OWNER_LEASE, lease, by), { network: 'net', crypto })
}

/** A tracker's leases; `pass` is time in which it runs. */
async function world({ maxOwners = 10, trackers = 3 } = {}) {
  const clock = new SimulatedClock()
  const stores = new SimulatedStores({ random: new SeededRandom(1) })
  let livedMs = 0
  const revived: Uint8Array[] = []
  const open = async (): Promise<OwnerLeases> =>
    OwnerLeases.open({
      store: await stores.opener()('leases'),
      lived: { now: () => livedMs },
      log: new Trace(clock).log('tracker'),
      scanEntries: 2,
      maxOwners,
      trackers,
      onRevival: async (key) => void revived.push(key),
    })
  const pass = (ms: number): void => void (livedMs += ms)
  const state = { leases: await open(), revived, pass, crash: async () => (stores.crash(), (state.leases = await open())) }
  return state
}

test('a lease is over when its period has passed since it was taken, and a newer word takes that back; older ones say nothing', async (t) => {
  const tracker = await world()
  t.false(tracker.leases.isOver(owner.publicKey))
  t.deepEqual(await tracker.leases.take([leaseOf(3)]), [{ outcome: 'taken', wasOver: false }])
  tracker.pass(PERIOD - 1)
  t.deepEqual(await tracker.leases.take([leaseOf(3), leaseOf(2), leaseOf(3, 2 * PERIOD)]), [
    { outcome: 'taken', wasOver: false },
    { outcome: 'stale', wasOver: false },
    { outcome: 'stale', wasOver: false },
  ])
  t.false(tracker.leases.isOver(owner.publicKey))
  tracker.pass(1)
  t.true(tracker.leases.isOver(owner.publicKey))
  await tracker.crash()
  t.true(tracker.leases.isOver(owner.publicKey))
  t.deepEqual(tracker.revived, [])
  t.deepEqual(await tracker.leases.take([leaseOf(4)]), [{ outcome: 'taken', wasOver: true }])
  t.is(tracker.revived.length, 1)
  await tracker.crash()
  t.false(tracker.leases.isOver(owner.publicKey))
  t.deepEqual(await tracker.leases.take([leaseOf(5)]), [{ outcome: 'taken', wasOver: true }], 'the answer to 4 may have been lost')
  await tracker.leases.take([leaseOf(6, null)])
  tracker.pass(100 * PERIOD)
  t.false(tracker.leases.isOver(owner.publicKey))
  t.is(tracker.revived.length, 1)
})

test('a lease that is over with a majority of all trackers is over here: for the same word, and until one takes it back', async (t) => {
  const { leases } = await world({ trackers: 5 })
  await leases.take([leaseOf(3)])
  const vote = (tracker: string, sequence: number, isOver = true): void =>
    leases.vote(tracker, [{ owner: owner.publicKey, sequence, isOver }])
  for (const name of ['a', 'b']) vote(name, 3)
  vote('b', 3)
  vote('c', 2)
  t.false(leases.isOver(owner.publicKey))
  vote('c', 3)
  t.true(leases.isOver(owner.publicKey))
  vote('a', 4, false)
  t.false(leases.isOver(owner.publicKey))
  vote('a', 3)
  await leases.take([leaseOf(4)])
  t.false(leases.isOver(owner.publicKey))
})

test('no set loses a lease while trackers may lack the newest word of it, however many there are', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 8 }), (size, survive) => {
      const lacking = mayLack({ size, copies: 2 * survive + 1 })
      const ownersOfSet = Math.min(size, 2 * survive + 1)
      return lacking * 2 <= ownersOfSet && lacking < size // what providers ask for is more than half
    }),
  )
  t.is(mayLack({ size: 9, copies: 3 }), 1)
})

test('no more owners are remembered than may be, and those that are renew on', async (t) => {
  const { leases } = await world({ maxOwners: 1 })
  t.deepEqual(await leases.take([leaseOf(1), leaseOf(1, PERIOD, other), leaseOf(2)]), [
    { outcome: 'taken', wasOver: false },
    { outcome: 'refused', wasOver: false },
    { outcome: 'taken', wasOver: false },
  ])
})

test('what is over is told from where it was told before, once, and all of it after a start', async (t) => {
  const tracker = await world()
  const list = new OverList(tracker.leases, new SeededRandom(1))
  await tracker.leases.take([leaseOf(1), leaseOf(1, 2 * PERIOD, other)])
  list.look()
  const none = list.behind(null)
  t.deepEqual(none.over, [])
  tracker.pass(PERIOD)
  list.look()
  list.look()
  const first = list.behind(none.overUntil)
  t.is(first.over.length, 1)
  t.deepEqual(list.behind(first.overUntil), { over: [], overUntil: first.overUntil })
  t.is(list.behind({ list: 'of another start', at: 7 }).over.length, 1)
  tracker.pass(PERIOD)
  list.look()
  t.is(list.behind(first.overUntil).over.length, 1)
  await tracker.leases.take([leaseOf(2)])
  t.is(list.behind(null).over.length, 1, 'one was renewed')
  t.deepEqual(leaseStatus(tracker.leases), { owners: 2, ending: 0, over: 1, nextMs: PERIOD })
  tracker.pass(0.8 * PERIOD)
  t.like(leaseStatus(tracker.leases), { ending: 1, over: 1 })
})

test('a lease that another signed, of another network, or with a period out of its limits is refused', (t) => {
  const deps = { network: 'net', crypto }
  const lease = { network: 'net', owner: owner.publicKey, sequence: 1, periodMs: PERIOD, renewedMs: 1 }
  t.throws(() => openLease(signDocument(OWNER_LEASE, lease, other), deps), { code: 'BAD_SIGNATURE' })
  t.throws(() => openLease(signDocument(OWNER_LEASE, { ...lease, network: 'n' }, owner), deps), { code: 'UNKNOWN_NETWORK' })
  for (const periodMs of [0, PERIOD - 1, OWNER_LEASE_PERIOD.mostMs + 1])
    t.throws(() => openLease(signDocument(OWNER_LEASE, { ...lease, periodMs }, owner), deps), { code: 'BAD_MESSAGE' })
})
