/**
 * A client that puts shards through crashes of a provider whose store is slow, fails, loses answers and goes away.
 */
import type { SignedDocument } from '@lunarx/core/document'
import { hasCode } from '@lunarx/core/model'
import { SimulatedBucket } from '@lunarx/runtime/objects'
import { SeededRandom } from '@lunarx/runtime/random'
import test, { type ExecutionContext } from 'ava'
import { SimulatedProvider, type TestSet } from './simulated-machine.ts'

const SETS = 5
const CRASHES = 6
/** The last one in the simulated network alone: a real peer says that it is still starting. */
const EXPECTED = ['INTERRUPTED', 'TIMEOUT', 'PEER_UNREACHABLE', 'STORE_FAILED', 'UNKNOWN_EXCHANGE'] as const

async function putThrough(t: ExecutionContext, world: SimulatedProvider, set: TestSet, seed: number): Promise<void> {
  let key: SignedDocument | undefined
  for (let tries = 0; tries < 300; tries++)
    try {
      key ??= await world.hold(set, { expiresMs: world.clock.now() + 3_000_000 })
      const { receivedBytes, receipt } = await world.progress(key)
      if (!receipt) await world.store(set, key, { offset: receivedBytes })
      return
    } catch (error) {
      t.true(hasCode(error, ...EXPECTED), `SEED ${seed}: ${String(error)}`)
      await world.clock.sleep(100)
    }
  t.fail(`SEED ${seed}: a shard never came to its end`)
}

async function story(t: ExecutionContext, seed: number): Promise<void> {
  const random = new SeededRandom(`faults ${seed}`)
  const bucket = new SimulatedBucket({ random: random.fork('bucket') })
  const world = new SimulatedProvider(`remote story ${seed}`, { bucket })
  await world.settle(world.boot())
  bucket.faults = { ...bucket.faults, failRate: 0.15, lostAnswerRate: 0.15, delayMs: [1, 300] }
  const sets = Array.from({ length: SETS }, (_, n) => world.makeSet(`${seed}/${n}`, 1 + random.below(120_000)))
  const receipted: TestSet[] = []
  const puts = sets.map(async (set) => {
    await putThrough(t, world, set, seed)
    receipted.push(set)
  })
  const crashes = async (): Promise<void> => {
    for (let n = 0; n < CRASHES; n++) {
      await world.clock.sleep(random.between(5, 1_500))
      bucket.faults.isAway = n % 3 === 2
      if (bucket.faults.isAway) await world.clock.sleep(2_000)
      const acknowledged = [...receipted]
      world.crash()
      bucket.faults.isAway = false
      while (!world.running) await world.boot().catch(() => world.crash()) // the store fails at the start too
      for (const set of acknowledged) t.true(bucket.objects.has(nameOf(set)), `SEED ${seed}: a receipted shard is gone`)
    }
  }
  await world.settle(Promise.all([...puts, crashes()]))
  bucket.faults = { failRate: 0, lostAnswerRate: 0, delayMs: [1, 2], isAway: false, isForbidden: false }
  for (const set of sets) t.deepEqual((await world.settle(world.retrieve(set))).bytes, set.bytes, `SEED ${seed}`)
  const usedBytes = sets.reduce((total, { bytes }) => total + bytes.length, 0)
  t.like(await world.settle(world.room()), { usedBytes, reservedBytes: 0, shards: SETS }, `SEED ${seed}`)
  t.deepEqual([...bucket.objects.keys()].filter((name) => name.startsWith('shards/')).toSorted(), sets.map(nameOf).toSorted())
}

function nameOf({ segment }: TestSet): string {
  const hex = Buffer.from(segment).toString('hex')
  return `shards/${hex.slice(0, 2)}/${hex}.0`
}

for (let seed = 1; seed <= 8; seed++)
  test(`shards reach a store that fails, through crashes, and what was receipted stays (SEED=${seed})`, (t) => story(t, seed))

test('a store that refuses the credentials fails what needs it, with nothing to try again, and condemns nothing', async (t) => {
  const bucket = new SimulatedBucket({ random: new SeededRandom(1) })
  const world = new SimulatedProvider('refused', { bucket })
  await world.settle(world.boot())
  const set = await world.settle(world.put('kept', 50_000))
  bucket.faults.isForbidden = true
  await t.throwsAsync(world.settle(world.retrieve(set)), { code: 'STORE_FAILED' })
  await t.throwsAsync(world.settle(world.put('refused', 50_000)), { code: 'STORE_FAILED' })
  await world.clock.runFor(60_000)
  t.true(await world.settle(world.isHeld(set)))
  bucket.faults.isForbidden = false
  t.deepEqual((await world.settle(world.retrieve(set))).bytes, set.bytes)
})
