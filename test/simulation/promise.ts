/**
 * Registers one test per seed for the first promise. Test files take every second seed each, so that two processes share the work.
 *
 * @module
 */
import type { TestFn } from 'ava'
import { seedsOf } from './seeds.ts'
import { Story } from './story.ts'

/** Lines of the trace that a failing seed prints. */
const TAIL_LINES = 200

/** @param remainder of the seeds divided by two */
export function testPromise(test: TestFn, remainder: 0 | 1): void {
  const seeds = seedsOf(process.env).filter((seed) => seed % 2 === remainder)
  for (const seed of seeds)
    test.serial(`nothing is lost while at most d domains are away, and full redundancy returns (SEED=${seed})`, async (t) => {
      t.timeout(600_000)
      const story = new Story(seed)
      try {
        await story.tell()
        t.pass()
      } catch (error) {
        t.log([...story.world.trace.tail(TAIL_LINES), `Replay: SEED=${seed} npm run test:sim`].join('\n'))
        throw error
      }
    })
  if (seeds.length === 0) test('no seed of this half was asked for', (t) => t.pass())
}
