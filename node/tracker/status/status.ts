/**
 * What this tracker sees, for the admin API and for metrics. Reads, never changes.
 *
 * @module
 */
import type { Peers } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { Metrics } from '@lunarx/runtime/metrics'
import type { TrackerStatus } from '@lunarx/wire'
import { auditStatus, type Audits } from '../audit/index.ts'
import type { Epochs } from '../epochs/index.ts'
import { leaseStatus, type OwnerLeases } from '../expiry/index.ts'
import type { Fleet } from '../fleet/index.ts'
import type { Handover } from '../handover/index.ts'
import type { TrackerMap } from '../map/index.ts'
import type { Healer, Pace, SetWatch } from '../repair/index.ts'
import type { TrackerRing } from '../ring/index.ts'
import { drainProgress } from './drain-progress.ts'

export interface StatusDeps {
  readonly peers: Peers
  readonly clock: Clock
  readonly map: TrackerMap
  readonly fleet: Fleet
  readonly ring: TrackerRing
  readonly watch: SetWatch
  readonly healer: Healer
  readonly pace: Pace
  readonly epochs: Epochs
  readonly audits: Audits | undefined
  readonly ownerLeases: OwnerLeases
  /** Undefined: this tracker is one of the network. */
  readonly handover: Handover | undefined
}

export function readStatus(deps: StatusDeps): TrackerStatus {
  const { peers, clock, map, fleet, ring, watch, healer, pace, epochs, audits } = deps
  const { sets, degraded, backlogShards, backlogBytes } = watch.margins
  const others = ring.others.map((address) => ({ address, peer: ring.peerAt(address) ?? null, reachable: ring.isReachable(address) }))
  const leases = leaseStatus(deps.ownerLeases)
  return {
    tracker: peers.self,
    name: peers.credential.name,
    epoch: epochs.number,
    sets: {
      margin: { ...sets },
      degraded,
      backlogShards,
      backlogBytes,
      etaMs: pace.etaMs(backlogBytes),
      repairedShards: healer.repairedShards,
      ...(pace.rebuiltBytesPerSecond === undefined ? {} : { rebuiltBytesPerSecond: pace.rebuiltBytesPerSecond }),
    },
    records: map.records.size,
    providers: fleet.list((peer, order) => drainProgress(peer, order, { map, fleet, watch, pace, epochs })),
    trackers: [{ address: ring.self, peer: peers.self, reachable: true }, ...others],
    ...(deps.handover ? { handover: deps.handover.progress } : {}),
    ...(audits ? { audit: auditStatus(audits, fleet.peers, clock) } : {}),
    ...(leases ? { leases } : {}),
    timeMs: Math.floor(clock.now()),
  }
}

/** Keeps the gauges in step with what status says. */
export function makeGauges(metrics: Metrics): (status: TrackerStatus) => void {
  const sets = metrics.gauge('lunarx_tracker_sets', 'Sets this tracker answers for, by margin', ['margin'])
  const records = metrics.gauge('lunarx_tracker_records', 'Sets this tracker knows')
  const backlogBytes = metrics.gauge('lunarx_tracker_backlog_bytes', 'Bytes of shards that are to be rebuilt')
  const backlogShards = metrics.gauge('lunarx_tracker_backlog_shards', 'Shards that are to be rebuilt')
  const providers = metrics.gauge('lunarx_tracker_providers', 'Providers by state', ['state'])
  const leaving = metrics.gauge('lunarx_tracker_drain_bytes', 'Bytes of shards that only providers that are being drained hold')
  const epoch = metrics.gauge('lunarx_tracker_epoch', 'Newest epoch this tracker holds')
  const standings = metrics.gauge('lunarx_audit_providers', 'Providers by their standing', ['standing'])
  const silent = metrics.gauge('lunarx_audit_silent_shards', 'Shards that are silent: contained, or missing for it', ['state'])
  const rows = metrics.gauge('lunarx_audit_rows_lacking', 'Rows that a replica lacks while another has them: contained, or missing', [
    'state',
  ])
  const lackers = metrics.gauge('lunarx_audit_row_lackers', 'Providers at which rows stay missing that others have, as this tracker found')
  const least = metrics.gauge('lunarx_audit_proved_least', 'Leaves that the provider with the fewest has proved to this tracker lately')
  const ownerLeases = metrics.gauge('lunarx_tracker_owner_leases', 'Owners with a lease for all they have, by its state', ['state'])
  const beacon = metrics.gauge('lunarx_audit_beacon', '1: this tracker draws by the beacon; 0: by a secret of its own')
  const swept = metrics.gauge('lunarx_audit_sweep_done', 'Part of the present round of the sweep that was asked, 0 to 1')
  const unkeyed = metrics.gauge(
    'lunarx_audit_sweep_unkeyed',
    'Sets of the present round that were not swept, for their owner has not dealt keys',
  )
  const seen = new Set<string>()
  return (status) => {
    for (const margin of Object.keys(status.sets.margin)) seen.add(margin)
    for (const margin of seen) sets.set(status.sets.margin[margin] ?? 0, { margin })
    records.set(status.records)
    backlogBytes.set(status.sets.backlogBytes)
    backlogShards.set(status.sets.backlogShards)
    for (const state of ['alive', 'suspect', 'lost']) providers.set(status.providers.filter((one) => one.state === state).length, { state })
    leaving.set(status.providers.reduce((sum, { drain }) => sum + (drain?.bytes ?? 0), 0))
    epoch.set(status.epoch)
    const { owners, ending, over } = status.leases ?? { owners: 0, ending: 0, over: 0 }
    ownerLeases.set(owners - ending - over, { state: 'running' })
    ownerLeases.set(ending, { state: 'ending' })
    ownerLeases.set(over, { state: 'over' })
    const { audit } = status
    if (!audit) return
    for (const standing of ['vetting', 'trusted', 'suspended', 'expelled'])
      standings.set(audit.providers.filter((one) => one.standing.state === standing).length, { standing })
    silent.set(audit.contained, { state: 'contained' })
    silent.set(audit.silent, { state: 'missing' })
    for (const state of ['contained', 'missing'] as const)
      rows.set(
        audit.providers.reduce((sum, one) => sum + (one.rows?.[state] ?? 0), 0),
        { state },
      )
    lackers.set(audit.providers.filter(({ rows }) => rows?.lacking !== undefined).length)
    beacon.set(audit.beaconRound === null ? 0 : 1)
    swept.set(audit.sweep.done)
    unkeyed.set(audit.sweep.unkeyed)
    least.set(audit.providers.reduce((fewest, { provedLately }) => Math.min(fewest, provedLately), audit.promisedDraws))
  }
}
