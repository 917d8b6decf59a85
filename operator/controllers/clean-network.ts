/**
 * What becomes of a network that is deleted under the policy Delete: its pools, then its volumes and its key. Under Retain nothing
 * is to be cleaned: pods go with their owner, volumes and key stay.
 *
 * @module
 */
import { KINDS } from '../kube/index.ts'
import type { ControllerDeps } from './deps.ts'
import { keySecretName, MANAGED_SELECTOR, NETWORK_LABEL } from './names.ts'
import { LUNAR_KINDS, type LunarNetwork } from './pool.ts'

export const VOLUMES_FINALIZER = 'lunarx.dev/volumes'

/** True when nothing is left. Asked again until then. */
export async function cleanNetwork(network: LunarNetwork, deps: ControllerDeps, signal: AbortSignal): Promise<boolean> {
  const { client, cache, settings } = deps
  const { name, namespace = 'default' } = network.metadata
  const mine = { namespace, labelSelector: `${MANAGED_SELECTOR},${NETWORK_LABEL}=${name}` }
  for (const [kind, informer] of [
    [LUNAR_KINDS.tracker, cache.trackers],
    [LUNAR_KINDS.provider, cache.providers],
  ] as const) {
    for (const { metadata, spec } of informer.list()) {
      if (metadata.namespace === namespace && (spec as { readonly network?: string }).network === name)
        await client.remove(kind, { namespace, name: metadata.name }, { uid: metadata.uid, signal })
    }
  }
  if ((await client.list(KINDS.statefulSet, mine, { signal })).items.length > 0) return false
  const claims = await client.list(KINDS.persistentVolumeClaim, mine, { signal })
  for (const { metadata } of claims.items)
    await client.remove(KINDS.persistentVolumeClaim, { namespace, name: metadata.name }, { uid: metadata.uid, signal })
  if (claims.items.length > 0) return false
  await client.remove(KINDS.secret, { namespace: settings.namespace, name: keySecretName(settings.namespace, namespace, name) }, { signal })
  return true
}
