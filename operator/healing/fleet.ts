/**
 * What several trackers say of the fleet, as one view. Pure. A provider is as alive as the middle one says of the trackers that have heard
 * it; sets are counted by one tracker each, so that sums count every set once. What no single tracker can say for all of them: see
 * node/wire/merge-statuses.ts.
 *
 * @module
 */
import { isMajority } from '@lunarx/core/membership'
import { mergeProviders, sumOfSets, type FleetProvider, type SetsByMargin, type TrackerStatus } from '@lunarx/wire'
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
  const lacking = mergeLacking(statuses, trackers.desired)
  const sayMost = (peer: string, says: (provider: FleetProvider) => boolean): boolean =>
    isMajority(statuses.filter(({ providers: seen }) => seen.some((one) => one.peer === peer && says(one))).length, statuses.length)
  return {
    providers: [...mergeProviders(statuses).values()]
      .map((one) => ({
        ...one,
        declaredLost: sayMost(one.peer, ({ declaredLost }) => declaredLost),
        retired: sayMost(one.peer, ({ retired }) => retired),
        ...withLacking(lacking.get(one.peer)),
      }))
      .map((one) => (one.drain && !isCertain(one.peer) ? { ...one, drain: { ...one.drain, isDrained: false } } : one))
      .sort((a, b) => (a.name === b.name ? (a.peer < b.peer ? -1 : 1) : a.name < b.name ? -1 : 1)),
    sets: sumOfSets(statuses),
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
