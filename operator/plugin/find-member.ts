/**
 * The provider that runs as a pod, and what is known of it.
 *
 * @module
 */
import type { ProviderStatus } from '../api/index.ts'
import { EXIT, RefusedError } from './exit-codes.ts'
import type { Observed, PodObject, Resource } from './observe.ts'

export interface Found {
  readonly pool: Resource<ProviderStatus>
  readonly peer: string
  /** UID of its volume claim. */
  readonly claim: string
  /** Undefined: it is not there. */
  readonly pod: PodObject | undefined
}

/** @throws {RefusedError} no provider of the network runs, or ran, as this pod */
export function findMember({ providers, pods }: Observed, pod: string): Found {
  for (const pool of providers) {
    const member = pool.status?.members?.find(({ name }) => name === pod)
    if (member) return { pool, peer: member.peer, claim: member.claim, pod: pods.find(({ metadata }) => metadata.name === pod) }
  }
  const known = providers.flatMap(({ status }) => (status?.members ?? []).map(({ name }) => name))
  throw new RefusedError(EXIT.usage, `${pod} is no provider of this network; there are ${known.join(', ') || 'none'}`)
}

/** Peer → pod, of all providers. */
export const providersByPeer = ({ providers }: Pick<Observed, 'providers'>): ReadonlyMap<string, string> =>
  new Map(providers.flatMap(({ status }) => (status?.members ?? []).map(({ peer, name }) => [peer, name] as const)))
