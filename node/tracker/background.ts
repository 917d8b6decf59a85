/**
 * What a tracker does without being asked: exchange views, heal, even out, discard, compare maps, keep its gauges.
 *
 * @module
 */
import type { PeerAddress } from '@lunarx/core/model'
import { ringName } from '@lunarx/core/placement'
import type { Tasks } from '@lunarx/runtime/tasks'
import { eachInTurn } from './ask/index.ts'
import { compareOrdersWith } from './audit/index.ts'
import { fetchEpochs } from './epochs/index.ts'
import { compareLeasesWith, keepExpiry } from './expiry/index.ts'
import { exchangeViews } from './fleet/index.ts'
import type { Handover } from './handover/index.ts'
import { compareKeepsWith, forgetEnded, lookAtOrphans } from './lease/index.ts'
import { TRACKER_LIMITS } from './limits.ts'
import { compareWith } from './map/index.ts'
import type { Parts } from './parts.ts'
import { discardBuried } from './place/index.ts'

export interface BackgroundDeps extends Parts {
  readonly heartbeatMs: number
  /** Undefined: this tracker is one of the network. */
  readonly handover: Handover | undefined
  /** Called now and then to write what status says into the gauges. */
  readonly writeGauges: () => void
}

export function startBackground(tasks: Tasks, deps: BackgroundDeps): void {
  const { healer, evener, ring, watch, reservations, writeGauges, handover } = deps
  const everyHeartbeat = (): number => deps.heartbeatMs
  const learnFrom = learner(deps)
  const views = { ...deps, onBack: learnFrom }
  const keepHouse = async (): Promise<void> => {
    reservations.expire()
    writeGauges()
  }
  const compare = async (): Promise<void> => {
    for (const tracker of ring.others) if (ring.peerAt(tracker) !== undefined && ring.isReachable(tracker)) learnFrom(tracker)
  }
  const compareKeeps = (signal: AbortSignal): Promise<void> =>
    eachInTurn(ring.others, (tracker) => compareKeepsAndMore(tracker, deps, signal), deps, signal)
  const { audits } = deps
  const audit = async (): Promise<void> => {
    audits?.auditor.beat()
    await audits?.rowAuditor.beat()
  }
  const tellProofs = async (signal: AbortSignal): Promise<void> => audits?.auditor.tellProofs(signal)
  const everySweepStep = (): number => Math.max(deps.heartbeatMs, (audits?.promise.sweepMs ?? 0) / TRACKER_LIMITS.audit.sweepSteps)
  const keepLeases = async (): Promise<void> => {
    await deps.lived.note()
    await forgetEnded(deps)
  }
  const expire = (signal: AbortSignal): Promise<void> => keepExpiry(deps, signal)
  const noPause = (): number => 0 // a beat waits by itself
  tasks.repeat('exchange views', everyHeartbeat, (signal) => exchangeViews(views, signal))
  tasks.repeat('heal', noPause, (signal) => healer.beat(signal))
  tasks.repeat('discard', everyHeartbeat, (signal) => discardBuried({ ...deps, buried: watch.buriedHeld }, signal))
  if (handover) {
    tasks.repeat(
      'hand over',
      () => TRACKER_LIMITS.handoverMs,
      (signal) => handover.round(signal),
    )
  } else {
    tasks.repeat(
      'even out',
      () => evener.pauseMs,
      (signal) => evener.beat(signal),
    )
    tasks.repeat('compare maps', () => TRACKER_LIMITS.compareMs, compare)
    tasks.repeat('compare keeps', () => TRACKER_LIMITS.compareKeepsMs, compareKeeps)
  }
  if (audits) tasks.repeat('audit', everyHeartbeat, audit)
  if (audits)
    tasks.repeat(
      'beacon',
      () => TRACKER_LIMITS.audit.beaconMs,
      (signal) => audits.beacon.beat(signal),
    )
  if (audits) tasks.repeat('sweep', everySweepStep, (signal) => audits.sweeper.beat(signal))
  if (audits)
    tasks.repeat(
      'read convictions',
      () => TRACKER_LIMITS.audit.readConvictionsMs,
      (signal) => audits.convictions.read(signal),
    )
  if (audits) tasks.repeat('tell proofs', () => TRACKER_LIMITS.audit.tellProofsMs, tellProofs)
  tasks.repeat('look at orphans', everyHeartbeat, (signal) => lookAtOrphans({ ...deps, orphans: [...watch.orphans] }, signal))
  tasks.repeat('keep leases', () => TRACKER_LIMITS.leaseHouseMs, keepLeases)
  tasks.repeat('expire owners', () => TRACKER_LIMITS.leaseHouseMs, expire)
  tasks.repeat('keep house', everyHeartbeat, keepHouse)
}

/** Leases, keeps and orders. */
async function compareKeepsAndMore(tracker: PeerAddress, deps: BackgroundDeps, signal: AbortSignal): Promise<void> {
  if (!deps.ring.isReachable(tracker)) return
  await compareLeasesWith(tracker, deps, signal)
  await compareKeepsWith(tracker, deps, signal)
  await compareOrdersWith(tracker, deps, signal)
}

/** Brings epochs and map in step with a tracker, in the background; one round with each at a time. */
function learner(deps: BackgroundDeps): (tracker: PeerAddress) => void {
  const learning = new Set<string>()
  return (tracker) => {
    const name = ringName(tracker)
    if (learning.has(name)) return
    learning.add(name)
    deps.run('learn from a tracker', async (signal) => {
      try {
        await fetchEpochs(tracker, deps, signal)
        await compareWith(tracker, deps, signal)
      } finally {
        learning.delete(name)
      }
    })
  }
}
