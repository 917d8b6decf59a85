/**
 * The first promise with audits on: the same bad times, in which providers are silent, late, cut off and wiped. Nobody honest may lose
 * standing by it.
 */
import test from 'ava'
import { seedsOf } from './seeds.ts'
import { Story } from './story.ts'
import type { World } from './world.ts'

/** Of the default run, unless SEEDS or SEED say otherwise. */
const DEFAULT_SEEDS = '1'
const TAIL_LINES = 200
const MINUTE = 60_000
/** A draw of each provider every four seconds, and a round of the sweep in ten minutes. */
const AUDIT = { lostFraction: 0.01, probability: 0.99, withinMs: 30 * MINUTE, sweepMs: 10 * MINUTE }

const audits = ({ trackers }: World) => trackers.flatMap(({ running }) => running?.status().audit ?? [])

/** Draws and watermarks that were proved to trackers since their last start. */
const proved = ({ trackers }: World, metric: string, label: string): number =>
  trackers.reduce((sum, { metrics }) => sum + (metrics?.value(metric, { [label]: 'proved' }) ?? 0), 0)

for (const seed of seedsOf({ SEEDS: DEFAULT_SEEDS, ...process.env }))
  test.serial(`with audits on nothing is lost either, and no honest provider loses standing (SEED=${seed})`, async (t) => {
    t.timeout(600_000)
    const story = new Story(seed, { audit: AUDIT })
    const { world } = story
    try {
      await story.tell()
      const punished = audits(world).flatMap(({ providers }) => providers.filter(({ standing }) => standing.state !== 'vetting'))
      t.deepEqual(punished, [])
      const draws = proved(world, 'lunarx_audit_draws_total', 'verdict')
      const watermarks = proved(world, 'lunarx_audit_watermarks_total', 'outcome')
      t.log(`${draws} draws and ${watermarks} watermarks proved to trackers since their last start`)
      t.true(draws > 0)
    } catch (error) {
      t.log([...world.trace.tail(TAIL_LINES), `Replay: SEED=${seed} npm run test:sim`].join('\n'))
      throw error
    }
  })
