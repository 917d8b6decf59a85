/**
 * How often a live provider is to be suspected while messages are lost: heartbeats and views drawn at random as they are sent, judged by the
 * detector's own formula. No role runs and nothing is encoded, so that what roles suspect more often than this is their mistake.
 *
 * @module
 */
import type { NetworkConfig } from '@lunarx/core/membership'
import { itemAt } from '@lunarx/core/model'
import type { SeededRandom } from '@lunarx/runtime/random'
import { judgeLiveness, lookingAhead } from '../../node/tracker/fleet/judge.ts'

export interface LossyNetwork {
  readonly detection: NetworkConfig['detection']
  readonly trackers: number
  /** Chance that a message is lost, 0 … 1; within which time that is seen; how long a message takes. Milliseconds. */
  readonly dropRate: number
  readonly stallMs: number
  readonly delayMs: readonly [number, number]
}

/** Of node/provider/report/heartbeat.ts: pause after a heartbeat that was lost, as a part of the usual one; doubled each time. */
const RETRY = 1 / 5
/** Of node/tracker/limits.ts. */
const BEAT_MS = 1_000
/** Until everybody has been heard. */
const SETTLED_MS = 60_000

/** What one tracker was told of another's silence: when, and when that was seen. */
interface Told {
  readonly atMs: number
  readonly asOfMs: number
}

/** Times that one provider becomes suspect, summed over the trackers, in so long a time: the mean of `trials`. */
export function expectedSuspicions(forMs: number, trials: number, network: LossyNetwork, random: SeededRandom): number {
  let suspicions = 0
  for (let trial = 0; trial < trials; trial++) suspicions += suspicionsIn(forMs, network, random)
  return suspicions / trials
}

function suspicionsIn(forMs: number, network: LossyNetwork, random: SeededRandom): number {
  const { trackers, detection } = network
  const untilMs = SETTLED_MS + forMs
  const all = Array.from({ length: trackers }, (_, tracker) => tracker)
  const heard = all.map(() => heartbeats(untilMs, network, random))
  const told = all.map(() => all.map((): Told[] => []))
  for (const tracker of all) exchangeViews(tracker, told, untilMs, network, random)
  for (const some of told.flat()) some.sort((a, b) => a.atMs - b.atMs)
  const limits = lookingAhead(detection, BEAT_MS)
  const silence = (tracker: number, nowMs: number): number => nowMs - (lastBefore(itemAt(heard, tracker), nowMs, (atMs) => atMs) ?? 0)
  let suspicions = 0
  for (const tracker of all) {
    let wasAlive = true
    for (let nowMs = SETTLED_MS; nowMs < untilMs; nowMs += BEAT_MS) {
      const voices = itemAt(told, tracker).flatMap((views, other) => {
        const view = lastBefore(views, nowMs, ({ atMs }) => atMs)
        const isFresh = view && nowMs - view.atMs <= 3 * detection.heartbeatMs
        return isFresh ? [silence(other, view.asOfMs) + nowMs - view.atMs] : []
      })
      const silencesMs = [silence(tracker, nowMs), ...voices]
      const isAlive = judgeLiveness({ silencesMs, trackers, isDeclaredLost: false, wasHeardSince: false }, limits) === 'alive'
      if (wasAlive && !isAlive) suspicions++
      wasAlive = isAlive
    }
  }
  return suspicions
}

/** When one tracker hears the provider. */
function heartbeats(untilMs: number, network: LossyNetwork, random: SeededRandom): number[] {
  const { heartbeatMs } = network.detection
  const heard: number[] = []
  let failures = 0
  for (let nowMs = random.uniform() * heartbeatMs; nowMs < untilMs;) {
    const { arrivesMs, endsMs, isAnswered } = call(nowMs, network, random)
    if (arrivesMs !== undefined) heard.push(arrivesMs)
    failures = isAnswered ? 0 : failures + 1
    const pauseMs = isAnswered ? heartbeatMs : Math.min(heartbeatMs, heartbeatMs * RETRY * 2 ** (failures - 1))
    nowMs = endsMs + pauseMs * (0.8 + 0.2 * random.uniform())
  }
  return heard
}

/** One tracker asks all others, again and again: both sides of a call learn. @param told [who was told][by whom] */
function exchangeViews(tracker: number, told: Told[][][], untilMs: number, network: LossyNetwork, random: SeededRandom): void {
  const { heartbeatMs } = network.detection
  for (let nowMs = random.uniform() * heartbeatMs; nowMs < untilMs;) {
    let endsMs = nowMs
    for (const [other, those] of told.entries()) {
      if (other === tracker) continue
      const asked = call(nowMs, network, random)
      endsMs = Math.max(endsMs, asked.endsMs)
      if (asked.arrivesMs === undefined) continue
      itemAt(those, tracker).push({ atMs: asked.arrivesMs, asOfMs: nowMs })
      if (asked.isAnswered) itemAt(itemAt(told, tracker), other).push({ atMs: asked.endsMs, asOfMs: asked.arrivesMs })
    }
    nowMs = endsMs + heartbeatMs
  }
}

/** A question and its answer; a call waits for a heartbeat at most. */
function call(sentMs: number, { detection, dropRate, stallMs, delayMs }: LossyNetwork, random: SeededRandom) {
  const takesMs = (): number => random.between(...delayMs)
  const brokenMs = (fromMs: number): number => Math.min(fromMs + random.uniform() * stallMs, sentMs + detection.heartbeatMs)
  if (random.chance(dropRate)) return { arrivesMs: undefined, endsMs: brokenMs(sentMs), isAnswered: false }
  const arrivesMs = sentMs + takesMs()
  if (random.chance(dropRate)) return { arrivesMs, endsMs: brokenMs(arrivesMs), isAnswered: false }
  return { arrivesMs, endsMs: arrivesMs + takesMs(), isAnswered: true }
}

/** Of what came in order of time. */
function lastBefore<T>(events: readonly T[], nowMs: number, atMs: (event: T) => number): T | undefined {
  let [low, high] = [0, events.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (atMs(itemAt(events, middle)) <= nowMs) low = middle + 1
    else high = middle
  }
  return events[low - 1]
}
