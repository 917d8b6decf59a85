/**
 * What the trackers say, as one picture: sums over trackers count each set once. Pure.
 *
 * @module
 */
import type { DrainProgress, LeaseStatus, TrackerStatus } from '@lunarx/wire'
import { sumOfAudits, type NetworkAudits } from './sum-audits.ts'

type Sets = TrackerStatus['sets']

export interface NetworkStatus {
  readonly network: string
  /** Newest epoch that a tracker holds; 0: none yet. */
  readonly epoch: number
  readonly capacityBytes: number
  readonly usedBytes: number
  readonly sets: Sets
  readonly providers: TrackerStatus['providers']
  /** Of owners, as the tracker says to which most of them are over. Unset: no owner has one. */
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
  // the tracker of the newest epoch knows the fleet best
  const [best] = answers.toSorted((a, b) => b.epoch - a.epoch || b.timeMs - a.timeMs)
  const providers = best?.providers.filter(({ state, declaredLost }) => state !== 'lost' && !declaredLost) ?? []
  const total = (pick: (provider: (typeof providers)[number]) => number) => providers.reduce((sum, provider) => sum + pick(provider), 0)
  return {
    network,
    epoch: Math.max(0, ...answers.map(({ epoch }) => epoch)),
    capacityBytes: total(({ capacityBytes }) => capacityBytes),
    usedBytes: total(({ usedBytes }) => usedBytes),
    sets: answers.map(({ sets }) => sets).reduce(addSets, NO_SETS),
    providers: best?.providers.map((provider) => ({ ...provider, drain: sumOfDrains(provider.peer, answers) })) ?? [],
    ...worstLeases(answers),
    ...sumOfAudits(answers.flatMap(({ audit }) => audit ?? [])),
    trackers: asked.map(({ host, status }) => ({ host, peer: status?.tracker ?? null, isReachable: status !== undefined })),
  }
}

/** All trackers have all leases, and each counts for itself. */
function worstLeases(answers: readonly TrackerStatus[]): { readonly leases?: LeaseStatus } {
  const [leases] = answers.flatMap((one) => one.leases ?? []).toSorted((a, b) => b.over - a.over || b.ending - a.ending)
  return leases ? { leases } : {}
}

/** Each tracker knows its part: drained is what all that answer call so. */
function sumOfDrains(peer: string, answers: readonly TrackerStatus[]): DrainProgress | null {
  const seen = answers.flatMap(({ providers }) => providers.filter((one) => one.peer === peer))
  const drains = seen.flatMap(({ drain }) => drain ?? [])
  if (drains.length === 0) return null
  const etas = drains.flatMap(({ etaMs }) => etaMs ?? [])
  return {
    revision: Math.max(...drains.map(({ revision }) => revision)),
    shards: drains.reduce((sum, { shards }) => sum + shards, 0),
    bytes: drains.reduce((sum, { bytes }) => sum + bytes, 0),
    etaMs: etas.length === 0 ? null : Math.max(...etas),
    rowsMoved: drains.every(({ rowsMoved }) => rowsMoved),
    isDrained: drains.length === seen.length && drains.every(({ isDrained }) => isDrained),
  }
}

const NO_SETS: Sets = { margin: {}, degraded: 0, backlogShards: 0, backlogBytes: 0, etaMs: null, repairedShards: 0 }

function addSets(a: Sets, b: Sets): Sets {
  const margin = { ...a.margin }
  for (const [key, sets] of Object.entries(b.margin)) margin[key] = (margin[key] ?? 0) + sets
  return {
    margin,
    degraded: a.degraded + b.degraded,
    backlogShards: a.backlogShards + b.backlogShards,
    backlogBytes: a.backlogBytes + b.backlogBytes,
    etaMs: a.etaMs === null && b.etaMs === null ? null : Math.max(a.etaMs ?? 0, b.etaMs ?? 0),
    repairedShards: a.repairedShards + b.repairedShards,
  }
}
