/**
 * Trackers that know different things order holders of a shard to give way to each other, crosswise and all at once: one stays.
 */
import { GRANT, signDocument } from '@lunarx/core/document'
import { hexOf, itemAt } from '@lunarx/core/model'
import { hold, store, surplus } from '@lunarx/wire'
import test from 'ava'
import { Fleet } from '../fleet/fleet.ts'
import { ask, putSet, sealSet, type SealedSet } from '../fleet/sets.ts'
import { seedsOf } from './seeds.ts'
import { Witness } from './witness.ts'

const DEFAULT_SEEDS = '2'
const SETS = 12
const SHARD_BYTES = 40_000

/** One provider more has the shard. */
async function storeAgain(fleet: Fleet, set: SealedSet, index: number, provider: number): Promise<void> {
  const { machine } = itemAt(fleet.providers, provider)
  const tracker = itemAt(fleet.trackers, 0).powered
  const bytes = itemAt(set.shards, index)
  const shard = {
    client: fleet.client.peers.self,
    owner: set.owner.publicKey,
    segment: set.id,
    index,
    address: itemAt(set.addresses, index),
    sizeBytes: SHARD_BYTES,
    expiresMs: Math.ceil(fleet.clock.now()) + 60_000,
  }
  const held = (await tracker?.peers.ask(machine.address, hold, { shards: [shard] }))?.answer.held[0]
  if (!held || 'refusal' in held) throw new Error('the provider holds no room')
  const body = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes
  }
  await ask(fleet, machine.address, store, { key: held.key, record: set.record, offset: 0 }, body())
}

/** A tracker's order to one provider to give way to another; whether it obeys is its own affair. */
async function order(fleet: Fleet, set: SealedSet, index: number, by: number, holder: number, twin: number): Promise<boolean> {
  const [giver, keeper] = [itemAt(fleet.providers, holder).machine, itemAt(fleet.providers, twin).machine]
  const tracker = itemAt(fleet.trackers, by).powered
  if (!tracker) throw new Error('no tracker')
  const grant = {
    segment: set.id,
    index,
    reader: giver.peer,
    expiresMs: Math.ceil(fleet.clock.now()) + 60_000,
    tracker: tracker.peers.self,
    purpose: 'give-way' as const,
  }
  const question = { order: signDocument(GRANT, grant, tracker.identity.signKey), twin: { ...keeper.address, peer: keeper.peer } }
  try {
    return (await tracker.peers.ask(giver.address, surplus, question)).answer.removed
  } catch {
    return false
  }
}

for (const seed of seedsOf({ SEEDS: DEFAULT_SEEDS, ...process.env })) {
  test(`of three holders of a shard one stays, whatever they are ordered at once (SEED=${seed})`, async (t) => {
    const witness = new Witness()
    await using fleet = await Fleet.start({ seed, trackers: 3, providers: 9, domains: 9, disguise: witness.overhear })
    await fleet.clock.runFor(10_000)
    fleet.net.faults = { ...fleet.net.faults, delayMs: [0.2, 60] }
    let removed = 0
    for (let n = 0; n < SETS; n++) {
      const set = sealSet(fleet, { shardBytes: SHARD_BYTES })
      t.is((await fleet.run(putSet(fleet, set))).margin, 2)
      const holders = witness.holders.get(`${hexOf(set.id)} 0`) ?? new Set()
      const others = fleet.providers
        .map((_, i) => i)
        .filter((i) => [0, 1, 2, 3, 4, 5].every((index) => !witness.holders.get(`${hexOf(set.id)} ${index}`)?.has(i)))
      for (const one of others.slice(0, 2)) await fleet.run(storeAgain(fleet, set, 0, one))
      t.is(holders.size, 3)
      const pairs = [...holders].flatMap((a) => [...holders].flatMap((b) => (a === b ? [] : [[a, b] as const])))
      const orders = pairs.map(async ([holder, twin], i) => {
        await fleet.clock.sleep(fleet.random.below(200))
        return await order(fleet, set, 0, i % 3, holder, twin)
      })
      removed += (await fleet.run(Promise.all(orders))).filter(Boolean).length
      t.true(holders.size >= 1, `set ${n}`)
    }
    t.deepEqual(witness.vanished, [])
    t.true(removed >= SETS / 2, `${removed} gave way`)
    t.deepEqual(fleet.defects, [])
  })
}
