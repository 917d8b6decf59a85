/**
 * The status of a LunarNetwork. Pure. Ready: clients can put and get. Healthy: nothing is missing.
 *
 * @module
 */
import { choose, domainLimit, poolOf, poolRule, ruleOf, setsOfClass, type PooledSet } from '@lunarx/core/placement'
import type { LunarNetworkSpec, LunarNetworkStatus } from '../api/index.ts'
import {
  hasRowsToTakeOver,
  isDrained,
  smallestMargin,
  totalSets,
  type Finding,
  type Fleet,
  type Rollout,
  type RowEpoch,
  type RowLackers,
} from '../healing/index.ts'
import { settleConditions, type Statement } from '../kube/index.ts'
import { networkAudit } from './network-audit.ts'
import { rowSurvive } from './children/network-children.ts'
import { repairStatus, type RepairStanding } from './network-repair.ts'
import { nodesLost } from './nodes-lost.ts'
import { rowsLacking } from './rows-lacking.ts'
import { overheadOf, type PoolStore } from './overhead.ts'
import type { Obstacle } from './pool-status.ts'
import { quantityOf, roundCount } from './quantity.ts'
import { roomOf } from './room.ts'
import type { LunarNetwork } from './pool.ts'
import type { LostNodes } from './replace-lost.ts'
import { trackersTogether, type PlacedTracker } from './trackers-together.ts'

export interface NetworkSight {
  readonly network: LunarNetwork
  readonly spec: LunarNetworkSpec | undefined
  /** What keeps the network from being built; the first cause. */
  readonly obstacle: Obstacle | undefined
  readonly networkKey: string | undefined
  readonly trackers: { readonly desired: number; readonly reachable: number }
  /** Each of those that are desired, and where it is. */
  readonly placedTrackers: readonly PlacedTracker[]
  /** Names of the provider pods that are wanted, and those of them that are not ready. */
  readonly wanted: readonly string[]
  readonly unready: readonly string[]
  readonly fleet: Fleet | undefined
  readonly stores: readonly PoolStore[]
  readonly findings: readonly Finding[]
  /** The epoch in force, and why there is no newer one. */
  readonly epoch: (RowEpoch & { readonly message: string }) | undefined
  /** Providers at which rows stay missing; undefined: nothing is audited, or no tracker answers. */
  readonly rowLackers: RowLackers | undefined
  readonly lostNodes: LostNodes | undefined
  /** Of an object of the network without which it goes on. */
  readonly refusal?: Obstacle | undefined
  readonly rollout: Rollout | undefined
  readonly clientConfig: string | undefined
  /** Whether it is of use to those outside of the cluster; none: nobody asked for it. */
  readonly exposed: readonly Statement[]
  /** How repair keeps its objective; none: it cannot be read, or the network was not looked at. */
  readonly repair: RepairStanding | undefined
  readonly versions: readonly string[]
  readonly nowMs: number
}

/** Domains and providers that the default class needs, against those that are alive. Undefined: there are enough. */
export function missingRoom({ classes, defaultClass }: LunarNetworkSpec, fleet: Fleet): string | undefined {
  const wanted = classes.find(({ name }) => name === defaultClass)
  if (wanted === undefined) return `there is no class ${defaultClass}`
  return setsOfClass(wanted)
    .map((set) => missingRoomFor(set, wanted, fleet))
    .find((missing) => missing !== undefined)
}

function missingRoomFor(set: PooledSet, wanted: LunarNetworkSpec['classes'][number], fleet: Fleet): string | undefined {
  const { required, parity, copies = [] } = wanted
  const { bindsZones = false, ...rule } = ruleOf({ ...wanted, className: wanted.name }, [wanted])
  const perDomain = domainLimit(rule)
  const isAllowed = poolRule(set, [wanted])
  const alive = fleet.providers.filter(
    ({ name, state, declaredLost, services }) =>
      state === 'alive' && !declaredLost && services.includes('storage') && isAllowed(poolOf(name)),
  )
  const places = alive.map(({ domain, zone, store }) => ({ domain, zone, store: store ?? undefined }))
  const room = choose({ limit: perDomain, bindsZones, settled: [], wanted: required + parity }, places).length
  if (room >= required + parity) return undefined
  const domains = new Set(places.map(({ domain }) => domain)).size
  const stores = new Set(places.flatMap(({ store }) => store ?? [])).size
  const zones = new Set(places.flatMap(({ zone = '' }) => (zone === '' ? [] : zone))).size
  const shared = `${bindsZones ? ', zone' : ''}${stores === 0 ? '' : ` or backing store`}`
  const counted = `${bindsZones ? ` in ${zones} zones` : ''}${stores === 0 ? '' : ` and ${stores} shared backing stores`}`
  const pools = set.copy === undefined ? '' : ` and of pools ${copies[set.copy - 1]?.pools.join(', ')}`
  const what = set.copy === undefined ? `Class ${wanted.name}` : `Backup copy ${set.copy} of class ${wanted.name}`
  return `${what} needs room for ${required + parity} shards, at most ${perDomain} in one failure domain${shared}; ${domains} domains${counted} with providers that are alive${pools} give room for ${room}.`
}

