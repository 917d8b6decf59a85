import type { SignedDocument } from '@lunarx/core/document'
import { hasCode } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SeededRandom } from '@lunarx/runtime/random'
import { storeRelease } from '@lunarx/wire'
import fc from 'fast-check'
import test, { type ExecutionContext } from 'ava'
import { present, PROVIDER, SimulatedProvider, type TestSet } from '../simulated-machine.ts'
import { Quota, quotaOf } from './quota.ts'

const GIB = 1024 ** 3
const other = crypto.signKey(crypto.sha256(new TextEncoder().encode('other owner')))

async function exceeded(t: ExecutionContext, world: SimulatedProvider, work: Promise<unknown>, whose: string): Promise<void> {
  const error = await t.throwsAsync(world.settle(work))
  t.true(hasCode(error, 'QUOTA_EXCEEDED') && error.retryable && error.message.includes(`the ${whose} has`), String(error))
}

test('a peer and an owner have their quota each; a repair is not bound; what ends gives it back', async (t) => {
  const quota = { peerReservations: 2, ownerReservations: 3, ownerBytes: 5_000 }
  const world = new SimulatedProvider('quota', { quota })
  await world.settle(world.boot())
  const set = (n: number, sizeBytes = 1_000) => world.makeSet(`${n}`, sizeBytes)
  const second = world.join('second', 'client')
  const key = await world.settle(world.hold(set(1)))
  await world.settle(world.hold(set(2)))
  await world.settle(world.hold(set(2))) // renewed: one and the same
  await exceeded(t, world, world.hold(set(3)), 'peer')
  await exceeded(t, world, world.hold(set(4, 4_000), { client: second }), 'owner')
  await world.settle(world.hold(set(5), { client: second }))
  await exceeded(t, world, world.hold(set(6), { client: second }), 'owner')
  await world.settle(world.hold(world.makeSet('7', 1_000, other), { client: second }))
  for (let n = 10; n < 20; n++) await world.settle(world.hold(set(n), { client: world.tracker }))

  world.crash()
  await world.settle(world.boot())
  await exceeded(t, world, world.hold(set(3)), 'peer')
  await world.settle(world.store(set(1), key)) // stored: it is not reserved any more
  const third = await world.settle(world.hold(set(3)))
  await exceeded(t, world, world.hold(set(8)), 'peer')
  await world.settle(world.client.ask(PROVIDER, storeRelease, { key: third }))
  await world.settle(world.hold(set(8)))
  await world.clock.runFor(700_000) // all have expired
  await world.settle(world.hold(set(9)))
  await world.settle(world.hold(set(4, 4_000), { client: second }))
})

test('unless stated, quotas follow the capacity, and leave a small provider usable', (t) => {
  t.like(quotaOf({}, 100 * GIB), { peerBytes: 25 * GIB, ownerBytes: 50 * GIB })
  t.like(quotaOf({}, GIB), { peerBytes: GIB, ownerBytes: GIB })
  t.is(quotaOf({ peerBytes: 7 }, GIB).peerBytes, 7)
})

test('whatever is taken and given, nobody has more than the quota, and nothing stays behind', (t) => {
  const step = fc.record({ peer: fc.nat(2), owner: fc.nat(2), bytes: fc.nat(50), gives: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const config = { peerReservations: 3, peerBytes: 90, ownerReservations: 4, ownerBytes: 120 }
      const quota = new Quota(() => config)
      const live: { peer: string; owner: Uint8Array<ArrayBuffer>; bytes: number }[] = []
      for (const { peer, owner, bytes, gives } of steps) {
        const last = gives ? live.pop() : undefined
        if (last) quota.give(last, last.bytes)
        if (gives) continue
        const party = { peer: `peer ${peer}`, owner: Uint8Array.of(owner), bytes }
        const of = (whose: (one: typeof party) => unknown) => live.filter((one) => String(whose(one)) === String(whose(party)))
        const sum = (list: typeof live) => list.reduce((total, one) => total + one.bytes, bytes)
        const [mine, owned] = [of((one) => one.peer), of((one) => one.owner)]
        const fits = mine.length < 3 && sum(mine) <= 90 && owned.length < 4 && sum(owned) <= 120
        try {
          quota.take(party, bytes)
          live.push(party)
          t.true(fits)
        } catch (error) {
          t.true(!fits && hasCode(error, 'QUOTA_EXCEEDED'))
        }
      }
      for (const one of live) quota.give(one, one.bytes)
      t.is(quota.parties, 0)
    }),
  )
})

