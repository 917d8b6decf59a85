/**
 * A provider that goes on lacking rows is left out of row membership; an honest one in bad weather never is.
 */
import { LACKING } from '@lunarx/core/audit'
import test, { type ExecutionContext } from 'ava'
import { HOUR, Lacking, MINUTE } from './lacking.ts'
import { seedsOf } from './seeds.ts'

/** Of the longer stories, unless SEEDS or SEED say otherwise. */
const DEFAULT_SEEDS = '1'
const TAIL_LINES = 200

async function tell(t: ExecutionContext, seed: number, play: (story: Lacking) => Promise<void>): Promise<void> {
  t.timeout(900_000)
  const story = new Lacking(seed)
  try {
    await story.tell(play)
  } catch (error) {
    t.log([...story.world.trace.tail(TAIL_LINES), `Replay: SEED=${seed} npm run test:sim`].join('\n'))
    throw error
  }
}

for (const seed of seedsOf({ SEEDS: DEFAULT_SEEDS, ...process.env })) {
  test.serial(
    `a provider whose volume is full is left out of the rows, which are whole without it, and comes back (SEED=${seed})`,
    async (t) =>
      tell(t, seed, async (story) => {
        const { world, host } = story
        const others = world.providers.filter((machine) => machine !== host)
        const filling = story.fill(host)
        await world.clock.sleep(MINUTE)
        await story.put(24)
        t.false(await story.isWhole(), 'the volume was not full')
        await world.clock.sleep(50 * MINUTE)
        t.true(story.isMember(host), 'it was not given time to fetch')
        await world.until('it is left out', () => !story.isMember(host), 4 * HOUR)
        t.true(others.every((machine) => story.isMember(machine)))
        await world.until('all rows are there d + 2 times', () => story.isWhole(), 20 * MINUTE)
        await story.staysOut(host, 2 * HOUR)
        t.deepEqual(story.saidToLack, [host.host])

        filling.over()
        const mendedMs = world.clock.elapsed()
        await world.until('it is back', () => story.isMember(host), LACKING.provingMs + 2 * HOUR)
        t.true(world.clock.elapsed() - mendedMs >= LACKING.provingMs)
        await world.until('all rows are there d + 2 times again', () => story.isWhole(), 20 * MINUTE)
        await world.until('no tracker says so any more', () => story.saidToLack.length === 0, LACKING.provingMs)
      }),
  )

  test.serial(`a provider that drops rows and fetches none is left out, and does not come in and go out again (SEED=${seed})`, async (t) =>
    tell(t, seed, async (story) => {
      const { world, host } = story
      story.droppers.add(host.host)
      await world.until('it is left out', () => !story.isMember(host), 4 * HOUR)
      await world.until('all rows are there d + 2 times', () => story.isWhole(), 20 * MINUTE)
      for (const tracker of world.trackers) {
        tracker.crash()
        await story.staysOut(host, 5 * MINUTE)
        tracker.boot()
        await story.staysOut(host, 20 * MINUTE)
      }
      await story.staysOut(host, 2 * LACKING.provingMs)
      t.deepEqual(story.saidToLack, [host.host])
    }),
  )

  test.serial(`in bad weather no tracker says of an honest provider that it lacks rows (SEED=${seed})`, async (t) =>
    tell(t, seed, async (story) => {
      const { world } = story
      await story.weather(4 * HOUR, () => t.deepEqual(story.saidToLack, []))
      await world.until('everyone is back', () => world.isSettled(), 30 * MINUTE)
      await world.until('all rows are there d + 2 times', () => story.isWhole(), HOUR)
      t.deepEqual(story.saidToLack, [])
    }),
  )
}
