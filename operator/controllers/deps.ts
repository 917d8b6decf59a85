/**
 * What the reconcilers need: the API server, local copies of what they watch, trackers, and how the operator was installed.
 *
 * @module
 */
import type { SignKey, CryptoEngine } from '@lunarx/core/crypto'
import { hexOf, utf8, type PeerAddress } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import type { Random } from '@lunarx/runtime/random'
import type { TrackerAdmin } from '../healing/index.ts'
import type { Events, Informer, KubeClient, KubeObject } from '../kube/index.ts'
import type { Issuer } from './children/network-children.ts'
import type { StatefulSet } from './children/stateful-set.ts'
import type { NetworkMetrics } from './network-metrics.ts'
import type { NodeAddresses } from './node-addresses.ts'
import type { NodeRights } from './node-rights.ts'
import type { Observatory } from './observatory.ts'
import type { LunarNetwork, Provider, Tracker } from './pool.ts'

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>
}
export interface Secret extends KubeObject {
  /** base64 */
  readonly data?: Readonly<Record<string, string>>
}
interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string }
  readonly terminated?: { readonly message?: string }
}
export interface Pod extends KubeObject {
  readonly spec?: { readonly containers?: readonly { readonly image?: string }[]; readonly nodeName?: string }
  readonly status?: {
    readonly phase?: string
    /** Of the node. */
    readonly hostIP?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string }[]
    readonly containerStatuses?: readonly {
      readonly state?: ContainerState
      readonly lastState?: ContainerState
    }[]
  }
}
export interface VolumeClaim extends KubeObject {
  readonly spec: {
    readonly resources?: { readonly requests?: Readonly<Record<string, string>> }
    readonly volumeName?: string
    readonly storageClassName?: string
  }
  readonly status?: {
    readonly phase?: string
    /** What its volume has; unset: it has none yet. */
    readonly capacity?: Readonly<Record<string, string>>
  }
}

export interface Service extends KubeObject {
  readonly spec?: { readonly ports?: readonly { readonly name?: string; readonly nodePort?: number }[] }
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] } }
}

/** Local copies, kept by informers. */
export interface Cache {
  readonly networks: Informer<LunarNetwork>
  readonly trackers: Informer<Tracker>
  readonly providers: Informer<Provider>
  readonly statefulSets: Informer<StatefulSet>
  readonly services: Informer<Service>
  readonly serviceAccounts: Informer
  readonly configMaps: Informer<ConfigMap>
  readonly budgets: Informer
  readonly policies: Informer
  readonly pods: Informer<Pod>
  readonly claims: Informer<VolumeClaim>
  /** Of the operator's own namespace. */
  readonly secrets: Informer<Secret>
}

export interface Settings {
  /** Of the operator's Service: resources that name another operator are left to it. */
  readonly operator: string
  /** Where the operator runs, and keeps the keys of networks. */
  readonly namespace: string
  /** For pools that do not run yet, where the network names no image. */
  readonly nodeImage: string
  readonly issuer: Issuer
  /** Where Prometheus runs: from there, pods may be asked for their metrics. */
  readonly monitoringNamespace?: string | undefined
}

export interface TrackerAddress {
  readonly address: PeerAddress
  readonly adminPort: number
}

/** Opens the admin API of a tracker with operator rights. Connects when asked something. */
export type ReachTracker = (network: { readonly id: string; readonly key: SignKey }, tracker: TrackerAddress) => TrackerAdmin

export interface ControllerDeps {
  readonly client: KubeClient
  readonly cache: Cache
  readonly events: Events
  readonly reachTracker: ReachTracker
  readonly observatory: Observatory
  readonly nodeAddresses: NodeAddresses
  readonly nodeRights: NodeRights
  readonly networkMetrics: NetworkMetrics
  readonly settings: Settings
  readonly clock: Clock
  readonly random: Random
  readonly crypto: CryptoEngine
  readonly log: Log
}

export const sha256Of =
  (crypto: CryptoEngine) =>
  (text: string): string =>
    hexOf(crypto.sha256(utf8(text)))
