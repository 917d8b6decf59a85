/**
 * What several trackers say of the fleet, as one view. Pure. A provider is as alive as the tracker that heard of it last; sets are
 * counted by one tracker each, so that sums count every set once.
 *
 * @module
 */
import type { FleetProvider, SetsByMargin, TrackerStatus } from '@lunarx/wire'

export interface Fleet {
  readonly providers: readonly FleetProvider[]
  readonly sets: SetsByMargin
}

const silence = ({ silentMs }: FleetProvider): number => silentMs ?? Number.POSITIVE_INFINITY

function mergeProvider(a: FleetProvider, b: FleetProvider): FleetProvider {
  const freshest = silence(b) < silence(a) ? b : a
  return { ...freshest, declaredLost: a.declaredLost || b.declaredLost, mergedEpoch: Math.max(a.mergedEpoch, b.mergedEpoch) }
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
  }
}

const NO_SETS: SetsByMargin = { margin: {}, degraded: 0, backlogShards: 0, backlogBytes: 0, etaMs: null, repairedShards: 0 }

export function mergeFleet(statuses: readonly TrackerStatus[]): Fleet {
  const providers = new Map<string, FleetProvider>()
  for (const { providers: seen } of statuses) {
    for (const provider of seen) {
      const known = providers.get(provider.peer)
      providers.set(provider.peer, known === undefined ? provider : mergeProvider(known, provider))
    }
  }
  return {
    providers: [...providers.values()].sort((a, b) => (a.name === b.name ? (a.peer < b.peer ? -1 : 1) : a.name < b.name ? -1 : 1)),
    sets: statuses.map(({ sets }) => sets).reduce(addSets, NO_SETS),
  }
}

/** Fewest spare shards of any set: negative once a set is lost, undefined where there are no sets. */
export function smallestMargin({ margin }: SetsByMargin): number | undefined {
  const spares = Object.entries(margin).flatMap(([spare, sets]) => (sets === 0 ? [] : [spare === 'lost' ? -1 : Number(spare)]))
  return spares.length === 0 ? undefined : Math.min(...spares)
}

export const totalSets = ({ margin }: SetsByMargin): number => Object.values(margin).reduce((total, sets) => total + sets, 0)
