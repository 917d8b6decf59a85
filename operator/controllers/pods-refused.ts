/**
 * Pods that are missing because the API server refuses them, or their claims, to the controller of their StatefulSet: by a quota, by a
 * policy. The controller says so in Events alone, and tries again by itself.
 *
 * @module
 */
import { KINDS } from '../kube/index.ts'
import type { StatefulSet } from './children/stateful-set.ts'
import type { ControllerDeps, Pod } from './deps.ts'
import type { PodEvent } from './pod-trouble.ts'
import type { Pool } from './pool.ts'

/** While pods are missing and nobody has said why. */
export const MISSING_AGAIN_MS = 5_000

const MAX_MESSAGE = 1_000

export const arePodsMissing = (set: StatefulSet | undefined, pods: readonly Pod[]): boolean => pods.length < (set?.spec.replicas ?? 0)

/** What was refused last, unless a pod was made since: then it is over. Pure. */
export function refusalIn({ metadata: { uid } }: StatefulSet, pods: readonly Pod[], events: readonly PodEvent[]): string | undefined {
  const madeMs = Math.max(0, ...pods.map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? '') || 0))
  const timeOf = ({ lastTimestamp }: PodEvent): number => Date.parse(lastTimestamp ?? '') || 0
  const ours = events.filter((event) => event.involvedObject?.uid === uid && timeOf(event) >= madeMs)
  return ours.toSorted((a, b) => timeOf(b) - timeOf(a))[0]?.message?.slice(0, MAX_MESSAGE)
}

/** Events are asked for only while a pod is missing. */
export async function findPodsRefused(
  { name, namespace }: Pool,
  set: StatefulSet | undefined,
  pods: readonly Pod[],
  { client }: ControllerDeps,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (set === undefined || !arePodsMissing(set, pods)) return undefined
  const fieldSelector = `reason=FailedCreate,involvedObject.kind=StatefulSet,involvedObject.name=${name}`
  return refusalIn(set, pods, (await client.list<PodEvent>(KINDS.event, { namespace, fieldSelector }, { signal })).items)
}
