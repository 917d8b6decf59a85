import { openDocument, RECEIPT, type SignedDocument } from '@lunarx/core/document'
import { unpackShardKeys } from '@lunarx/core/inventory'
import { publicKeyOf } from '@lunarx/core/membership'
import { verifyRange } from '@lunarx/core/merkle'
import { equalBytes, hasCode, hexOf, LIMITS, utf8, type ErrorCode } from '@lunarx/core/model'
import { NO_FAULTS } from '@lunarx/net/simulated'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SeededRandom } from '@lunarx/runtime/random'
import { store } from '@lunarx/wire'
import test, { type ExecutionContext } from 'ava'
import { present, SimulatedProvider } from './simulated-machine.ts'

const stranger = crypto.signKey(crypto.sha256(utf8('stranger')))

async function start(seed: number | string, options: { capacityBytes?: number; volumeBytes?: number } = {}): Promise<SimulatedProvider> {
  const world = new SimulatedProvider(seed, options)
  await world.settle(world.boot())
  return world
}

async function refused(t: ExecutionContext, world: SimulatedProvider, work: Promise<unknown>, code: ErrorCode): Promise<void> {
  const error = await t.throwsAsync(world.settle(work))
  t.true(hasCode(error, code), String(error))
}

test('a stored shard is receipted, confirmed, and comes back whole and in ranges that prove themselves', async (t) => {
  const world = await start(1)
  const set = world.makeSet('a', 100_000)
  const receipt = openDocument(
    RECEIPT,
    await world.settle(world.hold(set).then((key) => world.store(set, key))),
    ({ provider }) => publicKeyOf(provider),
    crypto,
  )
  t.like(receipt, { index: 0, sizeBytes: 100_000 })
  t.true(equalBytes(receipt.address, present(set.record.addresses[0])))
  t.true(await world.settle(world.isHeld(set)))
  const whole = await world.settle(world.retrieve(set))
  t.deepEqual(whole.bytes, set.bytes)
  t.like(whole.answer, { shardBytes: 100_000, firstLeaf: 0, leaves: 7, path: [] })
  for (const [offset, length] of [
    [0, 1],
    [20_000, 30_000],
    [99_999, 1],
    [16_384, 0],
    [50_000, 1_000_000],
  ] as const) {
    const { answer, bytes } = await world.settle(world.retrieve(set, { offset, length }))
    const range = {
      address: present(set.record.addresses[0]),
      shardBytes: answer.shardBytes,
      firstLeaf: answer.firstLeaf,
      bytes,
      path: answer.path,
    }
    t.true(verifyRange(range, crypto))
    const start = answer.firstLeaf * LIMITS.leafBytes
    t.true(start <= offset && start + bytes.length >= Math.min(100_000, offset + Math.max(1, length)))
  }
  await refused(t, world, world.retrieve(set, { offset: 100_000, length: 1 }), 'BAD_MESSAGE')
})

test('nobody gets a shard without the read key or a tracker’s grant, made out to themselves', async (t) => {
  const world = await start(2)
  const set = await world.settle(world.put('a', 50_000))
  const other = await world.settle(world.put('b', 50_000))
  const authorities = [
    world.request(set, world.client, { key: stranger }),
    world.request(set, world.tracker),
    world.request(set, world.client, { index: 1 }),
    world.request(other, world.client),
    world.request(set, world.client, { expiresMs: world.clock.now() }),
    world.grant(set, world.client, 'client'),
    world.grant(set, world.tracker, 'tracker'),
    world.grant(other, world.client, 'client'),
  ]
  for (const authority of authorities) await refused(t, world, world.retrieve(set, { authority }), 'UNAUTHORIZED')
  const authority = world.grant(set, world.tracker, 'tracker')
  t.deepEqual((await world.settle(world.retrieve(set, { asker: world.tracker, authority }))).bytes, set.bytes)
  const provider = world.join('another provider', 'provider')
  for (const purpose of ['repair', 'challenge'] as const) {
    const grant = world.grant(set, provider, 'tracker', purpose)
    await refused(t, world, world.retrieve(set, { asker: provider, authority: grant }), 'UNAUTHORIZED')
  }
  await refused(t, world, world.retrieve(set, { asker: provider, authority: world.request(set, provider) }), 'UNAUTHORIZED')
  const order = world.grant(set, provider, 'tracker', 'give-way')
  t.deepEqual((await world.settle(world.retrieve(set, { asker: provider, authority: order }))).bytes, set.bytes)
  await refused(t, world, world.retrieve(world.makeSet('c', 10)), 'SHARD_NOT_FOUND')
})

