/**
 * Where the pods of a pool are reached from outside of the cluster, or what they wait for. Pure.
 *
 * @module
 */
import type { OutsideAddress } from '../api/index.ts'
import type { Statement } from '../kube/index.ts'
import type { Pod, Service } from './deps.ts'
import { PORTS } from './names.ts'
import type { Pool } from './pool.ts'

export interface OutsideSight {
  /** Pods that are wanted or still there. */
  readonly names: readonly string[]
  /** By the pod's name. */
  readonly services: ReadonlyMap<string, Service>
  readonly pods: ReadonlyMap<string, Pod>
  /** Node → its address outside; those that have none, or may not be looked at, are left out. */
  readonly nodes: ReadonlyMap<string, string>
  /** What was known before. */
  readonly before: readonly OutsideAddress[]
  /** Why a Service could not be made. */
  readonly refusal: string | undefined
}

type Wait = 'ServiceRefused' | 'ServicePending' | 'PodNotScheduled' | 'LoadBalancerPending'

export interface Reached {
  readonly addresses: readonly OutsideAddress[]
  readonly waiting: readonly { readonly name: string; readonly reason: Wait }[]
}

/** Pods that a message names. */
const NAMED = 3

const port = (service: Service | undefined, wanted: 'control' | 'data'): number | undefined =>
  service?.spec?.ports?.find(({ name }) => name === wanted)?.nodePort

/** A pod that is being replaced keeps the address it had: it mostly comes back to the same node, where its volume is. */
function atNode(name: string, { services, pods, nodes, before }: OutsideSight): OutsideAddress | Wait {
  const service = services.get(name)
  const [controlPort, dataPort] = [port(service, 'control'), port(service, 'data')]
  if (controlPort === undefined || dataPort === undefined) return 'ServicePending'
  const pod = pods.get(name)
  const host = nodes.get(pod?.spec?.nodeName ?? '') ?? pod?.status?.hostIP ?? before.find((one) => one.name === name)?.host
  return host === undefined ? 'PodNotScheduled' : { name, host, controlPort, dataPort }
}

function atLoadBalancer(name: string, { services }: OutsideSight): OutsideAddress | Wait {
  const service = services.get(name)
  if (service === undefined) return 'ServicePending'
  const [ingress] = service.status?.loadBalancer?.ingress ?? []
  const host = ingress?.ip ?? ingress?.hostname
  return host === undefined ? 'LoadBalancerPending' : { name, host, controlPort: PORTS.control, dataPort: PORTS.data }
}

export function reachOutside({ spec: { expose } }: Pool, sight: OutsideSight): Reached {
  if (expose === 'None') return { addresses: [], waiting: [] }
  const found = sight.names.map((name) => [name, (expose === 'NodePort' ? atNode : atLoadBalancer)(name, sight)] as const)
  return {
    addresses: found.flatMap(([, at]) => (typeof at === 'string' ? [] : [at])),
    waiting: found.flatMap(([name, at]) => {
      if (typeof at !== 'string') return []
      return [{ name, reason: at === 'ServicePending' && sight.refusal !== undefined ? 'ServiceRefused' : at }]
    }),
  }
}

const WORDS: Readonly<Record<Wait, (refusal: string) => string>> = {
  ServiceRefused: (refusal) => `its Service was refused: ${refusal.slice(0, 500)}`,
  ServicePending: () => 'its Service is being made',
  PodNotScheduled: () => 'it runs on no node yet',
  LoadBalancerPending: () => 'its Service has no address of a load balancer yet',
}
/** What a person must know first. */
const ORDER: readonly Wait[] = ['ServiceRefused', 'LoadBalancerPending', 'PodNotScheduled', 'ServicePending']

/** The condition `Exposed` of a pool; none where nothing is to be reached from outside. */
export function exposed({ spec: { expose } }: Pool, { waiting }: Reached, refusal = ''): Statement[] {
  if (expose === 'None') return []
  const say = (status: Statement['status'], reason: string, message: string): Statement[] => [{ type: 'Exposed', status, reason, message }]
  const reason = ORDER.find((one) => waiting.some((wait) => wait.reason === one))
  if (reason === undefined) return say('True', 'AddressesKnown', 'Every pod has an address outside of the cluster: see status.outside.')
  const names = waiting.filter((wait) => wait.reason === reason).map(({ name }) => name)
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
  return say(
    'False',
    reason,
    `No address outside of the cluster for ${names.slice(0, NAMED).join(', ')}${more}: ${WORDS[reason](refusal)}.`,
  )
}