function ready({ obstacle, trackers, epoch, spec, fleet }: NetworkSight): Statement {
  const not = (reason: string, message: string): Statement => ({ type: 'Ready', status: 'False', reason, message })
  if (obstacle !== undefined) return not(obstacle.reason, obstacle.message)
  if (trackers.reachable * 2 <= trackers.desired || fleet === undefined || spec === undefined)
    return not('TrackersUnreachable', `${trackers.reachable} of ${trackers.desired} trackers answer; a majority is needed.`)
  const missing = missingRoom(spec, fleet)
  if (missing !== undefined) return not('NotEnoughDomains', missing)
  if (epoch === undefined || epoch.number === 0) return not('NoEpoch', epoch?.message ?? 'No epoch says yet where rows live.')
  return { type: 'Ready', status: 'True', reason: 'Serving', message: 'Objects can be put and read.' }
}

const together = ({ spec, placedTrackers }: NetworkSight): Statement[] =>
  spec === undefined ? [] : [trackersTogether(placedTrackers, rowSurvive(spec))]

/** A drained provider that goes is no fault. */
const isOnPurpose = ({ kind, peer }: Finding, { providers }: Fleet): boolean =>
  kind === 'removed' || providers.some((one) => one.peer === peer && isDrained(one))

function faultText({ kind, name, peer }: Finding, others: number): string {
  const what = kind === 'silent' ? 'sends no heartbeats' : 'has lost its volume; its shards are rebuilt'
  return `${name} (${peer}) ${what}${others === 0 ? '' : `, and something is wrong with ${others} more`}.`
}

function healthy({ obstacle, refusal, fleet, findings, wanted, unready, epoch, trackers, rowLackers }: NetworkSight): Statement {
  const say = (status: Statement['status'], reason: string, message: string): Statement => ({ type: 'Healthy', status, reason, message })
  if (obstacle !== undefined) return say('Unknown', obstacle.reason, obstacle.message)
  if (fleet === undefined) return say('Unknown', 'TrackersUnreachable', 'No tracker answers.')
  const { sets } = fleet
  if ((sets.margin['lost'] ?? 0) > 0) return say('False', 'SetsLost', 'Of some sets fewer shards are left than are needed to read them.')
  const faults = findings.filter((one) => !isOnPurpose(one, fleet))
  const [first] = faults
  if (first !== undefined)
    return say('False', first.kind === 'silent' ? 'ProviderSilent' : 'VolumeLost', faultText(first, faults.length - 1))
  if (sets.degraded > 0) return say('False', 'SetsDegraded', 'Some sets miss shards; they are being repaired.')
  const alive = new Set(fleet.providers.filter(({ state, declaredLost }) => state === 'alive' && !declaredLost).map(({ name }) => name))
  const missing = wanted.filter((name) => !alive.has(name))
  if (missing.length > 0) return say('False', 'ProvidersMissing', `Not in the fleet: ${missing.slice(0, 5).join(', ')}.`)
  if (unready.length > 0) return say('False', 'PodsNotReady', `Not ready: ${unready.slice(0, 5).join(', ')}.`)
  if (trackers.reachable < trackers.desired)
    return say('False', 'TrackersMissing', `${trackers.reachable} of ${trackers.desired} trackers answer.`)
  if (refusal !== undefined) return say('False', refusal.reason, refusal.message)
  const lacker = rowLackers?.lackers.find(({ isMember }) => isMember)
  if (lacker !== undefined) return say('False', 'RowsLacking', `${lacker.name} (${lacker.peer}) lacks rows that it should hold.`)
  const behind = fleet.providers.find((one) => hasRowsToTakeOver(one, epoch ?? { number: 0 }))
  if (behind !== undefined) return say('False', 'RowsMoving', `${behind.name} has not merged epoch ${epoch?.number ?? 0} yet.`)
  return say('True', 'FullyRedundant', 'Every set and row has all its shards and replicas.')
}