test('flipped, short, long or foreign bytes are never taken; the shard can be sent again', async (t) => {
  const world = await start(3)
  const set = world.makeSet('a', 70_000)
  const key = await world.settle(world.hold(set))
  const flipped = set.bytes.slice()
  flipped[40_000] = (flipped[40_000] ?? 0) ^ 1
  await refused(t, world, world.store(set, key, { bytes: flipped }), 'BAD_ADDRESS')
  t.like(await world.settle(world.progress(key)), { receivedBytes: 0, receipt: null })
  await refused(t, world, world.store(set, key, { bytes: set.bytes.subarray(0, 69_999) }), 'INTERRUPTED')
  t.like(await world.settle(world.progress(key)), { receivedBytes: 69_999 })
  await refused(t, world, world.store(set, key, { bytes: Buffer.concat([set.bytes, set.bytes]) }), 'BAD_MESSAGE')
  await refused(t, world, world.store(set, key, { offset: 70_001 }), 'BAD_MESSAGE')
  t.false(await world.settle(world.isHeld(set)))
  await world.settle(world.store(set, key))
  t.deepEqual((await world.settle(world.retrieve(set))).bytes, set.bytes)
})

test('a reservation is good for its client, its shard, its record and its time', async (t) => {
  const world = await start(4)
  const set = world.makeSet('a', 1_000)
  const key = await world.settle(world.hold(set))
  const other = world.join('other', 'client')
  await refused(t, world, world.store(set, key, { client: other }), 'RESERVATION_INVALID')
  await refused(t, world, world.store(set, { ...key, signature: new Uint8Array(64) }), 'RESERVATION_INVALID')
  await refused(t, world, world.store(world.makeSet('b', 1_000), key), 'RESERVATION_INVALID')
  await refused(t, world, world.store(set, key, { record: { ...set.document, signature: new Uint8Array(64) } }), 'BAD_SIGNATURE')
  await world.clock.runFor(601_000)
  await refused(t, world, world.store(set, key), 'RESERVATION_INVALID')
  t.like(await world.settle(world.room()), { usedBytes: 0, reservedBytes: 0 })
  t.deepEqual(await world.disk.list('incoming'), [])
})

