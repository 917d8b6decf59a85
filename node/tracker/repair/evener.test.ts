/**
 * The walk of evening out over sets that lie well. What it moves: even.test.ts of the tracker, and test/simulation/evenness.test.ts.
 */
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import test from 'ava'
import { TRACKER_LIMITS } from '../limits.ts'
import { watchSets } from './_watched-sets.test.ts'
import { Evener, type EvenerDeps } from './evener.ts'
import { MovesUnderWay } from './moves-under-way.ts'
import { Pace } from './pace.ts'

const HEARTBEAT_MS = 5_000
const LIMITS = TRACKER_LIMITS.even

/** Providers are as full as each other, heard for long, and no set lacks anything. */
async function started() {
  const watched = await watchSets({ services: ['storage'] })
  const { clock, fleet, beat, peers } = watched
  const metrics = new RecordedMetrics()
  const underWay = new MovesUnderWay({ fleet, clock, trackers: 1 })
  const evener = new Evener({
    ...watched,
    watch: { degraded: [] },
    healer: { isIdle: true },
    standings: { of: () => ({ state: 'trusted' }), isPlaceable: () => true, isInMaintenance: () => false },
    classes: [],
    underWay,
    pace: new Pace(clock, 1e9),
    evenPace: new Pace(clock, 1e9),
    isUnwanted: () => false,
    evenedShards: metrics.counter('lunarx_tracker_evened_shards_total', 'shards'),
    evenedBytes: metrics.counter('lunarx_tracker_evened_bytes_total', 'bytes'),
  } as unknown as EvenerDeps)
  let readings = 0
  const storing = fleet.storing.bind(fleet)
  fleet.storing = () => {
    readings++
    return storing()
  }
  for (let ms = 0; ms <= LIMITS.steadyMs; ms += HEARTBEAT_MS) {
    await clock.runFor(HEARTBEAT_MS)
    await beat([])
  }
  const { signal } = new AbortController()
  /** @param isBusy shards move by other hands all the while */
  const walk = async (beats: number, isBusy: boolean): Promise<void> => {
    for (let n = 0; n < beats; n++) {
      if (isBusy) underWay.begin(peers, 1)
      await evener.beat(signal)
      await clock.runFor(TRACKER_LIMITS.beatMs)
      if (n % 5 === 4) await beat([])
    }
  }
  return { evener, walk, readings: () => readings }
}

test('all providers are read twice in a minute, however many beats it has', async (t) => {
  const { walk, readings } = await started()
  await walk(60, true)
  t.is(readings(), 2)
})

test('a round that found nothing is followed by a rest, unless shards are under way, after which there may be more to do', async (t) => {
  const { evener, walk } = await started()
  await walk(9, true)
  t.is(evener.pauseMs, TRACKER_LIMITS.beatMs)
  await walk(9, false)
  t.true(evener.pauseMs > LIMITS.restMs / 2)
})
