/**
 * What several trackers say of one network, as one: for the operator and for `lunarx status`. Pure.
 *
 * A tracker may lie, be broken, or have a clock that is wrong. Of what all of them see, the middle one counts ({@link middleOf}). Of what
 * each counts for itself alone, the sets that it owns first and what it asked, nobody knows better: that is summed, none counting for much
 * more than the middle one does ({@link bounded}), since all have about equal parts of the work.
 *
 * @module
 */
import { isMajority, middleOf } from '@lunarx/core/membership'
import type { DrainProgress, FleetProvider, SetsByMargin, TrackerStatus } from './admin.ts'

/** So many times what the middle one says … */
const BOUND_FACTOR = 10
/** … and so many more are believed of one tracker, of sets, shards or answers: few of anything may all lie with one. Bytes: shards of 64 MiB. */
const BOUND_COUNT = 1_000
const BOUND_BYTES = BOUND_COUNT * 64 * 1024 * 1024
/** Longer than this is as good as never. */
const LONGEST_ETA_MS = 365 * 24 * 3_600_000

/** What trackers count each for itself, none of it more than can be next to the others'. In the order given. */
function bounded(told: readonly number[], slack: number = BOUND_COUNT): number[] {
  const most = BOUND_FACTOR * (middleOf(told, Number) ?? 0) + slack
  return told.map((one) => Math.min(one, most))
}

export const boundedSum = (told: readonly number[], slack: number = BOUND_COUNT): number =>
  bounded(told, slack).reduce((sum, one) => sum + one, 0)

/** The longest, since each has its own part to do, and a year at most; null: nobody has one. */
function longestEta(told: readonly (number | null)[]): number | null {
  const etas = told.flatMap((etaMs) => etaMs ?? [])
  return etas.length === 0 ? null : Math.min(LONGEST_ETA_MS, Math.max(...etas))
}

/** Each set counts once. How fast trackers rebuild is what the middle one of those that have measured it says, of two the slower. */
export function sumOfSets(statuses: readonly Pick<TrackerStatus, 'sets'>[]): SetsByMargin {
  const all = statuses.map(({ sets }) => sets)
  const sum = (of: (sets: SetsByMargin) => number, slack?: number): number => boundedSum(all.map(of), slack)
  const margins = [...new Set(all.flatMap(({ margin }) => Object.keys(margin)))]
  const rebuiltBytesPerSecond = middleOf(
    all.flatMap(({ rebuiltBytesPerSecond: rate }) => rate ?? []),
    (rate) => -rate,
  )
  return {
    margin: Object.fromEntries(margins.map((spare) => [spare, sum(({ margin }) => margin[spare] ?? 0)])),
    degraded: sum(({ degraded }) => degraded),
    backlogShards: sum(({ backlogShards }) => backlogShards),
    backlogBytes: sum(({ backlogBytes }) => backlogBytes, BOUND_BYTES),
    etaMs: longestEta(all.map(({ etaMs }) => etaMs)),
    repairedShards: sum(({ repairedShards }) => repairedShards),
    ...(rebuiltBytesPerSecond === undefined ? {} : { rebuiltBytesPerSecond }),
  }
}

/** Of what a provider says with its heartbeats: what each tracker has heard last of it. */
const HEARD = ['capacityBytes', 'usedBytes', 'reservedBytes', 'shards', 'epoch', 'mergedEpoch'] as const

/** The worst last. */
const STATES: readonly FleetProvider['state'][] = ['alive', 'suspect', 'lost']

/**
 * A provider as the middle one sees it of those trackers that have heard it, where most have: as silent, in such a state, and with such
 * figures, each by itself. Of two that have heard it, the one that did last is believed, and of its figures the greater.
 * What is declared counts once most of them say so. What is left to drain adds up.
 * @param views of one peer, at least one
 */
export function mergeViews(views: readonly [FleetProvider, ...FleetProvider[]]): FleetProvider {
  const heard = views.filter(({ silentMs }) => silentMs !== null)
  const lively = ({ silentMs }: FleetProvider): number => -(silentMs ?? Number.MAX_SAFE_INTEGER)
  const witnesses = isMajority(heard.length, views.length) ? heard : views
  const view = middleOf(witnesses, lively) ?? views[0]
  const { state } = middleOf(witnesses, (one) => -STATES.indexOf(one.state)) ?? view
  const declared = (of: (one: FleetProvider) => boolean): boolean => isMajority(views.filter(of).length, views.length)
  const figures = HEARD.map((name) => [name, middleOf(heard, (one) => one[name])?.[name] ?? view[name]] as const)
  const drain = sumOfDrains(views.map((one) => one.drain))
  const [declaredLost, retired] = [declared((one) => one.declaredLost), declared((one) => one.retired)]
  return { ...view, state, declaredLost, retired, drain, ...(Object.fromEntries(figures) as Record<(typeof HEARD)[number], number>) }
}

/** Each tracker knows its part. One that has not heard of the order knows nothing of it: then it is not done. */
function sumOfDrains(seen: readonly (DrainProgress | null)[]): DrainProgress | null {
  const told = seen.flatMap((drain) => drain ?? [])
  const newest = middleOf(told, ({ revision }) => revision)
  if (!newest) return null
  return {
    revision: newest.revision,
    shards: boundedSum(told.map(({ shards }) => shards)),
    bytes: boundedSum(
      told.map(({ bytes }) => bytes),
      BOUND_BYTES,
    ),
    etaMs: longestEta(told.map(({ etaMs }) => etaMs)),
    rowsMoved: told.every(({ rowsMoved }) => rowsMoved),
    isDrained: told.length === seen.length && told.every(({ isDrained }) => isDrained),
  }
}

/** By peer, in the order in which they are first named. */
export function mergeProviders(statuses: readonly Pick<TrackerStatus, 'providers'>[]): Map<string, FleetProvider> {
  const byPeer = Map.groupBy(
    statuses.flatMap(({ providers }) => providers),
    ({ peer }) => peer,
  )
  return new Map([...byPeer].flatMap(([peer, [first, ...others]]) => (first ? [[peer, mergeViews([first, ...others])] as const] : [])))
}

/**
 * Leaves that a provider proved within the time of the promise. All trackers ask for about equal parts of it: none is believed more than
 * twice its part, so that no single one can vouch for a provider that proves nothing to the others.
 * @param trackers of the network
 */
export function provedInAll(told: readonly number[], promisedDraws: number, trackers: number): number {
  const most = (2 * promisedDraws) / Math.max(1, trackers)
  return told.reduce((sum, one) => sum + (trackers > 1 ? Math.min(one, most) : one), 0)
}
