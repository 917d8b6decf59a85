import test from 'ava'
import { SimulatedClock } from '../clock/simulated.ts'
import { RecordedMetrics } from '../metrics/recorded.ts'
import { SeededRandom } from '../random/seeded.ts'
import { OBJECT_LIMITS, PATIENCE } from './limits.ts'
import { type BucketFaults, MemoryObjects, SimulatedBucket } from './simulated.ts'

function open(faults: Partial<BucketFaults>, capacityBytes?: number) {
  const [clock, metrics, random] = [new SimulatedClock(), new RecordedMetrics(), new SeededRandom(1)]
  const bucket = new SimulatedBucket({ random, ...(capacityBytes === undefined ? {} : { capacityBytes }) })
  bucket.faults = { ...bucket.faults, ...faults }
  const objects = new MemoryObjects(bucket, { clock, random, metrics })
  return {
    bucket,
    clock,
    objects,
    settle: <T>(work: Promise<T>) => clock.runWhile(work, 3_600_000),
    put: (name: string, bytes: Uint8Array) =>
      objects.put(name, bytes.length, async function* () {
        yield bytes
      }),
    tries: (operation: string, outcome: string) =>
      metrics.observed('lunarx_backend_seconds', { backend: 'memory', operation, outcome }).length,
    failures: (operation: string, code: string) => metrics.value('lunarx_backend_errors_total', { backend: 'memory', operation, code }),
  }
}

test('what fails is tried a stated number of times, with pauses that grow, and counted', async (t) => {
  const { clock, objects, settle, tries, failures } = open({ failRate: 1 })
  await t.throwsAsync(settle(objects.size('a')), { code: 'STORE_FAILED', message: 'the backend failed' })
  t.is(tries('size', 'failed'), PATIENCE.attempts)
  t.is(failures('size', 'STORE_FAILED'), 1)
  const pausesMs = Array.from({ length: PATIENCE.attempts - 1 }, (_, i) => Math.min(PATIENCE.maxPauseMs, PATIENCE.firstPauseMs * 2 ** i))
  const mostMs = pausesMs.reduce((all, one) => all + one, 0)
  t.true(clock.elapsed() >= mostMs / 2 && clock.elapsed() <= mostMs, `${clock.elapsed()}`)
})

test('who does not answer costs a time limit each try, longer for more bytes', async (t) => {
  const { clock, objects, settle, tries, bucket, put } = open({ isAway: true })
  await t.throwsAsync(settle(objects.size('a')), { code: 'STORE_FAILED', message: /time limit/ })
  t.is(tries('size', 'timeout'), PATIENCE.attempts)
  t.true(clock.elapsed() >= PATIENCE.attempts * PATIENCE.attemptMs)
  const before = clock.elapsed()
  const bytes = new Uint8Array(4_000_000)
  await t.throwsAsync(settle(put('a', bytes)), { code: 'STORE_FAILED', message: /time limit/ })
  t.true(clock.elapsed() - before >= PATIENCE.attempts * (PATIENCE.attemptMs + bytes.length / OBJECT_LIMITS.slowestBytesPerMs))
  t.is(bucket.objects.size, 0)
})

test('what lasts is not tried again: refused credentials, a full store', async (t) => {
  const refused = open({ isForbidden: true })
  await t.throwsAsync(refused.settle(refused.objects.size('a')), { code: 'STORE_FAILED', message: /credentials/ })
  t.is(refused.tries('size', 'refused'), 1)
  const full = open({}, 10)
  await full.settle(full.put('a', new Uint8Array(10)))
  await t.throwsAsync(full.settle(full.put('b', new Uint8Array(1))), { code: 'FULL' })
  t.is(full.tries('put', 'full'), 1)
  await full.settle(full.objects.remove('a'))
  await full.settle(full.put('b', new Uint8Array(1)))
})

test('an answer that was lost is asked for again: the act is done once or twice, to the same end', async (t) => {
  const { bucket, objects, settle, put } = open({ lostAnswerRate: 0.2 })
  for (let i = 0; i < 20; i++) {
    const bytes = new Uint8Array(10).fill(i)
    await settle(put(`a/${i}`, bytes))
    t.deepEqual(bucket.objects.get(`a/${i}`), bytes)
    t.deepEqual(await settle(objects.claim('id', bytes)), new Uint8Array(10))
    if (i > 0) await settle(objects.remove(`a/${i}`))
  }
  t.deepEqual([...bucket.objects.keys()].toSorted(), ['a/0', 'id'])
})

test('so many at a time, fewer writes among them', async (t) => {
  const { clock, objects, settle, put, tries } = open({ delayMs: [100, 100] })
  const asked = Array.from({ length: 2 * OBJECT_LIMITS.concurrent }, () => objects.size('a'))
  await clock.runFor(150)
  t.is(tries('size', 'ok'), OBJECT_LIMITS.concurrent)
  await settle(Promise.all(asked))
  const written = Array.from({ length: 2 * OBJECT_LIMITS.concurrentPuts }, (_, i) => put(`a/${i}`, new Uint8Array(1)))
  await clock.runFor(150)
  t.is(tries('put', 'ok'), OBJECT_LIMITS.concurrentPuts)
  await settle(Promise.all(written))
})
