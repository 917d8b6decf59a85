/**
 * Maintenance that a person asked for, and of pods that are being deleted: declared at every look, until it is over.
 *
 * @module
 */
import { wantMaintenance, type AskedMaintenance, type Fleet, type ServicedPod } from '../healing/index.ts'
import type { KubeObject } from '../kube/index.ts'
import type { ControllerDeps } from './deps.ts'
import type { Answering } from './look.ts'
import { MAINTENANCE_ANNOTATION, podNames } from './names.ts'
import type { Pool } from './pool.ts'
import { askedOfSet, runningPod } from './roll-out.ts'
import { tellOfMaintenance } from './tell-maintenance.ts'

/** Entries of one pool that are looked at: as many as it may have pods. */
const MAX_ASKED = 1000

/** What the annotation says; what names no end is passed over. */
export const maintenanceAskedOf = ({ metadata }: KubeObject): readonly AskedMaintenance[] =>
  (metadata.annotations?.[MAINTENANCE_ANNOTATION] ?? '')
    .split(',')
    .slice(0, MAX_ASKED)
    .flatMap((entry) => {
      const [peer = '', end = ''] = entry.trim().split('@')
      const untilMs = Date.parse(end)
      return peer !== '' && Number.isFinite(untilMs) ? [{ peer, untilMs }] : []
    })

/** The annotation with another end for one peer, null for none at all. What is over is left out. */
export function withMaintenance(asked: readonly AskedMaintenance[], { peer, untilMs }: AskedMaintenance, nowMs: number): string | null {
  const open = [...asked.filter((one) => one.peer !== peer), { peer, untilMs }].filter((one) => one.untilMs > nowMs)
  const entries = open.map((one) => `${one.peer}@${new Date(one.untilMs).toISOString()}`)
  return entries.length === 0 ? null : entries.join(',')
}

function servicedPods({ namespace, name, component }: Pool, { cache }: ControllerDeps): ServicedPod[] {
  const set = cache.statefulSets.get(namespace, name)
  return podNames(name, set?.spec.replicas ?? 0).flatMap((podName) => {
    const pod = cache.pods.get(namespace, podName)
    if (set === undefined || pod === undefined) return []
    const { isReady, isOutdated, isLeaving } = runningPod(pod, component, askedOfSet(set))
    const leavesMs = Date.parse(pod.metadata.deletionTimestamp ?? '')
    return [{ name: podName, isWell: isReady && !isOutdated && !isLeaving, leavesMs: Number.isFinite(leavesMs) ? leavesMs : undefined }]
  })
}

/** @param pools of providers that are this operator's */
export async function declareMaintenance(
  pools: readonly Pool[],
  fleet: Fleet | undefined,
  trackers: readonly Answering[],
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<void> {
  if (fleet?.audits === undefined) return
  const wanted = wantMaintenance({
    asked: pools.flatMap(({ owner }) => maintenanceAskedOf(owner)),
    pods: pools.flatMap((pool) => servicedPods(pool, deps)),
    fleet: fleet.providers,
    nowMs: deps.clock.now(),
  })
  await tellOfMaintenance(wanted, trackers, deps, signal)
}
