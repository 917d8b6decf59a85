/**
 * Pods that are not ready, and from which nodes their volumes can be used: read from volumes and nodes, and only while a pod is in
 * trouble. A volume that is tied to no node is none of ours: Kubernetes moves it.
 *
 * @module
 */
import type { Home, StrandedPod } from '../healing/index.ts'
import { KINDS, type KubeObject } from '../kube/index.ts'
import { isLeftAlone } from './act.ts'
import { claimsOf, podOfClaim } from './claims.ts'
import type { ControllerDeps, Pod, VolumeClaim } from './deps.ts'
import { isPodReady } from './pod-cause.ts'
import type { PodPool } from './pool.ts'

interface Requirement {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}
interface Term {
  readonly matchExpressions?: readonly Requirement[]
  readonly matchFields?: readonly Requirement[]
}
export interface PersistentVolume extends KubeObject {
  readonly spec: {
    readonly nodeAffinity?: { readonly required?: { readonly nodeSelectorTerms?: readonly Term[] } }
    readonly hostPath?: object
    readonly local?: object
    readonly storageClassName?: string
  }
}
export interface Node extends KubeObject {
  readonly spec?: { readonly taints?: readonly { readonly key: string }[] }
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly lastTransitionTime?: string }[]
  }
}

const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service'

/** One label selector per term: any of them matches. Undefined: the volume is tied to no node, or by more than labels say. */
export function selectorsOf({ spec }: PersistentVolume): readonly string[] | undefined {
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? []
  const selectors = terms.map(({ matchExpressions = [], matchFields = [] }) => {
    const isPlain = matchFields.length === 0 && matchExpressions.length > 0 && matchExpressions.every(({ operator }) => operator === 'In')
    return isPlain ? matchExpressions.map(({ key, values = [] }) => `${key} in (${values.join(',')})`).join(',') : undefined
  })
  return selectors.length === 0 || selectors.includes(undefined) ? undefined : (selectors as string[])
}

export function homeOf({ metadata, spec, status }: Node): Home {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  const since = Date.parse(ready?.lastTransitionTime ?? '')
  if (spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE)) return { node: metadata.name, gone: 'for-good' }
  // False: its kubelet answers and says that it has a trouble of its own, which is no loss of the node.
  return { node: metadata.name, gone: ready?.status === 'Unknown' && Number.isFinite(since) ? since : undefined }
}

async function homesOf(volume: string, { client }: ControllerDeps, signal: AbortSignal): Promise<readonly Home[] | undefined> {
  const live = await client.get<PersistentVolume>(KINDS.persistentVolume, { name: volume }, { signal })
  const selectors = live && selectorsOf(live)
  if (selectors === undefined) return undefined
  const lists = await Promise.all(selectors.map((labelSelector) => client.list<Node>(KINDS.node, { labelSelector }, { signal })))
  const nodes = new Map(lists.flatMap(({ items }) => items.map((node) => [node.metadata.name, node] as const)))
  return [...nodes.values()].map(homeOf).sort((a, b) => (a.node < b.node ? -1 : 1))
}

const isWell = (pod: Pod | undefined): boolean => pod !== undefined && pod.metadata.deletionTimestamp === undefined && isPodReady(pod)

/** @throws {ApiError} 403 where the operator may read neither volumes nor nodes */
export async function findStranded(pools: readonly PodPool[], deps: ControllerDeps, signal: AbortSignal): Promise<StrandedPod[]> {
  const found: StrandedPod[] = []
  for (const { name: instance, namespace, component, owner } of pools) {
    if (isLeftAlone(owner, deps.settings)) continue
    for (const { metadata, spec } of claimsOf(instance, namespace, deps.cache.claims.list()) as readonly VolumeClaim[]) {
      const name = podOfClaim(metadata.name)
      const pod = deps.cache.pods.get(namespace, name)
      if (spec.volumeName === undefined || isWell(pod)) continue
      const homes = await homesOf(spec.volumeName, deps, signal)
      if (homes === undefined) continue
      const claim = { name: metadata.name, uid: metadata.uid ?? '' }
      found.push({ name, component, pod: pod && { uid: pod.metadata.uid ?? '' }, claim, homes })
    }
  }
  return found
}
