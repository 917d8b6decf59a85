/**
 * What the trackers say, as one picture: sums over trackers count each set once, and none can say for all of them what the others do not
 * (node/wire/merge-statuses.ts). Pure.
 *
 * @module
 */
import { middleOf } from '@lunarx/core/membership'
import { mergeProviders, sumOfSets, type LeaseStatus, type TrackerStatus } from '@lunarx/wire'
import { sumOfAudits, type NetworkAudits } from './sum-audits.ts'

type Sets = TrackerStatus['sets']

export interface NetworkStatus {
  readonly network: string
  /** Newest epoch that the middle one of the trackers holds; 0: none yet. */
  readonly epoch: number
  readonly capacityBytes: number
  readonly usedBytes: number
  readonly sets: Sets
  readonly providers: TrackerStatus['providers']
  /** Of owners, as the middle one of the trackers says by how many are over. Unset: no owner has one. */
  readonly leases?: LeaseStatus
  /** Unset: no tracker that answers audits. */
  readonly audit?: NetworkAudits
  readonly trackers: readonly { readonly host: string; readonly peer: string | null; readonly isReachable: boolean }[]
}

/** A tracker that was asked. */
export interface AskedTracker {
  readonly host: string
  /** undefined: no answer */
  readonly status: TrackerStatus | undefined
}

export function summarise(network: string, asked: readonly AskedTracker[]): NetworkStatus {
  const answers = asked.flatMap(({ status }) => status ?? [])
  // those that hold the newest epoch that the middle one holds know the fleet best
  const epoch = middleOf(answers, (one) => one.epoch)?.epoch ?? 0
  const fleet = [...mergeProviders(answers.filter((one) => one.epoch >= epoch)).values()]
  const drains = new Map([...mergeProviders(answers)].map(([peer, { drain }]) => [peer, drain]))
  const providers = fleet.filter(({ state, declaredLost }) => state !== 'lost' && !declaredLost)
  const total = (pick: (provider: (typeof providers)[number]) => number) => providers.reduce((sum, provider) => sum + pick(provider), 0)
  return {
    network,
    epoch,
    capacityBytes: total(({ capacityBytes }) => capacityBytes),
    usedBytes: total(({ usedBytes }) => usedBytes),
    sets: sumOfSets(answers),
    providers: fleet.map((provider) => ({ ...provider, drain: drains.get(provider.peer) ?? null })),
    ...leasesOf(answers),
    ...sumOfAudits(
      answers.flatMap(({ audit }) => audit ?? []),
      asked.length,
    ),
    trackers: asked.map(({ host, status }) => ({ host, peer: status?.tracker ?? null, isReachable: status !== undefined })),
  }
}

/** All trackers have all leases, and each counts for itself. */
function leasesOf(answers: readonly TrackerStatus[]): { readonly leases?: LeaseStatus } {
  const told = answers.flatMap((one) => one.leases ?? []).toSorted((a, b) => a.over - b.over || a.ending - b.ending)
  const leases = middleOf(told, ({ over }) => over)
  return leases ? { leases } : {}
}
