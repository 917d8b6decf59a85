/**
 * Kubernetes objects as they are on the wire, and where the API server serves them. Never a typed client: its serializer drops
 * fields whose TypeScript name differs, so that what is meant and what is sent would not be the same.
 *
 * @module
 */
export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

export interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly finalizers?: readonly string[]
  readonly ownerReferences?: readonly OwnerReference[]
}

export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Metadata
  readonly spec?: unknown
  readonly status?: unknown
  readonly data?: unknown
}

export interface ResourceKind {
  /** '' for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
}

export interface Place {
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly subresource?: string | undefined
}

export const apiVersionOf = (kind: ResourceKind): string => (kind.group === '' ? kind.version : `${kind.group}/${kind.version}`)

export function pathOf(kind: ResourceKind, { namespace, name, subresource }: Place = {}): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
  const within = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`
  return `${root}${within}/${kind.plural}${object}${subresource === undefined ? '' : `/${subresource}`}`
}

/** `namespace/name`, or `name` of what has no namespace. */
export const keyOf = ({ metadata }: { readonly metadata: Pick<Metadata, 'namespace' | 'name'> }): string =>
  metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`

const core = (kind: string, plural: string, namespaced = true): ResourceKind => ({ group: '', version: 'v1', kind, plural, namespaced })

export const KINDS = {
  configMap: core('ConfigMap', 'configmaps'),
  event: core('Event', 'events'),
  lease: { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', namespaced: true },
  networkPolicy: { group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy', plural: 'networkpolicies', namespaced: true },
  namespace: core('Namespace', 'namespaces', false),
  node: core('Node', 'nodes', false),
  persistentVolumeClaim: core('PersistentVolumeClaim', 'persistentvolumeclaims'),
  persistentVolume: core('PersistentVolume', 'persistentvolumes', false),
  pod: core('Pod', 'pods'),
  podDisruptionBudget: { group: 'policy', version: 'v1', kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets', namespaced: true },
  secret: core('Secret', 'secrets'),
  selfSubjectAccessReview: {
    group: 'authorization.k8s.io',
    version: 'v1',
    kind: 'SelfSubjectAccessReview',
    plural: 'selfsubjectaccessreviews',
    namespaced: false,
  },
  service: core('Service', 'services'),
  serviceAccount: core('ServiceAccount', 'serviceaccounts'),
  statefulSet: { group: 'apps', version: 'v1', kind: 'StatefulSet', plural: 'statefulsets', namespaced: true },
  tokenReview: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenReview', plural: 'tokenreviews', namespaced: false },
} as const satisfies Record<string, ResourceKind>
