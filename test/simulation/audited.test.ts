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

/** Draws and watermarks that were proved to trackers since their last start, or came out otherwise. */
const counted = ({ trackers }: World, metric: string, labels: Readonly<Record<string, string>>): number =>
  trackers.reduce((sum, { metrics }) => sum + (metrics?.value(metric, labels) ?? 0), 0)

for (const seed of seedsOf({ SEEDS: DEFAULT_SEEDS, ...process.env }))
  test.serial(`with audits on nothing is lost either, and no honest provider loses standing (SEED=${seed})`, async (t) => {
    t.timeout(600_000)
    const story = new Story(seed, { audit: AUDIT })
    const { world } = story
    try {
      await story.tell()
      const punished = audits(world).flatMap(({ providers }) => providers.filter(({ standing }) => standing.state !== 'vetting'))
      t.deepEqual(punished, [])
      const draws = counted(world, 'lunarx_audit_draws_total', { verdict: 'proved' })
      const watermarks = counted(world, 'lunarx_audit_watermarks_total', { outcome: 'proved' })
      const rows = ['holder', 'replica'].map((asked) => counted(world, 'lunarx_audit_rows_total', { asked, verdict: 'proved' }))
      t.log(`${draws} draws, ${watermarks} watermarks and ${rows.join(' + ')} rows proved to trackers since their last start`)
      t.true(draws > 0 && rows.every((proved) => proved > 0))
      for (const verdict of ['lost', 'disproved']) t.is(counted(world, 'lunarx_audit_rows_lost_total', { verdict }), 0)
      t.is(
        audits(world).reduce((sum, { providers }) => sum + providers.reduce((so, one) => so + (one.rows?.missing ?? 0), 0), 0),
        0,
      )
    } catch (error) {
      t.log([...world.trace.tail(TAIL_LINES), `Replay: SEED=${seed} npm run test:sim`].join('\n'))
      throw error
    }
  })
