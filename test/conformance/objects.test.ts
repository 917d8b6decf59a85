import { MemoryObjects, SimulatedBucket } from '@lunarx/runtime/objects'
import { SystemClock } from '@lunarx/runtime/clock'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { objectsConformance } from './objects.ts'

objectsConformance(test, 'objects in memory', async () => {
  const bucket = new SimulatedBucket({ random: new SeededRandom(1) })
  const user = () => new MemoryObjects(bucket, { clock: new SystemClock(), random: new SeededRandom(2), metrics: new RecordedMetrics() })
  const [objects, others] = [user(), user()]
  return {
    objects,
    others,
    async [Symbol.asyncDispose]() {
      await objects[Symbol.asyncDispose]()
      await others[Symbol.asyncDispose]()
    },
  }
})
