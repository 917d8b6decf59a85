import { KEEP, LEASE, signDocument, type SignedDocument } from '@lunarx/core/document'
import { equalBytes, hexOf } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { leases, recall, retain, type AnswerOf } from '@lunarx/wire'
import test from 'ava'
import { owner, PROVIDER, SimulatedProvider, type TestSet } from '../simulated-machine.ts'

type Word = AnswerOf<typeof leases>['leases'][number]

const HOUR = 3_600_000
const stranger = crypto.signKey(new Uint8Array(32).fill(7))

const keepOf = ({ segment }: TestSet, by = owner): SignedDocument =>
  signDocument(KEEP, { network: 'net', owner: by.publicKey, segment, keptMs: 1 }, by)

async function start(seed: string): Promise<SimulatedProvider> {
  const world = new SimulatedProvider(seed)
  await world.settle(world.boot())
  return world
}

/** What the tracker says of leases, and which sets it was asked about. */
function answerLeases(tracker: Peers, word: () => Word, more: Partial<AnswerOf<typeof leases>> = {}): Set<string> {
  const asked = new Set<string>()
  tracker.answer(leases, async ({ segments }) => {
    for (const segment of segments) asked.add(hexOf(segment))
    return { leases: segments.map(word), keeps: [], tombstones: [], rebuilding: null, over: [], overUntil: { list: 'a', at: 0 }, ...more }
  })
  return asked
}

async function pass(world: SimulatedProvider, ms: number): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= 3 * HOUR) {
    world.clock.skip(Math.min(leftMs, 3 * HOUR))
    await world.clock.runFor(10_000)
  }
}

const retained = async (world: SimulatedProvider, ...keeps: SignedDocument[]): Promise<readonly boolean[]> =>
  (await world.settle(world.tracker.ask(PROVIDER, retain, { keeps }))).answer.retained

test('a keep is taken of the owner of a set of which a shard is here, and is durable then', async (t) => {
  const world = await start('retain')
  const set = await world.settle(world.put('a', 1_000))
  const other = world.makeSet('elsewhere', 1_000)
  t.deepEqual(await retained(world, keepOf(set, stranger), keepOf(other), keepOf(set), keepOf(set)), [false, false, true, true])
  world.crash()
  await world.settle(world.boot())
  const { answer } = await world.settle(world.tracker.ask(PROVIDER, recall, { segments: [other.segment, set.segment] }))
  t.is(answer.keeps.length, 1)
  t.true(equalBytes(answer.keeps[0]?.body ?? new Uint8Array(), keepOf(set).body))
  t.deepEqual(await retained(world, keepOf(set, stranger), keepOf(set)), [true, true], 'it stays kept by its owner')
  const bad = { ...keepOf(set), signature: new Uint8Array(64) }
  await t.throwsAsync(retained(world, bad), { code: 'BAD_SIGNATURE' })
})

test('a set that nobody kept goes when its lease is over here and with its trackers; one that is kept never does', async (t) => {
  const world = await start('end')
  const [kept, left] = [await world.settle(world.put('kept', 1_000)), await world.settle(world.put('left', 1_000))]
  t.deepEqual(await retained(world, keepOf(kept)), [true])
  const asked = answerLeases(world.tracker, () => 'ended') // whatever they say, a day has to pass here
  await pass(world, 21 * HOUR)
  t.deepEqual([...asked], [hexOf(left.segment)])
  t.true(await world.settle(world.isHeld(left)))
  await pass(world, 9 * HOUR)
  t.false(await world.settle(world.isHeld(left)))
  t.true(await world.settle(world.isHeld(kept)))
  t.like(await world.settle(world.room()), { shards: 1, usedBytes: 1_000 })
})

for (const word of ['running', 'kept', 'unknown'] as const)
  test(`a set is held for as long as its trackers say that it is ${word}`, async (t) => {
    const world = await start(word)
    const set = await world.settle(world.put('a', 1_000))
    answerLeases(world.tracker, () => word)
    await pass(world, 3 * HOUR)
    const before = world.heard.records.length
    await pass(world, HOUR)
    // the inventory is not compared again yet: a tracker that does not know the set is sent the record all the same
    t.is(world.heard.records.length - before, word === 'unknown' ? 1 : 0)
    await pass(world, 5 * LEASE.setMs)
    t.true(await world.settle(world.isHeld(set)))
  })

test('what the trackers know of a set is obeyed: the keep, and the tombstone', async (t) => {
  const world = await start('obeyed')
  const [kept, buried] = [await world.settle(world.put('kept', 1_000)), await world.settle(world.put('buried', 1_000))]
  answerLeases(world.tracker, () => 'ended', { keeps: [keepOf(kept)], tombstones: [world.tombstone(buried)] })
  await pass(world, 6 * HOUR)
  t.false(await world.settle(world.isHeld(buried)))
  await pass(world, 2 * LEASE.setMs)
  t.true(await world.settle(world.isHeld(kept)))
})

test('whoever answers in the place of a tracker and is none ends no lease', async (t) => {
  const world = await start('impostor')
  const set = await world.settle(world.put('a', 1_000))
  await world.settle(Promise.resolve(world.tracker[Symbol.asyncDispose]()))
  const asked = answerLeases(world.join('tracker', 'provider'), () => 'ended')
  await pass(world, 3 * LEASE.setMs)
  t.true(asked.has(hexOf(set.segment)))
  t.true(await world.disk.readFile(`shards/${hexOf(set.segment).slice(0, 2)}/${hexOf(set.segment)}.0`).then((file) => file !== undefined))
})

test('a clock that was ahead at the first look neither keeps a set for ever nor ends it early when it is right again', async (t) => {
  const world = await start('ahead')
  const set = await world.settle(world.put('a', 1_000))
  let word: Word = 'running'
  answerLeases(world.tracker, () => word)
  world.running?.machine.setAhead(300 * 24 * HOUR)
  await pass(world, 6 * HOUR)
  world.running?.machine.setAhead(0)
  word = 'ended'
  await pass(world, 21 * HOUR)
  t.true(await world.settle(world.isHeld(set)))
  await pass(world, 9 * HOUR)
  t.false(await world.settle(world.isHeld(set)))
})
