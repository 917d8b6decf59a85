/**
 * The end of a pool: one that is deleted is held by our finalizer until others have what it holds, or lets go at once where nothing is to
 * be kept that way. In between it is reconciled as one that wants no pods (`pool.ts`).
 *
 *   hold → (deleted) → shrink to none → pods gone → claims gone → peers retired → let go
 *
 * @module
 */
import { isRemoved } from '../healing/index.ts'
import { hasFinalizer, holdFinalizer, KINDS, releaseFinalizer, type KubeObject } from '../kube/index.ts'
import { isOfAnother } from './act.ts'
import type { StatefulSet } from './children/stateful-set.ts'
import { claimsOf } from './claims.ts'
import type { ControllerDeps, VolumeClaim } from './deps.ts'
import { DRAINED_FINALIZER, HANDED_OVER_ANNOTATION, networkId, selectorOf, UNDRAINED_ANNOTATION } from './names.ts'
import { isBeingDeleted, LUNAR_KINDS, type LunarNetwork, type Pool, type Provider } from './pool.ts'

/** While a pool is being deleted. */
export const DELETING_AGAIN_MS = 3_000

/** Of Kubernetes: dependents are left as they are (`kubectl delete --cascade=orphan`). */
const ORPHAN_FINALIZER = 'orphan'

const networkOf = ({ spec }: KubeObject): string => (spec as { readonly network?: string }).network ?? ''

/** The network that a pool is of ends, or has ended: one of the same name that was made since is another, and has not adopted the pool. */
const isEnding = (network: LunarNetwork | undefined, { metadata: { ownerReferences = [] } }: KubeObject): boolean =>
  network === undefined ||
  isBeingDeleted(network) ||
  ownerReferences.some(({ kind, uid }) => kind === LUNAR_KINDS.network.kind && uid !== network.metadata.uid)

/** Asks the server: a local copy that is behind must not let a pool go. */
async function isNetworkEnding(owner: KubeObject, { client }: ControllerDeps, signal: AbortSignal): Promise<boolean> {
  const { namespace } = owner.metadata
  return isEnding(await client.get<LunarNetwork>(LUNAR_KINDS.network, { namespace, name: networkOf(owner) }, { signal }), owner)
}

