/**
 * The operator's own namespace is being deleted, and the operator with it: nobody is left to let go what it holds there, so that it does
 * so as the last thing. What the namespace holds is gone anyway.
 *
 * @module
 */
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import { deadline } from '@lunarx/runtime/tasks'
import { hasStatus, KINDS, releaseFinalizer, type KubeClient } from '../kube/index.ts'
import { isOfAnother } from './act.ts'
import { VOLUMES_FINALIZER } from './clean-network.ts'
import type { Settings } from './deps.ts'
import { DRAINED_FINALIZER } from './names.ts'
import { LUNAR_KINDS } from './pool.ts'

export interface ReleaseDeps {
  readonly client: Pick<KubeClient, 'get' | 'list' | 'merge'>
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Log
}

/** Well within the time that a pod has to end. */
const RELEASE_MS = 8_000

async function release({ client, settings }: ReleaseDeps, signal: AbortSignal): Promise<number> {
  const { namespace } = settings
  if ((await client.get(KINDS.namespace, { name: namespace }, { signal }))?.metadata.deletionTimestamp === undefined) return 0
  let released = 0
  for (const kind of Object.values(LUNAR_KINDS))
    for (const object of (await client.list(kind, { namespace }, { signal })).items)
      for (const finalizer of [DRAINED_FINALIZER, VOLUMES_FINALIZER])
        if (object.metadata.finalizers?.includes(finalizer) === true && !isOfAnother(object, settings)) {
          await releaseFinalizer(client, kind, object, finalizer, signal)
          released++
        }
  return released
}

/** Does nothing where the namespace stays. Never throws: where rights went first, a person takes the finalizers off. */
export async function releaseOwnNamespace(deps: ReleaseDeps): Promise<void> {
  using limit = deadline(deps.clock, RELEASE_MS)
  try {
    const released = await release(deps, limit.signal)
    if (released > 0) deps.log.info('the namespace ends: networks and pools are let go', { released })
  } catch (error) {
    // without the right to look, in a namespace where no networks are kept
    if (!hasStatus(error, 403)) deps.log.warn('what this operator holds in its namespace was not let go', { error })
  }
}
