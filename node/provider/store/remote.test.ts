import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SimulatedDisk } from '@lunarx/runtime/disk'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { MemoryObjects, SimulatedBucket } from '@lunarx/runtime/objects'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { nameBackingStore } from './backing-store.ts'
import { RemoteStore } from './remote.ts'

function world(seed = 1) {
  const [clock, random] = [new SimulatedClock(), new SeededRandom(seed)]
  const bucket = new SimulatedBucket({ random })
  const objects = () => new MemoryObjects(bucket, { clock, random, metrics: new RecordedMetrics() })
  return { clock, random, objects }
}

test('a folder belongs to one place: on another volume it is taken up again, by another place never', async (t) => {
  const { random, objects } = world()
  const open = (owner: string) => RemoteStore.open({ disk: new SimulatedDisk({ random }), objects: objects(), crypto, owner })
  await open('network pool-0')
  await open('network pool-0')
  await t.throwsAsync(open('network pool-1'), { code: 'BAD_CONFIG', message: /belongs to another provider/ })
})

test('all who ask for the id of a store get the same, other stores have others', async (t) => {
  const { random, objects } = world()
  const ids = await Promise.all([objects(), objects(), objects()].map((root) => nameBackingStore(root, { random, crypto })))
  t.regex(ids[0] ?? '', /^[0-9a-f]{32}$/)
  t.deepEqual(new Set(ids).size, 1)
  t.not(await nameBackingStore(world(2).objects(), { random: new SeededRandom(2), crypto }), ids[0])
})