/** Why a pool that is being deleted need not be drained; undefined: it must be. */
async function waiverOf(
  component: Pool['component'],
  owner: KubeObject,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<'asked' | 'orphaned' | 'no network' | 'no providers' | undefined> {
  const { cache } = deps
  const { annotations, finalizers, namespace, name } = owner.metadata
  if (annotations?.[UNDRAINED_ANNOTATION] === 'true') return 'asked'
  const set = cache.statefulSets.get(namespace, name)
  const isOrphan = set !== undefined && !(set.metadata.ownerReferences ?? []).some(({ controller }) => controller)
  if (finalizers?.includes(ORPHAN_FINALIZER) === true || isOrphan) return 'orphaned'
  if (isEnding(cache.networks.get(namespace, networkOf(owner)), owner) && (await isNetworkEnding(owner, deps, signal))) return 'no network'
  const hasProviders = cache.providers.list().some((one) => one.metadata.namespace === namespace && networkOf(one) === networkOf(owner))
  return component === 'tracker' && !hasProviders ? 'no providers' : undefined
}

/** From now on it is not gone before it is drained. */
export async function holdUntilDrained({ component, owner }: Pool, { client }: ControllerDeps, signal: AbortSignal): Promise<void> {
  if (!isBeingDeleted(owner)) await holdFinalizer(client, LUNAR_KINDS[component], owner, DRAINED_FINALIZER, signal)
}

/**
 * True of a pool that is being deleted and held by us no more: there is nothing left to do for it. One that need not be drained is let go
 * here, a paused one as well: whoever deletes its network or its namespace waits for it.
 */
export async function isLetGo(
  component: Pool['component'],
  owner: KubeObject,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<boolean> {
  if (!isBeingDeleted(owner) || isOfAnother(owner, deps.settings)) return false
  if (!hasFinalizer(owner, DRAINED_FINALIZER)) return true
  const waiver = await waiverOf(component, owner, deps, signal)
  if (waiver === undefined) return false
  await releaseFinalizer(deps.client, LUNAR_KINDS[component], owner, DRAINED_FINALIZER, signal)
  deps.log.info('a pool is let go undrained', { kind: owner.kind, pool: owner.metadata.name, waiver })
  if (waiver === 'asked') {
    const message = `${owner.metadata.name} is removed undrained, as was asked. Its volume claims stay.`
    await deps.events.record(owner, { type: 'Warning', reason: 'NotDrained', message })
  }
  return true
}

/** What the server itself still has of this very pool: local copies may be a moment old. */
interface Remains {
  /** Pods that its StatefulSet asks for; undefined: it has none. */
  readonly replicas: number | undefined
  readonly pods: number
}

async function lookForRemains(pool: Pool, { client }: ControllerDeps, signal: AbortSignal): Promise<Remains> {
  const { name, namespace, component, owner } = pool
  const set = await client.get<StatefulSet>(KINDS.statefulSet, { namespace, name }, { signal })
  const isOurs = set?.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) ?? false
  const labels = Object.entries(selectorOf(component, name)).map(([key, value]) => `${key}=${value}`)
  const { items } = await client.list(KINDS.pod, { namespace, labelSelector: labels.join(',') }, { signal })
  return { replicas: isOurs ? (set?.spec.replicas ?? 0) : undefined, pods: items.length }
}

const isHandedOver = ({ metadata }: KubeObject): boolean => metadata.annotations?.[HANDED_OVER_ANNOTATION] === 'true'

/** Is all of it gone that was needed? @param claims of this pool, those that are being deleted left out */
function isOver(pool: Pool, { replicas, pods }: Remains, claims: readonly VolumeClaim[], { observatory }: ControllerDeps): boolean {
  const { name, namespace, owner, spec, component } = pool
  const members = component === 'provider' ? ((owner as Provider).status?.members ?? []) : []
  if (pods > 0 || (replicas ?? 0) > 0) return false
  // it never came to be
  if (replicas === undefined && claims.length === 0 && members.length === 0) return true
  // a StatefulSet that went without us comes back, and its pods on their volumes: nobody knows yet that these are not needed
  if (component === 'tracker') return replicas === 0 && !claims.some(isHandedOver)
  const shrink = observatory.shrink(owner.metadata.uid ?? '', 0)
  if (shrink === undefined || shrink.spent.some(({ claim }) => claims.some(({ metadata }) => metadata.uid === claim))) return false
  return isRemoved({ name, members }, shrink, observatory.fleet(networkId(namespace, spec.network)))
}

function claimsLeft({ name, namespace, component }: Pool, { cache }: ControllerDeps): VolumeClaim[] {
  return claimsOf(name, namespace, cache.claims.list()).filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined && metadata.labels?.['app.kubernetes.io/component'] === component,
  )
}

/** True if the pool was being deleted, and is let go now: nobody needs anything of it. */
export async function removeDrained(pool: Pool, deps: ControllerDeps, signal: AbortSignal): Promise<boolean> {
  const { component, owner, name } = pool
  if (!isBeingDeleted(owner) || !isOver(pool, await lookForRemains(pool, deps, signal), claimsLeft(pool, deps), deps)) return false
  await releaseFinalizer(deps.client, LUNAR_KINDS[component], owner, DRAINED_FINALIZER, signal)
  deps.log.info('a drained pool is let go', { kind: owner.kind, pool: name })
  const message = `Nobody needs anything of ${name} any more: it is removed.`
  await deps.events.record(owner, { type: 'Normal', reason: 'Drained', message })
  return true
}
