/**
 * What several trackers say of the fleet, as one view. Pure. A provider is as alive as the tracker that heard of it last; sets are
 * counted by one tracker each, so that sums count every set once.
 *
 * @module
 */
import { isMajority } from '@lunarx/core/membership'
import type { DrainProgress, FleetProvider, SetsByMargin, TrackerStatus } from '@lunarx/wire'
import { mergeAudits, type FleetAudits } from './audits.ts'
import { mergeLacking, type LackingRows } from './row-lackers.ts'

/** A provider as all trackers see it together. */
export interface SeenProvider extends FleetProvider {
  /** What is said of rows that stay missing there; unset: it does not lack rows, or nothing is audited. */
  readonly rowsLacking?: LackingRows | undefined
  /** The same, as the next epoch takes it. */
  readonly lacksRows?: LackingRows['lacksRows'] | undefined
}

export interface Fleet {
  readonly providers: readonly SeenProvider[]
  readonly sets: SetsByMargin
  /** Unset: nothing is audited. */
  readonly audits?: FleetAudits | undefined
}

const silence = ({ silentMs }: FleetProvider): number => silentMs ?? Number.POSITIVE_INFINITY

function mergeProvider(a: FleetProvider, b: FleetProvider): FleetProvider {
  const freshest = silence(b) < silence(a) ? b : a
  return {
    ...freshest,
    drain: mergeDrain(a.drain, b.drain),
    mergedEpoch: Math.max(a.mergedEpoch, b.mergedEpoch),
  }
}

/** Each tracker knows its part. One that has not heard of the order knows nothing of it: then it is not done. */
function mergeDrain(a: DrainProgress | null, b: DrainProgress | null): DrainProgress | null {
  if (a === null || b === null) {
    const one = a ?? b
    return one && { ...one, isDrained: false }
  }
  return {
    revision: Math.max(a.revision, b.revision),
    shards: a.shards + b.shards,
    bytes: a.bytes + b.bytes,
    etaMs: a.etaMs === null ? b.etaMs : b.etaMs === null ? a.etaMs : Math.max(a.etaMs, b.etaMs),
    rowsMoved: a.rowsMoved && b.rowsMoved,
    isDrained: a.isDrained && b.isDrained,
  }
}

function addSets(a: SetsByMargin, b: SetsByMargin): SetsByMargin {
  const margin: Record<string, number> = { ...a.margin }
  for (const [spare, sets] of Object.entries(b.margin)) margin[spare] = (margin[spare] ?? 0) + sets
  return {
    margin,
    degraded: a.degraded + b.degraded,
    backlogShards: a.backlogShards + b.backlogShards,
    backlogBytes: a.backlogBytes + b.backlogBytes,
    etaMs: a.etaMs === null ? b.etaMs : b.etaMs === null ? a.etaMs : Math.max(a.etaMs, b.etaMs),
    repairedShards: a.repairedShards + b.repairedShards,
    ...slower(a, b),
  }
}

/** Of those that have measured it, the slowest: its share of a lost provider is the last to be rebuilt. */
function slower({ rebuiltBytesPerSecond: a }: SetsByMargin, { rebuiltBytesPerSecond: b }: SetsByMargin) {
  if (a === undefined && b === undefined) return {}
  return { rebuiltBytesPerSecond: Math.min(a ?? Number.POSITIVE_INFINITY, b ?? Number.POSITIVE_INFINITY) }
}

const NO_SETS: SetsByMargin = { margin: {}, degraded: 0, backlogShards: 0, backlogBytes: 0, etaMs: null, repairedShards: 0 }

/** The trackers of the network, those that do not answer included. */
export interface Trackers {
  readonly desired: number
  /** d of rows: a set is known to 2d + 1 trackers. */
  readonly survive: number
}

/** True if every set is known to a tracker that answered, and most trackers did. */
export const areEnough = (answering: number, { desired, survive }: Trackers): boolean =>
  answering * 2 > desired && answering >= desired - 2 * survive

/**
 * What is drained is believed only where enough trackers answered, all of them say so, and all of them know the provider; what is lost
 * for certain, where most of those that answered say so: until then they are told again.
 */
export function mergeFleet(statuses: readonly TrackerStatus[], trackers: Trackers): Fleet {
  const isCertain = (peer: string): boolean =>
    areEnough(statuses.length, trackers) && statuses.every(({ providers: seen }) => seen.some((one) => one.peer === peer))
  const providers = new Map<string, FleetProvider>()
  for (const { providers: seen } of statuses) {
    for (const provider of seen) {
      const known = providers.get(provider.peer)
      providers.set(provider.peer, known === undefined ? provider : mergeProvider(known, provider))
    }
  }
  const lacking = mergeLacking(statuses, trackers.desired)
  const sayMost = (peer: string, says: (provider: FleetProvider) => boolean): boolean =>
    isMajority(statuses.filter(({ providers: seen }) => seen.some((one) => one.peer === peer && says(one))).length, statuses.length)
  return {
    providers: [...providers.values()]
      .map((one) => ({
        ...one,
        declaredLost: sayMost(one.peer, ({ declaredLost }) => declaredLost),
        retired: sayMost(one.peer, ({ retired }) => retired),
        ...withLacking(lacking.get(one.peer)),
      }))
      .map((one) => (one.drain && !isCertain(one.peer) ? { ...one, drain: { ...one.drain, isDrained: false } } : one))
      .sort((a, b) => (a.name === b.name ? (a.peer < b.peer ? -1 : 1) : a.name < b.name ? -1 : 1)),
    sets: statuses.map(({ sets }) => sets).reduce(addSets, NO_SETS),
    audits: mergeAudits(statuses, trackers.desired),
  }
}

const withLacking = (rowsLacking: LackingRows | undefined): Pick<SeenProvider, 'rowsLacking' | 'lacksRows'> =>
  rowsLacking ? { rowsLacking, lacksRows: rowsLacking.lacksRows } : {}

/** Fewest spare shards of any set: negative once a set is lost, undefined where there are no sets. */
export function smallestMargin({ margin }: SetsByMargin): number | undefined {
  const spares = Object.entries(margin).flatMap(([spare, sets]) => (sets === 0 ? [] : [spare === 'lost' ? -1 : Number(spare)]))
  return spares.length === 0 ? undefined : Math.min(...spares)
}

export const totalSets = ({ margin }: SetsByMargin): number => Object.values(margin).reduce((total, sets) => total + sets, 0)
