/**
 * Whether anybody keeps the status true. It says what the operator saw last: where the operator is gone, `Healthy` stands for ever. What
 * moves while one works is its Lease, beside the issuer that the client configuration names.
 *
 * @module
 */
import { networkConfigSchema } from '@lunarx/core/membership'
import { hasCode } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import { clientConfigName } from '../controllers/index.ts'
import { hasStatus, KINDS, sight, type KubeClient, type KubeObject, type Lease } from '../kube/index.ts'

export type Leader =
  | { readonly kind: 'works' }
  /** `since`: when it was last heard of, by its own clock; null: it left no Lease. `place`: its namespace. */
  | { readonly kind: 'away'; readonly since: string | null; readonly place: string }
  /** Without the right to read Leases there, or where no network was ever made of the resource. */
  | { readonly kind: 'unseen'; readonly place: string | null }

/** Renewed every 2 s, taken over after 15 s. */
const FRESH_MS = 60_000
/** One that still leads has renewed it by then, whatever the clock of this machine says. */
const RENEWED_MS = 10_000

interface Place {
  readonly namespace: string
  readonly name: string
}

/** Where the operator of a network keeps its Lease: beside its Service, and named like it. Undefined: the configuration does not say. */
export function leasePlace(networkJson: string): Place | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(networkJson)
  } catch {
    return undefined
  }
  const { issuer } = networkConfigSchema.safeParse(parsed).data ?? {}
  const [name, namespace] = issuer === undefined ? [] : new URL(issuer.url).hostname.split('.')
  return name === undefined || namespace === undefined ? undefined : { namespace, name }
}

const isDoubtful = ({ spec }: Lease, nowMs: number): boolean =>
  (spec?.holderIdentity ?? '') === '' || nowMs - Date.parse(spec?.renewTime ?? '') > FRESH_MS || spec?.renewTime === undefined

type AskedCluster = Pick<KubeClient, 'get'>

async function placeOf(client: AskedCluster, { metadata: { name, namespace } }: KubeObject): Promise<Place | undefined> {
  const place = { namespace, name: clientConfigName(name) }
  const live = await client.get<KubeObject & { readonly data?: Readonly<Record<string, string>> }>(KINDS.configMap, place)
  return leasePlace(live?.data?.['network.json'] ?? '')
}

/** Waits some seconds where the Lease looks old: clocks of two machines are not compared with one another. */
export async function findLeader(client: AskedCluster, network: KubeObject, clock: Pick<Clock, 'now' | 'sleep'>): Promise<Leader> {
  const place = await placeOf(client, network)
  if (place === undefined) return { kind: 'unseen', place: null }
  try {
    const first = await client.get<Lease>(KINDS.lease, place)
    if (first === undefined) return { kind: 'away', since: null, place: place.namespace }
    if (!isDoubtful(first, clock.now())) return { kind: 'works' }
    const before = sight(first, undefined, 0)
    await clock.sleep(RENEWED_MS)
    const isSame = sight(await client.get<Lease>(KINDS.lease, place), before, RENEWED_MS) === before
    return isSame ? { kind: 'away', since: first.spec?.renewTime ?? null, place: place.namespace } : { kind: 'works' }
  } catch (error) {
    if (hasStatus(error, 403) || hasCode(error, 'TIMEOUT')) return { kind: 'unseen', place: place.namespace }
    throw error
  }
}
