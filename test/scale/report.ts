/**
 * The report of a full run: `test/scale/report.json`, and what docs/SCALE.md is made of.
 *
 * @module
 */
import type { EventFindings, ScaleFindings } from './simulate.ts'
import { type Cell, table } from '../../hack/generate/table.ts'

export const REPORT_FILE = 'test/scale/report.json'

export interface ScaleReport {
  /** Of the tree that was simulated; `+`: it had other changes. */
  readonly commit: string
  /** ISO 8601, UTC, day. */
  readonly date: string
  /** By the wall; and of the processor, since the machine may be shared. */
  readonly seconds: number
  readonly cpuSeconds?: number
  /** The most that was resident. */
  readonly peakBytes: number
  readonly findings: ScaleFindings
}

const round = (value: number, digits = 3): number => Number(value.toPrecision(digits))
const whole = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
const percent = (share: number): string => `${round(100 * share)} %`

export function duration(ms: number): string {
  if (ms === 0) return '—'
  if (ms < 120_000) return `${round(ms / 1_000)} s`
  if (ms < 7_200_000) return `${round(ms / 60_000)} min`
  return ms < 172_800_000 ? `${round(ms / 3_600_000)} h` : `${round(ms / 86_400_000)} d`
}

function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)))
  return `${round(value / 1_000 ** step)} ${units[step]}`
}

const chance = (value: number): string => (value < 0.001 ? value.toExponential(1) : String(round(value)))

/** Name → table of docs/SCALE.md. */
export const TABLES: Readonly<Record<string, (report: ScaleReport) => string>> = {
  network: ({ commit, date, seconds, cpuSeconds, peakBytes, findings: { shape } }) =>
    `Commit ${commit}, ${date}; ${cpuSeconds === undefined ? '' : `${whole(cpuSeconds)} CPU s, `}${whole(seconds)} s by the wall, ${bytes(peakBytes)} resident.\n\n${table(
      ['what', 'simulated'],
      [
        ['providers', whole(shape.providers)],
        ['racks, the failure domain that binds; zones', `${whole(shape.racks)}; ${shape.zones}`],
        [
          'sets',
          `${whole(shape.sets)} of ${shape.required}+${shape.parity}, survive ${shape.survive}, shards of ${bytes(shape.shardBytes)}`,
        ],
        ['trackers; owners of a record', `${shape.trackers}; ${shape.copies}`],
        ['repair cap; link of a tracker', `${bytes(shape.bytesPerSecond)}/s; ${bytes(shape.linkBytesPerSecond)}/s`],
        ['lost after; rebuilt after', `${duration(shape.lostMs)}; ${duration(shape.rebuildAfterMs)}`],
      ],
    )}`,
  events: ({ findings: { shape, events } }) =>
    table(
      [
        'lost',
        'providers',
        'sets degraded',
        'backlog',
        'at margin 0',
        'above it after',
        'below k',
        'below k by chance',
        'healed after',
        'median tracker',
        'no place',
        'busiest; mean',
      ],
      events.map((one) => eventRow(one, shape.shardBytes)),
    ),
  slope: ({ findings: { slopes } }) =>
    table(
      ['sets', 'shards to rebuild', 'healed after'],
      [...slopes.map((one) => [whole(one.sets), whole(one.missingShards), duration(one.healedMs)]), extrapolated(slopes)],
    ),
  memory: ({ findings: { shape, memory } }) => {
    if (!memory) return 'Not measured yet: `npm run scale`.'
    const ofAll = (sets: number): string =>
      bytes(((sets * shape.copies) / shape.trackers) * memory.perSet + shape.providers * memory.perProvider)
    return table(
      ['what', 'memory of a tracker'],
      [
        ['one set with its holders', `${whole(memory.perSet)} B`],
        ['one provider, beside its shards', `${whole(memory.perProvider)} B`],
        [`measured: ${whole(memory.sets)} sets, its share of ${whole(shape.sets)}`, bytes(memory.bytes)],
        ['its share of 1,000,000,000 (by slope)', ofAll(1e9)],
      ],
    )
  },
  ring: ({ findings: { shape, ring } }) =>
    table(
      ['what', 'measured', 'the least, or by chance'],
      [
        ['a tracker joins: places of records that move', percent(ring.movedByJoining), percent(ring.leastMovedByJoining)],
        ['the largest share of the sets that one tracker answers for', percent(Math.max(...ring.shares)), percent(1 / shape.trackers)],
        ['half the trackers gone: sets without an owner left', percent(ring.ownerless), percent(ring.expectedOwnerless)],
      ],
    ),
  audits: ({ findings: { audits } }) =>
    table(
      ['per provider and day', 'drawn', 'formula'],
      [
        ['draws', round(audits.drawsPerDay, 4), round(audits.expectedDrawsPerDay, 4)],
        ['bytes of draws', bytes(audits.drawBytesPerDay), bytes(audits.expectedDrawBytesPerDay)],
        ['of providers that lost a hundredth in silence: found', percent(audits.found), percent(audits.expectedFound)],
        ['of all sets: swept in a round', percent(audits.sweptShare), percent(audits.expectedSweptShare)],
        ['shards in one question of the sweep', round(audits.shardsAtOnce), ''],
        ['bytes of the sweep; of one of every shard', bytes(audits.sweepBytesPerDay), bytes(audits.fullSweepBytesPerDay)],
        ['all providers, per second', `${bytes(audits.networkBytesPerSecond)}/s`, ''],
      ],
    ),
  durability: ({ findings: { shape, followed, durability } }) =>
    `${table(
      ['repair', 'back after', 'from margin 0', 'chance to lose a set in a year', 'nines', 'sets lost of this network in a year'],
      durability.map((one) => [
        one.what,
        duration(one.windowMs),
        duration(one.urgentWindowMs),
        chance(one.perSetAndYear),
        round(one.nines),
        chance(one.perSetAndYear * shape.sets),
      ]),
    )}\n\nFollowed on the layout itself, with 3 failures of a hundred providers per repair: ${whole(followed.failures)} failures, ${whole(followed.losses)} sets lost; by the chain ${whole(followed.expectedLosses)}.`,
}

