/**
 * What the plugin reads of a network: its resources, their pods and claims, and recent warnings. With the rights of whoever calls it,
 * `view` being enough; no Secret is ever read.
 *
 * @module
 */
import type { Condition, LunarNetworkStatus, ProviderStatus, TrackerStatus } from '../api/index.ts'
import { LUNAR_KINDS, NETWORK_LABEL } from '../controllers/index.ts'
import { KINDS, type KubeClient, type KubeObject } from '../kube/index.ts'
import { EXIT, RefusedError } from './exit-codes.ts'

export interface Resource<Status> extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>> & { readonly network?: string; readonly replicas?: number }
  readonly status?: Status
}
export interface PodObject extends KubeObject {
  readonly spec?: { readonly nodeName?: string }
  readonly status?: {
    readonly phase?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly containerStatuses?: readonly { readonly restartCount?: number }[]
  }
}
export interface EventObject extends KubeObject {
  readonly type?: string
  readonly reason?: string
  readonly message?: string
  readonly count?: number
  readonly lastTimestamp?: string | null
  readonly involvedObject?: { readonly kind?: string; readonly name?: string }
}

export interface Observed {
  readonly network: Resource<LunarNetworkStatus>
  readonly trackers: readonly Resource<TrackerStatus>[]
  readonly providers: readonly Resource<ProviderStatus>[]
  readonly pods: readonly PodObject[]
  readonly claims: readonly KubeObject[]
  readonly statefulSets: readonly KubeObject[]
  /** Warnings, newest first. */
  readonly warnings: readonly EventObject[]
}

export interface Target {
  readonly namespace: string
  /** Unset: the only one of the namespace. */
  readonly network?: string | undefined
}

/** Pods that a pool is to have: none once it is being deleted. */
export const podsWanted = ({ metadata, spec }: Resource<unknown>): number =>
  metadata.deletionTimestamp === undefined ? (spec.replicas ?? 0) : 0

export const isReady = ({ status }: PodObject): boolean =>
  status?.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True') === true

export const conditionOf = (object: { readonly status?: { readonly conditions?: readonly Condition[] | undefined } }, type: string) =>
  object.status?.conditions?.find((condition) => condition.type === type)

/** @throws {RefusedError} there is none of this name, or there are several and none is named */
async function findNetwork(client: KubeClient, { namespace, network }: Target): Promise<Resource<LunarNetworkStatus>> {
  const { items } = await client.list<Resource<LunarNetworkStatus>>(LUNAR_KINDS.network, { namespace })
  const found = network === undefined && items.length === 1 ? items[0] : items.find(({ metadata }) => metadata.name === network)
  if (found !== undefined) return found
  const names = items.map(({ metadata }) => metadata.name).join(', ')
  const message =
    items.length === 0
      ? `there is no LunarNetwork in namespace ${namespace}`
      : network === undefined
        ? `namespace ${namespace} has several networks, name one with --network: ${names}`
        : `namespace ${namespace} has no LunarNetwork ${network}; it has ${names}`
  throw new RefusedError(EXIT.usage, message)
}

export async function observe(client: KubeClient, target: Target): Promise<Observed> {
  const network = await findNetwork(client, target)
  const { namespace } = target
  const mine = { namespace, labelSelector: `${NETWORK_LABEL}=${network.metadata.name}` }
  const isOfNetwork = ({ spec }: { readonly spec: { readonly network?: string } }): boolean => spec.network === network.metadata.name
  const [trackers, providers, pods, claims, statefulSets, events] = await Promise.all([
    client.list<Resource<TrackerStatus>>(LUNAR_KINDS.tracker, { namespace }),
    client.list<Resource<ProviderStatus>>(LUNAR_KINDS.provider, { namespace }),
    client.list<PodObject>(KINDS.pod, mine),
    client.list(KINDS.persistentVolumeClaim, mine),
    client.list(KINDS.statefulSet, mine),
    client.list<EventObject>(KINDS.event, { namespace, fieldSelector: 'type=Warning' }),
  ])
  return {
    network,
    trackers: trackers.items.filter(isOfNetwork),
    providers: providers.items.filter(isOfNetwork),
    pods: pods.items,
    claims: claims.items,
    statefulSets: statefulSets.items,
    warnings: events.items.toSorted((a, b) => ((a.lastTimestamp ?? '') < (b.lastTimestamp ?? '') ? 1 : -1)),
  }
}
