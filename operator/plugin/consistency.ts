/**
 * Whether what Kubernetes holds of a network agrees with itself. Pure, and read-only: says what does not, changes nothing.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentOfText } from '@lunarx/core/document'
import { verifyEpoch, type Epoch } from '@lunarx/core/epoch'
import { networkConfigSchema } from '@lunarx/core/membership'
import { podHost, podNames } from '../controllers/index.ts'
import type { KubeObject } from '../kube/index.ts'
import { conditionOf, podsWanted, type Observed, type Resource } from './observe.ts'

export interface Check {
  readonly what: string
  /** What does not agree; []: all does. */
  readonly problems: readonly string[]
}

interface Texts {
  /** Undefined: there is none. */
  readonly epoch: string | undefined
  readonly clientConfig: string | undefined
}

const observedLatest = ({ network, trackers, providers }: Observed): string[] =>
  [network, ...trackers, ...providers].flatMap(({ kind, metadata, status }) =>
    (status?.observedGeneration ?? 0) < (metadata.generation ?? 0)
      ? [`${kind} ${metadata.name}: the last change has not been taken up`]
      : [],
  )

const replicasOf = (set: KubeObject | undefined): number => (set?.spec as { readonly replicas?: number } | undefined)?.replicas ?? 0

function poolHasPods(pool: Resource<unknown>, { statefulSets, claims, pods }: Observed): string[] {
  const { metadata } = pool
  const set = statefulSets.find((one) => one.metadata.name === metadata.name)
  if (set === undefined) return [`${metadata.name} has no StatefulSet`]
  if (replicasOf(set) < podsWanted(pool))
    return [`${metadata.name}: ${podsWanted(pool)} pods are wanted, its StatefulSet makes ${replicasOf(set)}`]
  return podNames(metadata.name, replicasOf(set)).flatMap((name) => {
    const claim = claims.find((one) => one.metadata.name === `data-${name}`)
    const phase = (claim?.status as { readonly phase?: string } | undefined)?.phase
    return [
      ...(pods.some((pod) => pod.metadata.name === name) ? [] : [`pod ${name} is not there`]),
      ...(phase === 'Bound' ? [] : [`volume claim data-${name} is ${phase ?? 'not there'}`]),
    ]
  })
}

function membersLiveOnTheirVolumes({ providers, claims }: Observed): string[] {
  const members = providers.flatMap(({ status }) => status?.members ?? [])
  const seen = new Set<string>()
  return members.flatMap(({ name, peer, claim }) => {
    const twice = seen.has(peer) ? [`peer ${peer} is a member twice`] : []
    seen.add(peer)
    const live = claims.find((one) => one.metadata.name === `data-${name}`)
    return [...twice, ...(live !== undefined && live.metadata.uid !== claim ? [`${name} is remembered on another volume than it has`] : [])]
  })
}

function openEpoch({ network }: Observed, text: string, crypto: CryptoEngine): Epoch {
  const { namespace = 'default', name } = network.metadata
  return verifyEpoch(documentOfText(text), { network: `${namespace}/${name}`, networkKey: network.status?.networkKey ?? '' }, crypto)
}

function epochHolds(observed: Observed, { epoch: text }: Texts, crypto: CryptoEngine): string[] {
  if (text === undefined) return ['there is no epoch: nobody knows where rows live']
  try {
    const { number } = openEpoch(observed, text, crypto)
    const stated = observed.network.status?.epoch ?? 0
    return number === stated ? [] : [`epoch ${number} is in force, the status says ${stated}`]
  } catch (error) {
    return [`the epoch does not verify under the network's key: ${String(error)}`]
  }
}

function clientsFindTrackers({ network, trackers }: Observed, { clientConfig: text }: Texts): string[] {
  if (text === undefined) return ['there is no client configuration']
  const { namespace = 'default' } = network.metadata
  try {
    const config = networkConfigSchema.parse(JSON.parse(text))
    const hosts = new Set(config.trackers.map(({ host }) => host))
    const wanted = trackers.flatMap((pool) =>
      podNames(pool.metadata.name, podsWanted(pool)).map((pod) => podHost(pod, pool.metadata.name, namespace)),
    )
    return [
      ...(config.networkKey === network.status?.networkKey ? [] : ['clients are given another network key than the status states']),
      ...wanted.filter((host) => !hosts.has(host)).map((host) => `clients are not told of tracker ${host}`),
    ]
  } catch (error) {
    return [`the client configuration cannot be read: ${String(error)}`]
  }
}

function setsAreWhole({ network }: Observed): string[] {
  const { lost = 0, degraded = 0 } = network.status?.sets ?? {}
  const healthy = conditionOf(network, 'Healthy')
  return [
    ...(lost > 0 ? [`${lost} sets are lost`] : []),
    ...(degraded > 0 && healthy?.status === 'True' ? [`Healthy is True although ${degraded} sets miss shards`] : []),
  ]
}

export function checkConsistency(observed: Observed, texts: Texts, crypto: CryptoEngine): Check[] {
  const pools = [...observed.trackers, ...observed.providers]
  return [
    { what: 'the operator has taken up every change', problems: observedLatest(observed) },
    { what: 'every pool has its pods and volumes', problems: pools.flatMap((pool) => poolHasPods(pool, observed)) },
    { what: 'every provider lives on the volume it is remembered with', problems: membersLiveOnTheirVolumes(observed) },
    { what: 'the epoch is signed by the network and in force', problems: epochHolds(observed, texts, crypto) },
    { what: 'clients know the key and every tracker', problems: clientsFindTrackers(observed, texts) },
    { what: 'no set is lost, and the status says what is so', problems: setsAreWhole(observed) },
  ]
}