function progressing({ fleet, findings, obstacle, rollout }: NetworkSight): Statement {
  const say = (status: Statement['status'], reason: string, message: string): Statement => ({
    type: 'Progressing',
    status,
    reason,
    message,
  })
  if (obstacle !== undefined) return say('False', obstacle.reason, obstacle.message)
  if (fleet !== undefined && fleet.sets.backlogShards > 0) return say('True', 'Repairing', 'Lost shards are being rebuilt.')
  if (findings.some(({ kind }) => kind !== 'silent')) return say('True', 'Declaring', 'A loss is being made known to the trackers.')
  if (rollout?.kind === 'wait') return say('True', 'RollingOut', `The next pod is replaced when all is well: ${rollout.message}.`)
  if (rollout?.kind === 'replace') return say('True', 'RollingOut', `Being replaced: ${rollout.pods.map(({ name }) => name).join(', ')}.`)
  return say('False', 'Settled', 'Nothing is being repaired.')
}

function figures(fleet: Fleet, spec: LunarNetworkSpec | undefined): Pick<LunarNetworkStatus, 'capacity' | 'used' | 'sets'> {
  const { sets } = fleet
  const { capacityBytes, usedBytes } = roomOf(fleet, spec?.quota)
  const byMargin = Object.fromEntries(
    Object.entries(sets.margin).flatMap(([spare, count]) => (count === 0 || spare === 'lost' ? [] : [[spare, roundCount(count)]])),
  )
  return {
    capacity: quantityOf(capacityBytes),
    used: quantityOf(usedBytes),
    sets: {
      total: roundCount(totalSets(sets)),
      degraded: roundCount(sets.degraded),
      critical: roundCount(sets.margin['0'] ?? 0),
      lost: sets.margin['lost'] ?? 0,
      byMargin,
    },
  }
}

function providerCounts({ fleet, wanted }: NetworkSight): LunarNetworkStatus['providers'] {
  const open = fleet?.providers.filter(({ declaredLost }) => !declaredLost) ?? []
  const count = (state: string) => open.filter((provider) => provider.state === state).length
  return { desired: wanted.length, alive: count('alive'), suspect: count('suspect'), lost: count('lost') }
}

export function networkStatus(sight: NetworkSight): LunarNetworkStatus {
  const { network, spec, fleet, stores, networkKey, clientConfig, epoch, versions } = sight
  const overhead = spec && fleet && overheadOf(spec, stores, fleet)
  const { generation = 0 } = network.metadata
  const statements = [
    ready(sight),
    healthy(sight),
    progressing(sight),
    ...nodesLost(sight.lostNodes),
    ...together(sight),
    ...rowsLacking(sight),
    ...sight.exposed,
  ]
  return {
    observedGeneration: generation,
    conditions: settleConditions(network.status?.conditions, statements, generation, sight.nowMs),
    ...(networkKey === undefined ? {} : { networkKey }),
    ...(clientConfig === undefined ? {} : { clientConfig }),
    ...(epoch === undefined ? {} : { epoch: epoch.number }),
    ...(versions.length === 0 ? {} : { version: [...new Set(versions)].sort().join(',') }),
    providers: providerCounts(sight),
    trackers: sight.trackers,
    ...(fleet === undefined ? {} : figures(fleet, spec)),
    ...repairStatus(sight, network.status),
    ...(overhead === undefined ? {} : { overhead }),
    ...networkAudit(fleet?.audits, network.status, sight.nowMs),
  }
}

/** How soon to look again. Trackers are asked often while something is wrong, seldom while all is well. Milliseconds. */
export function recheckAfterMs({ fleet, findings }: NetworkSight, status: LunarNetworkStatus): number {
  if (findings.some(({ kind }) => kind !== 'silent')) return 1_000
  const isHealthy = status.conditions?.find(({ type }) => type === 'Healthy')?.status === 'True'
  if (!isHealthy || fleet?.providers.some(({ drain }) => drain !== null)) return 3_000
  return fleet !== undefined && (smallestMargin(fleet.sets) ?? 1) < 1 ? 3_000 : 10_000
}
