/**
 * maintenance: which providers are being taken down on purpose, or worked on, and until when → what each tracker is told. Pure.
 *
 * Meanwhile audits ask them nothing and hold no silence against them; whether they live is judged as ever. It ends by itself, and as soon
 * as the provider is back.
 *
 * @module
 */
import { MAX_MAINTENANCE_MS, type AuditStatus, type FleetProvider } from '@lunarx/wire'

/** A pod that is replaced is back by then, or audits count its silence as of any other. Milliseconds. */
export const TAKEN_DOWN_MS = 10 * 60_000
/** A tracker that knows of an end this near to the one that is wanted is not told again. Milliseconds. */
const NEAR_MS = 60_000

/** By the order of a person. Times in milliseconds since 1970. */
export interface AskedMaintenance {
  readonly peer: string
  readonly untilMs: number
}

/** The pod of a provider. */
export interface ServicedPod {
  readonly name: string
  /** It is ready, as it was asked to be, and stays. */
  readonly isWell: boolean
  /** When it is gone at the latest, as far as Kubernetes has its way: it is being deleted. */
  readonly leavesMs: number | undefined
}

export interface MaintenanceSight {
  readonly asked: readonly AskedMaintenance[]
  readonly pods: readonly ServicedPod[]
  readonly fleet: readonly FleetProvider[]
  readonly nowMs: number
}

/** Peer → for how long from now on; 0: no longer. Of others, what was declared stands until it ends. */
export type WantedMaintenance = ReadonlyMap<string, number>

/** The end is that of the deletion and not of this look: a pod that hangs while it ends does not put it off. */
const leavingFor = (pod: ServicedPod | undefined, nowMs: number): number =>
  pod?.leavesMs === undefined ? 0 : Math.max(0, pod.leavesMs + TAKEN_DOWN_MS - nowMs)

export function wantMaintenance({ asked, pods, fleet, nowMs }: MaintenanceSight): WantedMaintenance {
  const wanted = new Map<string, number>()
  for (const { peer, name, state, declaredLost } of fleet) {
    if (declaredLost) continue
    const pod = pods.find((one) => one.name === name)
    const isAlive = state === 'alive'
    const askedFor = Math.max(0, ...asked.flatMap((one) => (one.peer === peer ? [one.untilMs - nowMs] : [])))
    const forMs = Math.min(MAX_MAINTENANCE_MS, Math.max(askedFor, isAlive ? leavingFor(pod, nowMs) : 0))
    if (forMs > 0 || (isAlive && pod?.isWell === true)) wanted.set(peer, forMs)
  }
  return wanted
}

/** What one tracker is to be told. What it has is never cut short but to end it; one that knows no ends is told nothing. */
export function planMaintenance(wanted: WantedMaintenance, audit: Pick<AuditStatus, 'providers'> | undefined) {
  return (audit?.providers ?? []).flatMap(({ peer, maintenanceLeftMs: leftMs }) => {
    const forMs = wanted.get(peer)
    if (forMs === undefined || leftMs === undefined) return []
    const isNews = forMs === 0 ? leftMs > 0 : forMs - leftMs > NEAR_MS || leftMs === 0
    return isNews ? [{ peer, forMs }] : []
  })
}
