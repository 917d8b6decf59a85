/**
 * A pool: what Tracker and Provider have in common. Their StatefulSets, Services and accounts are made from it.
 *
 * @module
 */
import {
  GROUP,
  trackerSpec,
  providerSpec,
  VERSION,
  type ProviderStatus,
  type ProviderSpec,
  type TrackerSpec,
  type TrackerStatus,
} from '../api/index.ts'
import type { LunarNetworkSpec, LunarNetworkStatus } from '../api/index.ts'
import type { KubeObject, ResourceKind } from '../kube/index.ts'
import { verifiersName } from './names.ts'

export interface LunarNetwork extends KubeObject {
  readonly spec: unknown
  readonly status?: LunarNetworkStatus
}
export interface Tracker extends KubeObject {
  readonly spec: unknown
  readonly status?: TrackerStatus
}
export interface Provider extends KubeObject {
  readonly spec: unknown
  readonly status?: ProviderStatus
}

const custom = (kind: string, plural: string): ResourceKind => ({ group: GROUP, version: VERSION, kind, plural, namespaced: true })
export const LUNAR_KINDS = {
  network: custom('LunarNetwork', 'lunarnetworks'),
  tracker: custom('Tracker', 'trackers'),
  provider: custom('Provider', 'providers'),
} as const

interface PoolBase {
  readonly name: string
  readonly namespace: string
  /** The resource that asks for it. */
  readonly owner: KubeObject
}
export type Pool = PoolBase &
  ({ readonly component: 'tracker'; readonly spec: TrackerSpec } | { readonly component: 'provider'; readonly spec: ProviderSpec })

/** The verifiers of a Tracker: pods like those of a pool, which hold nothing but a key each. */
export interface Verifiers extends PoolBase {
  readonly component: 'verifier'
  readonly spec: Pick<TrackerSpec, 'network' | 'replicas' | 'volume' | 'resources'> & {
    readonly expose: 'None'
    readonly exposeTo?: undefined
    readonly egressTo?: undefined
  }
}
/** What pods are made for. */
export type PodPool = Pool | Verifiers

/** A network as its pools see it. */
export interface PoolNetwork {
  readonly name: string
  readonly spec: LunarNetworkSpec
}

const placeOf = (owner: KubeObject): PoolBase => ({ name: owner.metadata.name, namespace: owner.metadata.namespace ?? 'default', owner })

export const isBeingDeleted = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined

/** A pool that is being deleted wants no pods: it shrinks to none, as by any other scale-down. */
const wantedOf = <S extends { readonly replicas: number }>(owner: KubeObject, spec: S): S =>
  isBeingDeleted(owner) ? { ...spec, replicas: 0 } : spec

/** Defaults that a newer schema added are filled in, whatever schema the object was stored under. @throws {ZodError} */
export const trackerPool = (owner: Tracker): Pool => ({
  ...placeOf(owner),
  component: 'tracker',
  spec: wantedOf(owner, trackerSpec.parse(owner.spec)),
})
export const providerPool = (owner: Provider): Pool => ({
  ...placeOf(owner),
  component: 'provider',
  spec: wantedOf(owner, providerSpec.parse(owner.spec)),
})

/** As small as the volumes of clouds are: a key and a credential lie there. */
const VERIFIER_VOLUME = '1Gi'

/** undefined: it is no pool of trackers */
export function verifiersOf({ name, namespace, owner, component, spec }: Pool): Verifiers | undefined {
  if (component !== 'tracker') return undefined
  const { network, verifiers, volume } = spec
  return {
    name: verifiersName(name),
    namespace,
    owner,
    component: 'verifier',
    spec: { network, ...verifiers, volume: { ...volume, size: VERIFIER_VOLUME }, expose: 'None' },
  }
}

/** What the pods of a pool use beside their volumes: a store for shards, or a database. */
export function serverOf({ component, spec }: PodPool) {
  if (component === 'verifier') return undefined
  if (component === 'tracker') return spec.store.postgres
  return spec.backend.s3 ?? spec.backend.hdfs
}

export const usesServer = (pool: PodPool): boolean => serverOf(pool) !== undefined