function eventRow(one: EventFindings, shardBytes: number): Cell[] {
  return [
    one.event,
    whole(one.providers),
    whole(one.degradedSets),
    bytes(one.missingShards * shardBytes),
    whole(one.bareSets),
    duration(one.safeMs),
    whole(one.lostSets),
    one.expectedLostSets < 0.01 ? '0' : String(round(one.expectedLostSets)),
    duration(one.healedMs),
    duration(one.medianHealedMs),
    `${whole(one.unplaced)} of ${whole(one.placedAgain)}`,
    `${one.busiest}; ${round(one.meanTaken)}`,
  ]
}

/** A line through the last two, at 10⁹ sets. */
function extrapolated(slopes: ScaleFindings['slopes']): Cell[] {
  const [a, b] = slopes.slice(-2)
  if (!a || !b) return []
  const at = (of: (one: ScaleFindings['slopes'][number]) => number): number =>
    of(b) + ((of(b) - of(a)) / (b.sets - a.sets)) * (1e9 - b.sets)
  return ['1,000,000,000 (by slope)', whole(at((one) => one.missingShards)), duration(at((one) => one.healedMs))]
}

/** Name → SVG beside docs/SCALE.md. */
export function plotsOf({ findings: { events, durability } }: ScaleReport): Readonly<Record<string, Plot>> {
  return {
    backlog: {
      title: 'Backlog after a loss',
      x: 'hours since the loss (logarithmic)',
      y: 'share of the backlog',
      isLogX: true,
      lines: events.map(({ event, curve }) => ({
        name: event,
        points: curve.filter(([ms]) => ms > 0).map(([ms, left]) => [ms / 3_600_000, left / Math.max(1, curve[0]?.[1] ?? 1)]),
      })),
    },
    nines: {
      title: 'Nines of a set by the time that repair takes (an upper bound)',
      x: 'minutes until a lost shard is back (logarithmic)',
      y: 'nines',
      isLogX: true,
      lines: [
        {
          name: 'chain of Markov',
          points: durability.map(({ windowMs, nines }): [number, number] => [windowMs / 60_000, nines]).sort(([a], [b]) => a - b),
        },
      ],
    },
  }
}

export interface Plot {
  readonly title: string
  readonly x: string
  readonly y: string
  readonly isLogX: boolean
  readonly lines: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[]
}
