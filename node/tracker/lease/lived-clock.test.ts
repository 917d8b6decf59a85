import { SimulatedClock } from '@lunarx/runtime/clock'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import test from 'ava'
import { LivedClock } from './lived-clock.ts'

test('it goes on over restarts, never faster than time, and takes no notice of the wall clock', async (t) => {
  const world = new SimulatedClock()
  const clock = world.machine()
  const stores = new SimulatedStores({ random: new SeededRandom(1) })
  const open = async () => await LivedClock.open({ store: await stores.opener()('leases'), clock })
  const first = await open()
  t.is(first.now(), 0)
  world.skip(1_000)
  clock.setAhead(1e12)
  t.is(first.now(), 1_000)
  await first.note()
  world.skip(500) // not noted
  stores.crash()
  world.skip(60_000) // not running
  const second = await open()
  t.is(second.now(), 1_000)
  world.skip(10)
  t.is(second.now(), 1_010)
})