/** Clients reserve, store, break off, release, delete and forget, all at once, while the provider loses its power now and then. */
async function story(t: ExecutionContext, seed: number): Promise<void> {
  const capacityBytes = 60_000
  const quota = { peerReservations: 6, peerBytes: 30_000, ownerReservations: 9, ownerBytes: 40_000 }
  const world = new SimulatedProvider(`sold ${seed}`, { capacityBytes, quota })
  await world.settle(world.boot())
  const random = new SeededRandom(`sold ${seed}`)
  const clients = ['one', 'two', 'three'].map((host) => world.join(host, 'client'))
  const outcomes = new Set<string>()
  const stored = new Set<TestSet>()
  const tolerated = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work
    } catch (error) {
      const codes = [
        'FULL',
        'QUOTA_EXCEEDED',
        'RESERVATION_INVALID',
        'INTERRUPTED',
        'TIMEOUT',
        'PEER_UNREACHABLE',
        'TOMBSTONED',
        'UNKNOWN_EXCHANGE',
      ] as const
      t.true(hasCode(error, ...codes), `SEED ${seed}: ${String(error)}`)
      outcomes.add((error as { code: string }).code)
      return undefined
    }
  }
  const act = async (n: number): Promise<void> => {
    const client = random.pick(clients)
    const set = world.makeSet(`${seed}/${n}`, 1 + random.below(12_000), random.chance(0.5) ? other : undefined)
    const key: SignedDocument | undefined = await tolerated(
      world.hold(set, { client, expiresMs: Math.ceil(world.clock.now() + random.between(1_000, 30_000)) }),
    )
    if (!key) return
    await world.clock.sleep(random.between(0, 3_000))
    const what = random.below(5)
    if (what === 0) return // forgotten: it expires
    if (what === 1) await tolerated(client.ask(PROVIDER, storeRelease, { key }))
    if (what === 2) await tolerated(world.store(set, key, { client, bytes: set.bytes.subarray(0, set.bytes.length >> 1) }))
    if (what < 3) return
    if ((await tolerated(world.store(set, key, { client }))) === undefined) return
    stored.add(set)
    const isOthers = set.record.owner === other.publicKey
    if (what === 4 && (await tolerated(world.discard(world.tombstone(set, isOthers ? other : undefined)))) === 1) stored.delete(set)
    else if (what === 4) stored.delete(set) // cut: it may be gone or not
  }
  const lane = async (at: number): Promise<void> => {
    for (let n = 0; n < 12; n++) await act(at * 100 + n)
  }
  const crashes = async (): Promise<void> => {
    for (let n = 0; n < 4; n++) {
      await world.clock.sleep(random.between(500, 9_000))
      world.crash()
      await world.boot()
    }
  }
  await world.settle(Promise.all([...Array.from({ length: 8 }, (_, at) => lane(at)), crashes()]))
  for (const beat of world.heard.beats)
    t.true(beat.usedBytes + beat.reservedBytes <= capacityBytes, `SEED ${seed}: ${beat.usedBytes} + ${beat.reservedBytes}`)
  await world.clock.runFor(60_000)

  // nothing is live any more: what is used is what lies there, and all the rest can be sold
  t.deepEqual(await world.disk.list('incoming'), [], `SEED ${seed}`)
  const { usedBytes, reservedBytes } = await world.settle(world.room())
  t.is(reservedBytes, 0, `SEED ${seed}: reservations leaked`)
  let filesBytes = 0
  for (let byte = 0; byte < 256; byte++)
    for (const name of await world.disk.list(`shards/${byte.toString(16).padStart(2, '0')}`)) filesBytes += await sizeOf(world, name)
  t.is(usedBytes, filesBytes, `SEED ${seed}: accounts and files differ`)
  for (const set of stored) t.true(await world.settle(world.isHeld(set)), `SEED ${seed}: a receipted shard is gone`)
  world.crash()
  await world.settle(world.boot())
  t.like(await world.settle(world.room()), { usedBytes, reservedBytes: 0 })
  const freeBytes = capacityBytes - usedBytes
  if (freeBytes > 0) await world.settle(world.hold(world.makeSet('rest', freeBytes), { client: world.tracker }))
  t.true(outcomes.has('FULL') || outcomes.has('QUOTA_EXCEEDED'), `SEED ${seed}: nothing was ever refused`)
}

/** Bytes of the shard in this file: the leaf hashes, the record and eight bytes follow it. */
async function sizeOf(world: SimulatedProvider, name: string): Promise<number> {
  const file = present(await world.disk.readFile(`shards/${name.slice(0, 2)}/${name}`))
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  return file.length - 8 - view.getUint32(file.length - 8) - 32
}

for (let seed = 1; seed <= 12; seed++)
  test(`room is never sold twice and never lost, whatever clients and crashes do at once (SEED=${seed})`, (t) => story(t, seed))
