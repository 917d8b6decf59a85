import { itemAt } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { commit, recall } from '@lunarx/wire'
import test from 'ava'
import { Fleet } from '../../../test/fleet/fleet.ts'
import { ask, burySet, keepSet, putSet, reserveSet, sealSet, storeShards } from '../../../test/fleet/sets.ts'

const SECOND = 1_000

test('a keep is the owner’s, of a set that is held and not buried; then a majority of trackers and k + 1 holders have it', async (t) => {
  await using fleet = await Fleet.start({ seed: 1 })
  await fleet.clock.runFor(10 * SECOND)
  const set = sealSet(fleet)
  t.is(await fleet.run(keepSet(fleet, set)), 'unknown', 'nobody has heard of it')
  const { placed } = await fleet.run(reserveSet(fleet, set, itemAt(fleet.config.trackers, 0)))
  await fleet.run(storeShards(fleet, set, placed))
  t.is(await fleet.run(keepSet(fleet, set)), 'short', 'nobody has confirmed to hold it')
  await fleet.run(ask(fleet, itemAt(fleet.config.trackers, 0), commit, { segment: set.id }))

  const stranger = crypto.signKey(fleet.random.bytes(32))
  for (const tracker of fleet.config.trackers)
    await t.throwsAsync(fleet.run(keepSet(fleet, set, tracker, stranger)), { code: 'UNAUTHORIZED' })
  const keeping = async (): Promise<number> => {
    const asker = itemAt(fleet.trackers, 0).powered
    if (!asker) return 0
    const answers = await fleet.run(Promise.all(placed.map(({ provider }) => asker.peers.ask(provider, recall, { segments: [set.id] }))))
    return answers.filter(({ answer }) => answer.keeps.length === 1).length
  }
  t.is(await keeping(), 0, 'a stranger’s keep has reached a holder')
  t.is(await fleet.run(keepSet(fleet, set)), 'kept')
  await fleet.clock.runFor(5 * SECOND)
  t.is(await keeping(), 6)

  const [, second, third] = fleet.trackers
  for (const tracker of [second, third]) if (tracker) fleet.kill(tracker)
  t.is(await fleet.run(keepSet(fleet, set)), 'short', 'one tracker of three is no majority')
  for (const tracker of [second, third]) if (tracker) await fleet.startTracker(tracker)
  await fleet.clock.runFor(10 * SECOND)
  await fleet.run(burySet(fleet, set))
  for (const tracker of fleet.config.trackers) t.is(await fleet.run(keepSet(fleet, set, tracker)), 'buried')
  t.deepEqual(fleet.defects, [])
})

test('trackers that lost their memory do not take a stranger’s keep of a set that they have not heard of yet', async (t) => {
  await using fleet = await Fleet.start({ seed: 2 })
  await fleet.clock.runFor(10 * SECOND)
  const set = sealSet(fleet)
  await fleet.run(putSet(fleet, set))
  for (const tracker of fleet.trackers) fleet.destroy(tracker)
  for (const tracker of fleet.trackers) await fleet.startTracker(tracker)
  const tracker = itemAt(fleet.config.trackers, 0)
  const stranger = crypto.signKey(fleet.random.bytes(32))
  t.is(await fleet.run(keepSet(fleet, set, tracker, stranger)), 'unknown')
  await fleet.clock.runFor(20 * SECOND)
  await t.throwsAsync(fleet.run(keepSet(fleet, set, tracker, stranger)), { code: 'UNAUTHORIZED' })
  t.is(await fleet.run(keepSet(fleet, set)), 'kept')
  t.deepEqual(fleet.defects, [])
})
