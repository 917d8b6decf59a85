/**
 * What audits move, and what they cost, for one provider in a day: real roles under a simulated clock, from a client's put on, through one
 * round of the sweep, with audits and without them; beside the formula.
 *
 * @module
 */
import { AUDIT_PROMISE, auditTraffic, drawBytes, meanDrawIntervalMs, SWEEP_ENTRY_BYTES } from '@lunarx/core/audit'
import type { NetworkConfig } from '@lunarx/core/membership'
import { segmentLayout } from '@lunarx/core/segment'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import { World } from '../simulation/world.ts'
import { AuditTraffic } from './audit-traffic.ts'
import { lessIsBetter, rounded, type BenchFigure, type BenchRecord } from './record.ts'

export interface AuditsSize {
  /** Simulated: a round of the sweep is asked in so long a time, and counted as one of a fortnight. */
  readonly hours: number
  readonly objects: number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY_HOURS = 24
const DAY_MS = DAY_HOURS * HOUR
const CODE = { required: 4, parity: 2 }
const SHAPE = { trackers: 3, providers: 6, domains: 6, class: { ...CODE, survive: 1 } }
/** Shards of 1 MiB, and what is sealed with them. */
const SEGMENT_BYTES = 4 * 2 ** 20
/** Rare heartbeats: they are in both runs. */
const DETECTION = { heartbeatMs: 20_000, suspectMs: 60_000, lostMs: 240_000 }

interface Day {
  readonly traffic: AuditTraffic
  /** Of all roles in the time that was measured. */
  readonly cpuS: number
}

export async function benchAudits(size: AuditsSize): Promise<{ records: BenchRecord[]; figures: BenchFigure[] }> {
  const { lostFraction, probability, withinMs } = AUDIT_PROMISE
  const without = await live(size, undefined)
  const audited = await live(size, { lostFraction, probability, withinMs, sweepMs: size.hours * HOUR })
  const { draws, sweep } = audited.traffic
  if (draws.questions === 0 || sweep.watermarks === 0) throw new Error('nothing was asked')
  if (without.traffic.draws.questions > 0) throw new Error('audits were not off')
  return compared(audited, without.cpuS, size)
}

function compared({ traffic, cpuS }: Day, cpuWithoutS: number, { hours, objects }: AuditsSize) {
  const { draws, sweep, rows } = traffic
  const { shardBytes } = segmentLayout({ ...CODE, plaintextBytes: SEGMENT_BYTES })
  const daily = (of: number): number => (of / SHAPE.providers / hours) * DAY_HOURS
  const perRound = (of: number): number => of / SHAPE.providers
  // every set has a shard at every provider
  const expected = auditTraffic(AUDIT_PROMISE, objects, shardBytes)
  const label = `audits, shards of 1 MiB, ${objects} a provider`
  const figure = (metric: string, unit: string, value: number): BenchFigure => ({ case: label, metric, unit, value: rounded(value) })
  const record = (metric: string, unit: string, ours: number, peer: string, theirs: number): BenchRecord =>
    lessIsBetter({ name: 'tracker', case: label, metric, unit, ours, peer, theirs })
  const drawnDaily = daily(draws.bytes)
  const sweptDaily = (perRound(sweep.bytes) * DAY_MS) / AUDIT_PROMISE.sweepMs
  return {
    records: [
      record('draws: traffic per provider and day', 'MB', drawnDaily / 1e6, 'the formula', expected.drawBytesPerDay / 1e6),
      record(
        'draws: traffic per provider and day',
        'MB',
        drawnDaily / 1e6,
        'what the network promises at most',
        AUDIT_PROMISE.dailyBytes / 1e6,
      ),
      record('sweep: traffic per provider and day', 'kB', sweptDaily / 1e3, 'the formula', expected.sweepBytesPerDay / 1e3),
    ],
    figures: [
      figure('draws seen', 'count', draws.questions),
      figure('draws per provider and day, counted', 'count', daily(draws.questions)),
      figure('draws per provider and day, by the formula', 'count', DAY_MS / meanDrawIntervalMs(AUDIT_PROMISE)),
      figure('one draw, both ways', 'bytes', draws.bytes / draws.questions),
      figure('one draw, by the formula', 'bytes', drawBytes(shardBytes)),
      figure('sweep: shards asked of a provider in a round', 'count', perRound(sweep.watermarks)),
      figure('sweep: questions to a provider in a round', 'count', perRound(sweep.questions)),
      figure(
        'sweep: one question, both ways, without its entries',
        'bytes',
        sweep.bytes / sweep.questions - SWEEP_ENTRY_BYTES * (sweep.watermarks / sweep.questions),
      ),
      figure('rows: traffic per provider and day', 'MB', daily(rows.bytes) / 1e6),
      figure('CPU of all roles per provider and day: with audits less without', 's', daily(cpuS - cpuWithoutS)),
    ],
  }
}

/** One round of the sweep. */
async function live({ hours, objects }: AuditsSize, audit: NetworkConfig['audit']): Promise<Day> {
  const traffic = new AuditTraffic()
  const sweepMs = hours * HOUR
  const world = new World({
    seed: 1,
    shape: SHAPE,
    segmentBytes: SEGMENT_BYTES,
    detection: DETECTION,
    credentialMs: 365 * DAY_MS,
    audit,
    disguise: (_, peers) => traffic.counted(peers),
    crypto: nodeCrypto,
  })
  world.boot()
  return await world.run(
    async () => {
      await world.until('the network is ready', () => world.isSettled(), 10 * MINUTE)
      for (let i = 0; i < objects; i++) await world.clients[0]?.running?.put(`object ${i}`, world.random.bytes(SEGMENT_BYTES))
      await world.clock.sleep(sweepMs - (world.clock.now() % sweepMs))
      traffic.reset()
      const before = process.cpuUsage()
      await world.clock.sleep(sweepMs)
      const { user, system } = process.cpuUsage(before)
      return { traffic, cpuS: (user + system) / 1e6 }
    },
    2 * sweepMs + HOUR,
  )
}