test('of a set one shard is taken at most, also when two placements cross', async (t) => {
  const world = await start(12)
  const set = world.makeSet('a', 1_000)
  const [first, second] = await world.settle(Promise.all([world.hold(set), world.hold(set, { index: 1 })]))
  const stored = await world.settle(Promise.allSettled([world.store(set, present(second)), world.store(set, present(first))]))
  t.deepEqual(stored.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
  t.like(
    stored.find(({ status }) => status === 'rejected'),
    { reason: { code: 'RESERVATION_INVALID' } },
  )
  const lost = stored[0].status === 'rejected' ? 1 : 0
  await refused(t, world, world.hold(set, { index: lost }), 'RESERVATION_INVALID')
  t.like(await world.settle(world.room()), { usedBytes: 1_000, reservedBytes: 0 })
  t.deepEqual(await world.disk.list('incoming'), [])
})

test('the room is sold exactly once; expiry and deletion give it back', async (t) => {
  const world = await start(5, { capacityBytes: 10_000 })
  const sets = Array.from({ length: 30 }, (_, n) => world.makeSet(`s${n}`, 1_000))
  const held = await world.settle(Promise.allSettled(sets.map((set) => world.hold(set))))
  t.is(held.filter(({ status }) => status === 'fulfilled').length, 10)
  for (const result of held) t.true(result.status === 'fulfilled' || hasCode(result.reason, 'FULL'))
  t.like(await world.settle(world.room()), { usedBytes: 0, reservedBytes: 10_000 })
  const keys = held.flatMap((result, n) => (result.status === 'fulfilled' ? [{ set: present(sets[n]), key: result.value }] : []))
  await world.settle(world.hold(present(keys[0]).set)) // asked again: renewed, not held twice
  await world.settle(Promise.all(keys.slice(0, 4).map(({ set, key }) => world.store(set, key))))
  t.like(await world.settle(world.room()), { usedBytes: 4_000, reservedBytes: 6_000, shards: 4 })
  await world.clock.runFor(700_000)
  t.like(await world.settle(world.room()), { usedBytes: 4_000, reservedBytes: 0 })
  await refused(t, world, world.hold(world.makeSet('large', 6_001)), 'FULL')
  t.is(await world.settle(world.discard(world.tombstone(present(keys[0]).set))), 1)
  await world.settle(world.hold(world.makeSet('large', 7_000)))
  t.like(await world.settle(world.room()), { usedBytes: 3_000, reservedBytes: 7_000 })
})

test('a full volume refuses what is new, and still gives and deletes what is there', async (t) => {
  const world = await start(6, { volumeBytes: 400_000 })
  const first = await world.settle(world.put('first', 150_000))
  const room = world.disk.freeBytes
  await refused(t, world, world.hold(world.makeSet('large', room + 1)), 'FULL')
  const second = world.makeSet('second', 100_000)
  const key = await world.settle(world.hold(second))
  world.disk.take(world.disk.freeBytes) // somebody else fills the volume meanwhile
  await refused(t, world, world.store(second, key), 'FULL')
  t.false(await world.settle(world.isHeld(second)))
  t.deepEqual((await world.settle(world.retrieve(first))).bytes, first.bytes)
  t.is(await world.settle(world.discard(world.tombstone(first))), 1)
  t.false(await world.settle(world.isHeld(first)))
  await world.settle(world.store(second, key))
  t.deepEqual((await world.settle(world.retrieve(second))).bytes, second.bytes)
})

test('a shard goes on its owner’s tombstone only, and never comes back', async (t) => {
  const world = await start(7)
  const set = await world.settle(world.put('a', 20_000))
  const key = await world.settle(world.hold(set))
  t.is(await world.settle(world.discard(world.tombstone(set, stranger))), 0)
  t.true(await world.settle(world.isHeld(set)))
  const forged = { ...world.tombstone(set), signature: new Uint8Array(64) }
  await refused(t, world, world.discard(forged), 'BAD_SIGNATURE')
  t.is(await world.settle(world.discard(world.tombstone(set))), 1)
  await refused(t, world, world.retrieve(set), 'SHARD_NOT_FOUND')
  await refused(t, world, world.store(set, key), 'TOMBSTONED')
  world.crash()
  await world.settle(world.boot())
  await refused(t, world, world.retrieve(set), 'SHARD_NOT_FOUND')
  await refused(t, world, world.store(set, key), 'TOMBSTONED')
})

test('a later connection takes over from one that hangs', async (t) => {
  const world = await start(8)
  const set = world.makeSet('a', 60_000)
  const key = await world.settle(world.hold(set))
  const hanging = async function* (): AsyncGenerator<Uint8Array> {
    yield set.bytes.slice(0, 25_000)
    await new Promise(() => undefined)
  }
  const first = world.client.ask(
    { host: 'provider', controlPort: 1, dataPort: 2 },
    store,
    { key, record: set.document, offset: 0 },
    { body: hanging() },
  )
  const outcome = first.then(
    () => 'stored',
    (error: { code: string }) => error.code,
  )
  await world.clock.runFor(1_000)
  const { receivedBytes } = await world.settle(world.progress(key))
  t.is(receivedBytes, 25_000)
  await world.settle(world.store(set, key, { offset: receivedBytes }))
  t.is(await world.settle(outcome), 'INTERRUPTED')
  t.deepEqual((await world.settle(world.retrieve(set))).bytes, set.bytes)
})

test('the index is rebuilt from the shard files, and an entry without file is dropped', async (t) => {
  const world = await start(9)
  const sets = [await world.settle(world.put('a', 30_000)), await world.settle(world.put('b', 40_000))]
  const [a, b] = sets as [(typeof sets)[0], (typeof sets)[0]]
  world.crash()
  world.stores.wipe()
  await world.settle(world.boot())
  for (const set of sets) t.true(await world.settle(world.isHeld(set)))
  t.like(await world.settle(world.room()), { usedBytes: 70_000, shards: 2 })
  world.crash()
  const folder = `shards/${hexOf(a.segment).slice(0, 2)}`
  await world.disk.remove(`${folder}/${hexOf(a.segment)}.0`)
  await world.disk.syncFolder(folder)
  await world.settle(world.boot())
  await world.clock.runFor(1_000) // compared while it serves
  t.false(await world.settle(world.isHeld(a)))
  t.true(await world.settle(world.isHeld(b)))
  t.like(await world.settle(world.room()), { usedBytes: 40_000, shards: 1 })
})

test('a shard file is the shard, then its footer: the same on every provider', async (t) => {
  const [one, two] = [await start(10), await start(11)]
  const files = []
  for (const world of [one, two]) {
    const set = await world.settle(world.put('a', 30_000))
    const name = hexOf(set.segment)
    files.push(await world.disk.readFile(`shards/${name.slice(0, 2)}/${name}.0`))
    t.deepEqual(present(files.at(-1)).slice(0, 30_000), set.bytes)
  }
  t.deepEqual(files[0], files[1])
})

test('trackers are told everything once, then what changed; records they lack are taught, their tombstones obeyed', async (t) => {
  const world = await start(12)
  const a = await world.settle(world.put('a', 1_000))
  await world.clock.runFor(10_000)
  t.true(present(world.running).provider.ready())
  t.truthy(present(world.heard.pages[0]).range)
  t.deepEqual(world.heard.records, [a.document].map(plain))
  world.heard.pages.length = 0
  const b = await world.settle(world.put('b', 1_000))
  await world.clock.runFor(10_000)
  t.true(world.heard.pages.every(({ range }) => range === null))
  t.deepEqual(
    world.heard.pages.flatMap(({ held }) => unpackShardKeys(held)),
    [{ segment: b.segment, index: 0 }],
  )
  world.tombstones = [world.tombstone(a), world.tombstone(b, stranger)]
  world.known = -1
  await world.clock.runFor(10_000)
  t.false(await world.settle(world.isHeld(a)))
  t.true(await world.settle(world.isHeld(b)))
  t.deepEqual(unpackShardKeys(present(world.heard.pages.at(-1)).gone), [{ segment: a.segment, index: 0 }])
})

const plain = ({ body, signature }: SignedDocument): SignedDocument => ({ body: Uint8Array.from(body), signature })

/** A client that puts shards through crashes, cuts and restarts, and asks for progress after each. */
async function story(t: ExecutionContext, seed: number): Promise<void> {
  const world = await start(`story ${seed}`)
  const random = new SeededRandom(`faults ${seed}`)
  const sets = Array.from({ length: 6 }, (_, n) => world.makeSet(`${seed}/${n}`, 1 + random.below(120_000)))
  world.network.faults = { ...NO_FAULTS, cutRate: 0.02, bandwidth: 100 }
  const receipted = new Set<number>()

  const put = async (n: number): Promise<void> => {
    const set = present(sets[n])
    let key: SignedDocument | undefined
    for (let tries = 0; tries < 200 && !receipted.has(n); tries++) {
      try {
        key ??= await world.hold(set, { expiresMs: world.clock.now() + 3_000_000 })
        const { receivedBytes, receipt } = await world.progress(key)
        t.true(receivedBytes <= set.bytes.length)
        if (!receipt) await world.store(set, key, { offset: receivedBytes })
        receipted.add(n)
      } catch (error) {
        t.true(hasCode(error, 'INTERRUPTED', 'TIMEOUT', 'PEER_UNREACHABLE'), `SEED ${seed}: ${String(error)}`)
        await world.clock.sleep(100)
      }
    }
  }
  const crashes = async (): Promise<void> => {
    for (let n = 0; n < 8; n++) {
      await world.clock.sleep(random.between(5, 900))
      world.crash()
      const acknowledged = [...receipted]
      await world.boot()
      for (const one of acknowledged)
        t.true(
          await world.isHeld(present(sets[one])).catch(() => world.isHeld(present(sets[one]))),
          `SEED ${seed}: a receipted shard is gone`,
        )
    }
  }
  await world.settle(Promise.all([...sets.keys().map(put), crashes()]))
  world.network.heal()
  t.is(receipted.size, sets.length, `SEED ${seed}`)
  for (const set of sets) t.deepEqual((await world.settle(world.retrieve(set))).bytes, set.bytes)
  const usedBytes = sets.reduce((total, { bytes }) => total + bytes.length, 0)
  t.like(await world.settle(world.room()), { usedBytes, reservedBytes: 0, shards: sets.length })
}

for (let seed = 1; seed <= 12; seed++)
  test(`uploads survive crashes and cuts at any point; what was receipted stays (SEED=${seed})`, async (t) => {
    await story(t, seed)
  })
