/**
 * What those outside of the cluster see of a network: where its pods are reached, and what keeps clients from using it. Pure.
 *
 * @module
 */
import type { OutsidePeer } from '@lunarx/core/membership'
import { LIMITS } from '@lunarx/core/model'
import type { OutsideAddress } from '../api/index.ts'
import type { Statement } from '../kube/index.ts'
import type { Issuer } from './children/network-children.ts'
import { clientConfigName, podHost } from './names.ts'
import type { Pool } from './pool.ts'

export interface NetworkPools {
  readonly trackers: readonly Pool[]
  readonly providers: readonly Pool[]
}

const isExposed = ({ spec: { expose } }: Pool): boolean => expose !== 'None'
/** As the pool's own reconciliation found them. */
const addressesOf = (pool: Pool): readonly OutsideAddress[] =>
  isExposed(pool) ? ((pool.owner.status as { readonly outside?: readonly OutsideAddress[] } | undefined)?.outside ?? []) : []

/** Undefined: no pool is exposed. Trackers first; more than a configuration may name are left out. */
export function outsidePeers({ trackers, providers }: NetworkPools): OutsidePeer[] | undefined {
  const pools = [...trackers, ...providers]
  if (!pools.some(isExposed)) return undefined
  return pools
    .flatMap((pool) =>
      addressesOf(pool).map(({ name, host, controlPort, dataPort }) => ({
        host: podHost(name, pool.name, pool.namespace),
        at: { host, controlPort, dataPort },
      })),
    )
    .slice(0, LIMITS.outsidePeers)
}

/** The condition `Exposed` of a network; none where no pool is exposed. A client outside needs all: trackers, providers, the issuer. */
export function networkExposed(network: string, { trackers, providers }: NetworkPools, { outsideUrl }: Issuer): Statement[] {
  const pools = [...trackers, ...providers]
  if (!pools.some(isExposed)) return []
  const say = (status: Statement['status'], reason: string, message: string): Statement[] => [{ type: 'Exposed', status, reason, message }]
  const namesOf = (some: readonly Pool[]): string => some.map(({ owner, name }) => `${owner.kind} ${name}`).join(', ')
  const inside = pools.filter((pool) => !isExposed(pool))
  if (inside.length > 0)
    return say('False', 'PoolsInside', `Clients outside of the cluster reach some pods only: spec.expose is None in ${namesOf(inside)}.`)
  const pods = pools.reduce((sum, { spec }) => sum + spec.replicas, 0)
  if (pods > LIMITS.outsidePeers)
    return say('False', 'TooManyExposed', `At most ${LIMITS.outsidePeers} pods are reached from outside; ${pods} are wanted.`)
  const pending = pools.filter((pool) => addressesOf(pool).length < pool.spec.replicas)
  if (pending.length > 0)
    return say('False', 'AddressesPending', `Pods without an address outside: see the condition Exposed of ${namesOf(pending)}.`)
  if (outsideUrl === undefined)
    return say('False', 'IssuerInside', 'Clients outside cannot enrol: the operator was not told where they reach it (issuer.outsideUrl).')
  return say('True', 'Reachable', `Clients outside are configured by outside.json of ConfigMap ${clientConfigName(network)}.`)
}
