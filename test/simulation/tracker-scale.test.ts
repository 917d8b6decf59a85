import test from 'ava'
import { seedsOf } from './seeds.ts'
import { Shrinking } from './shrinking.ts'

/** Of the longer stories, unless SEEDS or SEED say otherwise. */
const DEFAULT_SEEDS = '1'
const MINUTE = 60_000
/** Lines of the trace that a failing seed prints. */
const TAIL_LINES = 200

for (const seed of seedsOf({ SEEDS: DEFAULT_SEEDS, ...process.env })) {
  test.serial(`5 → 3 trackers under load, with crashes: nothing is lost, nothing comes back (SEED=${seed})`, async (t) => {
    t.timeout(600_000)
    const story = new Shrinking(seed)
    try {
      await story.tell(async (scale) => {
        scale.wanted = 3
      })
      t.is(story.scale.live, 3)
      t.is(story.removed, 2)
      t.true(story.scale.reasons.has('RemovingPods'))
    } catch (error) {
      t.log([...story.world.trace.tail(TAIL_LINES), `Replay: SEED=${seed} npm run test:sim`].join('\n'))
      throw error
    }
  })

  test.serial(`5 → 2 is refused, 5 → 4 is taken back in the middle: all five stay (SEED=${seed})`, async (t) => {
    t.timeout(600_000)
    const story = new Shrinking(seed)
    try {
      await story.tell(async (scale, world) => {
        scale.wanted = 2
        await world.until('it is refused', () => scale.reasons.has('TooFewTrackers'), MINUTE)
        t.is(world.named.length, 5)
        scale.wanted = 4
        await world.until('one is left out', () => world.named.length === 4, 10 * MINUTE)
        await world.until('it knows', () => world.trackers[4]?.running?.status().handover !== undefined, 10 * MINUTE)
        scale.wanted = 5
      })
      t.is(story.removed, 0)
      t.is(story.world.named.length, 5)
      t.is(story.world.trackers[4]?.running?.status().handover, undefined)
    } catch (error) {
      t.log([...story.world.trace.tail(TAIL_LINES), `Replay: SEED=${seed} npm run test:sim`].join('\n'))
      throw error
    }
  })
}
