/**
 * Who a token speaks for, and what it may be in a network. Pure. Role and failure domains come from what Kubernetes knows of the
 * pod, never from its own word.
 *
 * @module
 */
import { STORE_KEY, ZONE_KEY, type PeerId } from '@lunarx/core/membership'
import type { Role } from '@lunarx/core/model'
import type { LunarNetworkSpec } from '../api/index.ts'
import type { KubeObject } from '../kube/index.ts'
import { audienceOf, labelsOf, networkId, shortAudienceOf } from '../controllers/index.ts'

export interface TokenReview extends KubeObject {
  readonly status?: {
    readonly authenticated?: boolean
    readonly audiences?: readonly string[]
    readonly error?: string
    readonly user?: { readonly username?: string; readonly extra?: Readonly<Record<string, readonly string[]>> }
  }
}

/** The pod and account that a token is bound to. */
export interface Bearer {
  readonly namespace: string
  readonly serviceAccount: string
  /** Set when the token is bound to a pod, as projected tokens are. */
  readonly pod: { readonly name: string; readonly uid: string } | undefined
}

export interface Admitted {
  readonly role: Role
  /** Of the pod: a new volume is a new peer of the same name. */
  readonly name: string
  readonly domains: Readonly<Record<string, string>>
}

export type Refusal = { readonly refusal: string }

/** What a bearer's pod is, as the API server has it. */
export interface PodSight {
  readonly pod: (KubeObject & { readonly spec?: { readonly nodeName?: string; readonly serviceAccountName?: string } }) | undefined
  /** The StatefulSet that owns the pod. */
  readonly set: KubeObject | undefined
  readonly node: KubeObject | undefined
  /** Id of the backing store that the volume of a provider shares with others. Unset: it shares none. */
  readonly store?: string | undefined
}

export interface NetworkSight {
  readonly namespace: string
  readonly name: string
  readonly failureDomainKey: string
  /** Service accounts that may be clients. */
  readonly clients: readonly string[]
  /** Service accounts that may be verifiers, besides those of the verifiers that the operator makes. */
  readonly verifiers: readonly string[]
}

const ZONES = ['kubernetes.io/hostname', ZONE_KEY, 'topology.kubernetes.io/region'] as const

/** A peer that was put out gets no new credential, whatever its token says. */
export function refuseRevoked(revoked: LunarNetworkSpec['revoked'], peer: PeerId): Refusal | undefined {
  const found = revoked.find((one) => one.peer === peer)
  if (found === undefined) return undefined
  return { refusal: `the network has revoked the membership of ${peer}${found.reason === undefined ? '' : `: ${found.reason}`}` }
}

/** Either names one network only, because a token is good for the namespace of its service account alone. */
export const audiencesOf = (network: string): readonly string[] => [audienceOf(network), shortAudienceOf(network)]

export function bearerOf(review: TokenReview, network: string): Bearer | Refusal {
  const { authenticated, audiences = [], user, error } = review.status ?? {}
  if (authenticated !== true) return { refusal: `the token is not valid${error === undefined ? '' : `: ${error.slice(0, 200)}`}` }
  if (!audiencesOf(network).some((audience) => audiences.includes(audience)))
    return { refusal: `the token is not for the audience ${audienceOf(network)}` }
  const [, namespace, serviceAccount] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user?.username ?? '') ?? []
  if (namespace === undefined || serviceAccount === undefined) return { refusal: 'the token is not that of a service account' }
  const name = user?.extra?.['authentication.kubernetes.io/pod-name']?.[0]
  const uid = user?.extra?.['authentication.kubernetes.io/pod-uid']?.[0]
  return { namespace, serviceAccount, pod: name === undefined || uid === undefined ? undefined : { name, uid } }
}

function domainsOf(node: KubeObject, failureDomainKey: string): Readonly<Record<string, string>> {
  const labels = node.metadata.labels ?? {}
  const keys = new Set([failureDomainKey, ...ZONES])
  return Object.fromEntries([...keys].flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]] as const])))
}

/** By the component that its StatefulSet is labelled with: kind of the resource that the operator made it for. */
const OWNERS = { tracker: 'Tracker', verifier: 'Tracker', provider: 'Provider' } as const

/** Tracker, verifier or provider, if the pod is one that the operator made for this network. */
function admitPod(network: NetworkSight, bearer: Bearer, { pod, set, node, store }: PodSight): Admitted | Refusal | undefined {
  const component = set?.metadata.labels?.['app.kubernetes.io/component']
  if (pod === undefined || set === undefined) return undefined
  if (component !== 'tracker' && component !== 'verifier' && component !== 'provider') return undefined
  const owner = set.metadata.ownerReferences?.find(({ controller }) => controller)
  const expected = labelsOf(component, set.metadata.name, network.name)
  const isOurs =
    owner?.kind === OWNERS[component] &&
    Object.entries(expected).every(([key, value]) => set.metadata.labels?.[key] === value && pod.metadata.labels?.[key] === value)
  if (!isOurs || bearer.serviceAccount !== set.metadata.name)
    return { refusal: `pod ${pod.metadata.name} is none of network ${networkId(network.namespace, network.name)}` }
  if (node === undefined) return { refusal: `the node of pod ${pod.metadata.name} is not known` }
  const domains = domainsOf(node, network.failureDomainKey)
  if (domains[network.failureDomainKey] === undefined)
    return { refusal: `node ${node.metadata.name} has no label ${network.failureDomainKey} that the operator may read` }
  const shared = component === 'provider' && store !== undefined ? { [STORE_KEY]: store } : {}
  return { role: component, name: pod.metadata.name, domains: { ...domains, ...shared } }
}

export function admit(network: NetworkSight, bearer: Bearer, sight: PodSight): Admitted | Refusal {
  if (bearer.namespace !== network.namespace)
    return {
      refusal: `service accounts of namespace ${bearer.namespace} may not join network ${networkId(network.namespace, network.name)}`,
    }
  if (bearer.pod !== undefined && sight.pod?.metadata.uid !== bearer.pod.uid) return { refusal: `pod ${bearer.pod.name} is gone` }
  const asPod = admitPod(network, bearer, sight)
  if (asPod !== undefined) return asPod
  // by the name of the account: all who have a token of it fail, or lie, together
  if (network.verifiers.includes(bearer.serviceAccount)) return { role: 'verifier', name: bearer.serviceAccount, domains: {} }
  if (!network.clients.includes(bearer.serviceAccount))
    return {
      refusal: `service account ${bearer.serviceAccount} is neither among spec.clients nor spec.verifiers of network ${network.name}`,
    }
  return { role: 'client', name: bearer.pod?.name ?? bearer.serviceAccount, domains: {} }
}
