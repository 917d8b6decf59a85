import test from 'ava'
import { seedsOf } from './seeds.ts'
import { Story } from './story.ts'

async function digestOf(seed: number): Promise<string> {
  const story = new Story(seed)
  await story.tell()
  return story.world.trace.digest()
}

test.serial('a seed tells the same story twice, bit for bit', async (t) => {
  t.timeout(600_000)
  t.is(await digestOf(1), await digestOf(1))
  t.not(await digestOf(1), await digestOf(5))
})

test('SEED replays one, SEEDS and FIRST_SEED sweep', (t) => {
  t.deepEqual(seedsOf({ SEED: '7', SEEDS: '3' }), [7])
  t.deepEqual(seedsOf({ SEEDS: '3', FIRST_SEED: '500' }), [500, 501, 502])
  t.deepEqual(seedsOf({ SEED: '', SEEDS: '' }).slice(0, 3), [0, 1, 2])
  t.throws(() => seedsOf({ SEED: '-1' }), { instanceOf: RangeError })
  t.throws(() => seedsOf({ SEEDS: 'many' }), { instanceOf: RangeError })
})
