/**
 * The StatefulSet of a pool, or of verifiers. Pure. What cannot be changed in one that exists is taken from it; volumes outlive it.
 *
 * @module
 */
import { apiVersionOf, KINDS, type KubeObject } from '../../kube/index.ts'
import { CONFIG_ANNOTATION, controllerOf, labelsOf, selectorOf } from '../names.ts'
import type { PodPool, Pool, PoolNetwork } from '../pool.ts'
import { podSpec } from './pod.ts'

export interface StatefulSet extends KubeObject {
  readonly spec: {
    readonly replicas?: number
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: object }
    readonly template?: {
      readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> }
      readonly spec?: { readonly containers?: readonly { readonly image?: string }[] }
    }
    readonly volumeClaimTemplates?: readonly {
      readonly spec?: { readonly resources?: { readonly requests?: Readonly<Record<string, string>> } }
    }[]
  }
  readonly status?: {
    readonly observedGeneration?: number
    readonly replicas?: number
    readonly readyReplicas?: number
    readonly updatedReplicas?: number
    readonly currentRevision?: string
    readonly updateRevision?: string
  }
}

export interface StatefulSetOptions {
  /** Image for a pool that does not run yet, where the network names none. */
  readonly fallbackImage: string
  /** Fingerprint of what the pods read at their start. */
  readonly configFingerprint: string
  /** Pods that there must be, whatever is wanted: those that hold what is needed. Unset: nobody knows, so all that are live. Of no verifiers. */
  readonly needed?: number | undefined
}

export const imageOf = (live: StatefulSet | undefined): string | undefined => live?.spec.template?.spec?.containers?.[0]?.image

/** What follows the last colon of the last path segment; the digest's first digits where there is no tag. */
export function versionOf(image: string): string {
  const [reference = '', digest] = image.split('@')
  const tag = /:([^/:]+)$/.exec(reference)?.[1]
  return tag ?? digest?.replace(/^sha256:/, '').slice(0, 12) ?? 'latest'
}

/** Pods whose shards are still needed stay, whatever is wanted; where nobody knows, all that are live do. */
export const planReplicas = (wanted: number, live: number | undefined, needed: number | undefined): number =>
  Math.max(wanted, needed ?? live ?? 0)

/** Pods that the status knows: a StatefulSet that was deleted by hand comes back with as many. */
const runningReplicas = ({ owner }: Pool): number | undefined => (owner.status as { readonly replicas?: number } | undefined)?.replicas

/**
 * Pods of pools are replaced by healing/rollout.ts, which knows what they hold, and their volumes outlive them. Verifiers hold a key each,
 * which is of no use without their Tracker: Kubernetes replaces them one by one, and removes their volumes with their StatefulSet.
 */
const keeping = ({ component }: PodPool) =>
  component === 'verifier'
    ? {
        updateStrategy: { type: 'RollingUpdate' },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
      }
    : { updateStrategy: { type: 'OnDelete' }, persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' } }

const replicasOf = (pool: PodPool, live: StatefulSet | undefined, { needed }: StatefulSetOptions): number =>
  pool.component === 'verifier'
    ? pool.spec.replicas
    : planReplicas(pool.spec.replicas, live?.spec.replicas ?? runningReplicas(pool), needed)

/** Claims of a StatefulSet cannot be changed; those that exist grow one by one instead. */
function claimTemplate(pool: PodPool, network: PoolNetwork, live: StatefulSet | undefined) {
  const storage = live?.spec.volumeClaimTemplates?.[0]?.spec?.resources?.requests?.['storage'] ?? pool.spec.volume.size
  const { storageClassName } = pool.spec.volume
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', labels: labelsOf(pool.component, pool.name, network.name) },
    spec: {
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      ...(storageClassName === undefined ? {} : { storageClassName }),
      resources: { requests: { storage } },
    },
  }
}

export function statefulSet(pool: PodPool, network: PoolNetwork, live: StatefulSet | undefined, options: StatefulSetOptions): KubeObject {
  const labels = labelsOf(pool.component, pool.name, network.name)
  const image = network.spec.image ?? imageOf(live) ?? options.fallbackImage
  return {
    apiVersion: apiVersionOf(KINDS.statefulSet),
    kind: KINDS.statefulSet.kind,
    metadata: { name: pool.name, namespace: pool.namespace, labels, ownerReferences: [controllerOf(pool.owner)] },
    spec: {
      serviceName: pool.name,
      replicas: replicasOf(pool, live, options),
      podManagementPolicy: 'Parallel',
      revisionHistoryLimit: 5,
      ...keeping(pool),
      selector: { matchLabels: selectorOf(pool.component, pool.name) },
      template: {
        metadata: { labels, annotations: { [CONFIG_ANNOTATION]: options.configFingerprint } },
        spec: podSpec(pool, network, { image }),
      },
      volumeClaimTemplates: [claimTemplate(pool, network, live)],
    },
  }
}
