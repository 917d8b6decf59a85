/**
 * What the operator knows of each network, live, as metrics. Only the leader has them: who stops leading drops them. The label
 * `network` is `<namespace>/<name>`, as in credentials and records, and as the chart labels what it scrapes from pods.
 *
 * @module
 */
import type { LunarNetworkSpec, LunarNetworkStatus } from '../api/index.ts'
import type { Fleet } from '../healing/index.ts'
import type { KubeMetrics } from '../kube/index.ts'
import type { RepairStanding } from './network-repair.ts'
import { roomOf } from './room.ts'

const STATES = ['alive', 'suspect', 'lost'] as const
const SAYS = ['True', 'False', 'Unknown'] as const

/** What a gauge reads: value and the labels beside the network. */
type Reading = readonly [gauge: GaugeName, value: number, labels?: Readonly<Record<string, string>>]

const GAUGES = {
  condition: ['lunarx_network_condition', 'Conditions of the network: 1 for the status that holds', ['network', 'type', 'status']],
  sets: ['lunarx_network_sets', 'Sets by margin: shards that may still vanish; lost: fewer shards than are needed', ['network', 'margin']],
  degraded: ['lunarx_network_degraded_sets', 'Sets that miss shards', ['network']],
  providers: ['lunarx_network_providers', 'Providers by state, those declared lost left out', ['network', 'state']],
  providersDesired: ['lunarx_network_providers_desired', 'Provider pods that are wanted', ['network']],
  trackersDesired: ['lunarx_network_trackers_desired', 'Tracker pods that are wanted', ['network']],
  trackersReachable: ['lunarx_network_trackers_reachable', 'Trackers that answer the operator', ['network']],
  capacity: [
    'lunarx_network_capacity_bytes',
    'Bytes of shards that providers that are alive may hold, or the quota of the network if that is less',
    ['network'],
  ],
  used: ['lunarx_network_used_bytes', 'Bytes of shards that providers that are alive hold', ['network']],
  backlogBytes: ['lunarx_network_repair_backlog_bytes', 'Bytes of shards that are to be rebuilt', ['network']],
  backlogShards: ['lunarx_network_repair_backlog_shards', 'Shards that are to be rebuilt', ['network']],
  eta: ['lunarx_network_repair_eta_seconds', 'Until the backlog is done at the measured rate; 0: none, or nothing measured', ['network']],
  late: [
    'lunarx_network_repair_late_ratio',
    'Part of the sets that are late: sets have missed shards for longer than repair.objective.withinSeconds',
    ['network'],
  ],
  allowed: ['lunarx_network_repair_allowed_late_ratio', 'Part of the sets that repair.objective allows to be late', ['network']],
  budget: ['lunarx_network_repair_budget_left_ratio', 'Part of the error budget of repair.objective that is left', ['network']],
  nines: ['lunarx_network_estimated_nines', 'Estimated nines of a set and year, an upper bound; absent: nothing was measured', ['network']],
  epoch: ['lunarx_network_epoch', 'Number of the newest epoch', ['network']],
} as const satisfies Record<string, readonly [name: string, help: string, labels: readonly string[]]>
type GaugeName = keyof typeof GAUGES

function* readFleet(fleet: Fleet, quota: LunarNetworkSpec['quota']): Generator<Reading> {
  const { sets } = fleet
  const { capacityBytes, usedBytes } = roomOf(fleet, quota)
  for (const [margin, count] of Object.entries({ lost: 0, 0: 0, ...sets.margin })) yield ['sets', count, { margin }]
  yield ['degraded', sets.degraded]
  yield ['backlogBytes', sets.backlogBytes]
  yield ['backlogShards', sets.backlogShards]
  yield ['eta', (sets.etaMs ?? 0) / 1000]
  yield ['capacity', capacityBytes]
  yield ['used', usedBytes]
}

function* readRepair({ late, left, objective }: RepairStanding): Generator<Reading> {
  if (late !== undefined) yield ['late', late]
  yield ['allowed', objective.allowed]
  yield ['budget', left]
}

function* readStatus({ conditions = [], providers, trackers, epoch, repair }: LunarNetworkStatus): Generator<Reading> {
  for (const { type, status } of conditions) for (const says of SAYS) yield ['condition', says === status ? 1 : 0, { type, status: says }]
  for (const state of STATES) yield ['providers', providers?.[state] ?? 0, { state }]
  yield ['providersDesired', providers?.desired ?? 0]
  yield ['trackersDesired', trackers?.desired ?? 0]
  yield ['trackersReachable', trackers?.reachable ?? 0]
  yield ['epoch', epoch ?? 0]
  if (repair?.estimatedNines !== undefined) yield ['nines', repair.estimatedNines]
}

/** What is known beside the status, exact. */
export interface LiveFigures {
  /** Undefined: no tracker answers, so its figures are absent rather than old. */
  readonly fleet: Fleet | undefined
  readonly quota?: LunarNetworkSpec['quota']
  readonly repair?: RepairStanding | undefined
}

export class NetworkMetrics {
  readonly #metrics: KubeMetrics
  /** What was set for each network, to be taken back: a margin that no set has any more must not stay. */
  readonly #set = new Map<string, readonly Reading[]>()

  constructor(metrics: KubeMetrics) {
    this.#metrics = metrics
  }

  see(network: string, status: LunarNetworkStatus, { fleet, quota, repair }: LiveFigures): void {
    this.forget(network)
    const readings = [
      ...readStatus(status),
      ...(fleet === undefined ? [] : readFleet(fleet, quota)),
      ...(repair === undefined ? [] : readRepair(repair)),
    ]
    for (const [gauge, value, labels] of readings) this.#gauge(gauge).set({ network, ...labels }, value)
    this.#set.set(network, readings)
  }

  /** The network is gone. */
  forget(network: string): void {
    for (const [gauge, , labels] of this.#set.get(network) ?? []) this.#gauge(gauge).remove({ network, ...labels })
    this.#set.delete(network)
  }

  /** This process does not lead any more. */
  clear(): void {
    for (const network of this.#set.keys()) this.forget(network)
  }

  #gauge(gauge: GaugeName) {
    const [name, help, labels] = GAUGES[gauge]
    return this.#metrics.gauge<string>(name, help, labels)
  }
}
