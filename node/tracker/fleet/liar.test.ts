/**
 * One tracker of three lies to the others and to the providers: nobody is lost by its word, and no order of its own outruns the
 * operator's.
 */
import { itemAt } from '@lunarx/core/model'
import { hold, heartbeat, views, type ProviderView } from '@lunarx/wire'
import test from 'ava'
import { Fleet } from '../../../test/fleet/fleet.ts'
import { sealSet } from '../../../test/fleet/sets.ts'

const SECOND = 1_000
const HUGE = { revision: Number.MAX_SAFE_INTEGER, isDraining: true }

/** A fleet whose last tracker tells everyone, again and again, what `lie` makes of what is true. */
async function startWithLiar(lie: (view: ProviderView) => ProviderView): Promise<Fleet> {
  const fleet = await Fleet.start({ seed: 11 })
  await fleet.clock.runFor(20 * SECOND)
  const liar = itemAt(fleet.trackers, 2)
  fleet.kill(liar)
  const { peers } = liar.machine.power()
  const lies = (providers: readonly ProviderView[]) => ({ providers: providers.map(lie) })
  peers.answer(heartbeat, async () => ({ epoch: 0, inventorySequence: -1, drain: HUGE }))
  peers.answer(views, async ({ providers }) => lies(providers))
  const { address } = itemAt(fleet.trackers, 0).machine
  for (let round = 0; round < 4; round++) {
    const { answer } = await fleet.run(peers.ask(address, views, { providers: [] }))
    for (const { machine } of fleet.trackers.slice(0, 2)) await fleet.run(peers.ask(machine.address, views, lies(answer.providers)))
    await fleet.clock.runFor(5 * SECOND)
  }
  return fleet
}

const providersOf = (fleet: Fleet) => fleet.runningTrackers.flatMap((tracker) => tracker.status().providers)

test('a provider that one tracker declares lost is not lost', async (t) => {
  await using fleet = await startWithLiar((view) => ({ ...view, declaredLost: true, retired: true, silentMs: 1_000_000 }))
  const seen = providersOf(fleet)
  t.is(seen.length, 16)
  for (const { state, declaredLost } of seen) t.deepEqual([state, declaredLost], ['alive', false])
})

test('a huge revision of one tracker moves neither trackers nor providers, and the orders of the operator count as before', async (t) => {
  await using fleet = await startWithLiar((view) => ({ ...view, drain: HUGE }))
  t.true(providersOf(fleet).every(({ drain }) => drain === null))
  const { machine } = itemAt(fleet.providers, 0)
  const set = sealSet(fleet)
  const shard = {
    client: fleet.client.peers.self,
    owner: set.owner.publicKey,
    segment: set.id,
    index: 0,
    address: set.id,
    sizeBytes: 1_000,
    expiresMs: fleet.clock.now() + 60 * SECOND,
  }
  const asker = itemAt(fleet.trackers, 0).powered?.peers
  const isTaken = async (): Promise<boolean> => {
    const asked = asker?.ask(machine.address, hold, { shards: [shard] }) ?? Promise.reject(new Error('no tracker'))
    return await fleet.run(asked.then(({ answer: { held } }) => held.every((one) => 'key' in one)).catch(() => false))
  }
  t.true(await isTaken(), 'the provider serves')
  await fleet.tell((tracker) => tracker.orderDrain(machine.peer, true))
  await fleet.clock.runFor(15 * SECOND)
  t.false(await isTaken(), 'the operator is obeyed')
  await fleet.tell((tracker) => tracker.orderDrain(machine.peer, false))
  await fleet.clock.runFor(15 * SECOND)
  t.true(await isTaken(), 'and obeyed again')
})
