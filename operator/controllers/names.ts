/**
 * Names and labels of everything the operator makes. Pods are told apart by labels, never by their place in a list.
 *
 * @module
 */
import { GROUP } from '../api/index.ts'
import type { Metadata, OwnerReference } from '../kube/index.ts'

export type Component = 'tracker' | 'provider' | 'verifier' | 'network'

export const NETWORK_LABEL = `${GROUP}/network`
/** On pods that verify for a network and are none of the operator's. */
export const VERIFIER_LABEL = `${GROUP}/verifier`
/** On objects that are kept outside the namespace of their network. */
export const NAMESPACE_LABEL = `${GROUP}/namespace`
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'lunarx-operator' } as const
export const MANAGED_SELECTOR = 'app.kubernetes.io/managed-by=lunarx-operator'
/** Fingerprint of the object as we meant it: a field that we stop giving is noticed. */
export const MEANT_ANNOTATION = `${GROUP}/meant`
/** Fingerprint of the configuration that pods read at their start: they are rolled when it changes. */
export const CONFIG_ANNOTATION = `${GROUP}/config`
/** "true" on a resource: the operator writes nothing for it. */
export const PAUSED_ANNOTATION = `${GROUP}/paused`

/** On a Provider: peers, separated by commas, that are to be drained although their pods stay (`kubectl lunarx drain`). */
export const DRAIN_ANNOTATION = `${GROUP}/drain`

/** On a Provider or Tracker: it is not gone before others have what it holds. */
export const DRAINED_FINALIZER = `${GROUP}/drained`

/** "true" on a Provider or Tracker that is being deleted: it goes at once, whatever only it holds. */
export const UNDRAINED_ANNOTATION = `${GROUP}/delete-undrained`

/** On the volume claim of a tracker: what lies there was handed over, and nobody is to come back for it. */
export const HANDED_OVER_ANNOTATION = `${GROUP}/handed-over`

/** On a Provider: `PEER@ORDER`, separated by commas: peers that are to be audited at once (`kubectl lunarx audit POD --now`). */
export const AUDIT_ANNOTATION = `${GROUP}/audit`

/**
 * On a Provider: `PEER@END`, separated by commas, END in ISO 8601: peers that a person works on until then (`kubectl lunarx maintenance`).
 */
export const MAINTENANCE_ANNOTATION = `${GROUP}/maintenance`

/** Name of the operator that a resource is left to, where several watch one namespace. Unset: any. */
export const OPERATOR_ANNOTATION = `${GROUP}/operator`

/** On Services through which a pod is reached from outside of the cluster: the name of the pod. */
export const OUTSIDE_LABEL = `${GROUP}/outside`

export const PORTS = { control: 4001, data: 4002, admin: 4443, health: 8080 } as const

/** `<namespace>/<name>`: how credentials, records and epochs name a network. */
export const networkId = (namespace: string, name: string): string => `${namespace}/${name}`
/** Audience of the tokens that pods and clients enrol with. */
export const audienceOf = (network: string): string => `${GROUP}/${network}`

/** The shorter form for clients: the namespace of the token must be that of the network anyway. */
export const shortAudienceOf = (network: string): string => `${GROUP}/${network.split('/').at(-1) ?? ''}`

export const clientConfigName = (network: string): string => `${network}-client`
export const epochName = (network: string): string => `${network}-epoch`
export const runConfigName = (pool: string): string => `${pool}-config`
export const providersBudgetName = (network: string): string => `${network}-providers`

/** The network's key is kept beside the operator, where those who may run pods in the network's namespace cannot read it. */
export const keySecretName = (operatorNamespace: string, namespace: string, network: string): string =>
  namespace === operatorNamespace ? `${network}-key` : `${namespace}.${network}-key`

/** What selects the pods of a pool. Immutable in a StatefulSet. */
export const selectorOf = (component: Component, pool: string): Readonly<Record<string, string>> => ({
  'app.kubernetes.io/name': `lunarx-${component}`,
  'app.kubernetes.io/instance': pool,
})

export const labelsOf = (component: Component, instance: string, network: string): Readonly<Record<string, string>> => ({
  ...selectorOf(component, instance),
  'app.kubernetes.io/component': component,
  'app.kubernetes.io/part-of': 'lunarx',
  ...MANAGED_BY,
  [NETWORK_LABEL]: network,
})

const VERIFIERS = '-verifier'
/** StatefulSet, account and Service of the verifiers of a Tracker. */
export const verifiersName = (tracker: string): string => `${tracker}${VERIFIERS}`
/** The Tracker whose verifiers have this name. */
export const trackerOfVerifiers = (name: string): string => (name.endsWith(VERIFIERS) ? name.slice(0, -VERIFIERS.length) : name)

/** `name-0`, `name-1`, … */
export const podNames = (pool: string, replicas: number): readonly string[] => Array.from({ length: replicas }, (_, i) => `${pool}-${i}`)
/** Its Service for those outside of the cluster. */
export const outsideServiceName = (pod: string): string => `${pod}-outside`
/** Where a pod of a pool is reached from anywhere in the cluster. */
export const podHost = (pod: string, pool: string, namespace: string): string => `${pod}.${pool}.${namespace}.svc`

export function controllerOf({
  apiVersion,
  kind,
  metadata,
}: {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Metadata
}): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: false }
}
