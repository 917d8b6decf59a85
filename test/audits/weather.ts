/**
 * What befalls an honest provider: upgrades, reboots, drains, cuts to some verifiers or to all, overload, a disk that hangs, clocks that
 * are off, bits that rot.
 *
 * @module
 */
import type { SeededRandom } from '@lunarx/runtime/random'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** A verifier waits so long for an answer. */
const PATIENCE_MS = 30_000

export type Trouble =
  /** Process away, announced by the operator or not: no heartbeats, no answers. */
  | 'upgrade'
  | 'reboot'
  /** Cut off from everybody: no heartbeats arrive. */
  | 'cut-off'
  /** Cut off from the verifiers of one zone; heartbeats to the others arrive. */
  | 'zone-cut'
  /** Answers take a minute in the mean. Heartbeats are on time. */
  | 'overload'
  /** Reads hang for hours. Heartbeats are on time. */
  | 'hung-disk'

interface Spell {
  readonly trouble: Trouble
  readonly fromMs: number
  readonly untilMs: number
  /** Of a zone-cut. */
  readonly zone: string
}

/** Mean time between spells, and their length: mean of an exponential, and what is added to it. */
const HABITS: Readonly<Record<Trouble, { readonly everyMs: number; readonly meanMs: number; readonly leastMs: number }>> = {
  upgrade: { everyMs: DAY_MS, meanMs: 3 * MINUTE_MS, leastMs: MINUTE_MS },
  reboot: { everyMs: 2 * DAY_MS, meanMs: 10 * MINUTE_MS, leastMs: 2 * MINUTE_MS },
  'cut-off': { everyMs: 3 * DAY_MS, meanMs: HOUR_MS, leastMs: MINUTE_MS },
  'zone-cut': { everyMs: DAY_MS, meanMs: 2 * HOUR_MS, leastMs: 10 * MINUTE_MS },
  overload: { everyMs: DAY_MS, meanMs: HOUR_MS, leastMs: 10 * MINUTE_MS },
  'hung-disk': { everyMs: 10 * DAY_MS, meanMs: 2 * HOUR_MS, leastMs: 30 * MINUTE_MS },
}

/** One provider's weather until an end. */
export class Weather {
  readonly spells: readonly Spell[]
  /** Retired at this time, after a drain: from then on nothing comes any more. */
  readonly retiredMs: number
  /** By zone of a tracker. */
  readonly #skewsMs: ReadonlyMap<string, number>
  /** By start of an hour. */
  readonly #beaconsMs = new Map<number, number>()
  readonly #random: SeededRandom

  constructor(random: SeededRandom, zones: readonly string[], untilMs: number) {
    this.#random = random
    this.#skewsMs = new Map(zones.map((zone) => [zone, (random.uniform() - 0.5) * 20 * MINUTE_MS]))
    this.retiredMs = random.uniform() < 0.05 ? random.uniform() * untilMs : Infinity
    this.spells = (Object.keys(HABITS) as Trouble[]).flatMap((trouble) => {
      const { everyMs, meanMs, leastMs } = HABITS[trouble]
      const spells: Spell[] = []
      for (let fromMs = random.exponential(everyMs); fromMs < untilMs; fromMs += random.exponential(everyMs))
        spells.push({
          trouble,
          fromMs,
          untilMs: fromMs + leastMs + random.exponential(meanMs),
          zone: zones[random.below(zones.length)] ?? '',
        })
      return spells
    })
  }

  /** The clock of this zone's tracker is off by so much, ten minutes at most. */
  skewMs(zone: string): number {
    return this.#skewsMs.get(zone) ?? 0
  }

  /**
   * When the beacon's value of the hour that starts then is there: mostly in the quarter before, now and then in the middle of the hour,
   * or not at all.
   */
  beaconMs(startMs: number): number {
    const known = this.#beaconsMs.get(startMs)
    if (known !== undefined) return known
    const random = this.#random.fork(`beacon ${startMs}`)
    const [chance, when] = [random.uniform(), random.uniform()]
    const valueMs = chance < 0.03 ? Infinity : chance < 0.1 ? startMs + when * HOUR_MS : startMs - when * 15 * MINUTE_MS
    this.#beaconsMs.set(startMs, valueMs)
    return valueMs
  }

  has(trouble: Trouble, nowMs: number, zone?: string): boolean {
    return this.spells.some(
      (spell) => spell.trouble === trouble && nowMs >= spell.fromMs && nowMs < spell.untilMs && (zone === undefined || spell.zone === zone),
    )
  }

  /** Since when heartbeats come; null: they do not. */
  heartbeatsSinceMs(nowMs: number): number | null {
    if (nowMs >= this.retiredMs) return null
    const away = this.spells.filter(({ trouble, fromMs }) => ['upgrade', 'reboot', 'cut-off'].includes(trouble) && fromMs <= nowMs)
    const lastMs = Math.max(0, ...away.map(({ untilMs }) => untilMs))
    return lastMs > nowMs ? null : lastMs
  }

  /** How long an answer takes to a verifier of this zone; undefined: none comes to it. */
  answerMs(nowMs: number, zone: string): number | undefined {
    if (this.heartbeatsSinceMs(nowMs) === null || this.has('hung-disk', nowMs) || this.has('zone-cut', nowMs, zone)) return undefined
    return this.has('overload', nowMs) ? this.#random.exponential(MINUTE_MS) : 50
  }

  /** An answer that takes so long comes too late for whoever asked. */
  static isLate(answerMs: number): boolean {
    return answerMs > PATIENCE_MS
  }
}
