/**
 * Lost nodes, acted upon: what is to be replaced is declared lost, its claim is deleted and its pod released, in this order, so that
 * whatever is cut in between is found again by the next look. The StatefulSet then makes both anew, elsewhere.
 *
 * @module
 */
import { act, judgeLostNodes, type Fleet, type LostPod } from '../healing/index.ts'
import { hasStatus, KINDS } from '../kube/index.ts'
import type { LunarNetworkSpec } from '../api/index.ts'
import type { ControllerDeps } from './deps.ts'
import type { Answering } from './look.ts'
import type { PodPool } from './pool.ts'
import { findStranded } from './stranded.ts'

export interface LostNodeStep {
  readonly pools: readonly PodPool[]
  readonly policy: LunarNetworkSpec['lostNode']
  readonly fleet: Fleet | undefined
  readonly trackers: readonly Answering[]
  /** Tracker pods that are wanted. */
  readonly desired: number
}

/** What is lost, or why nobody can tell. */
export type LostNodes = { readonly lost: readonly LostPod[] } | { readonly obstacle: string }

async function release(lost: LostPod, { pools, trackers }: LostNodeStep, deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  const { stranded, peers, message } = lost
  const pool = pools.find(({ name }) => stranded.name.startsWith(`${name}-`) && /^\d+$/.test(stranded.name.slice(name.length + 1)))
  if (pool === undefined) return
  const { client, log, events } = deps
  const { namespace } = pool
  const admins = trackers.map(({ admin }) => admin)
  if (stranded.component === 'provider')
    for (const peer of peers)
      await act({ kind: 'declare-lost', name: stranded.name, peer, reason: `the node of ${stranded.name} is gone` }, admins, signal)
  await client.remove(KINDS.persistentVolumeClaim, { namespace, name: stranded.claim.name }, { uid: stranded.claim.uid, signal })
  if (stranded.pod !== undefined)
    await client.remove(KINDS.pod, { namespace, name: stranded.name }, { uid: stranded.pod.uid, graceSeconds: 0, signal })
  log.warn('pod and claim of a lost node released', { pod: stranded.name, claim: stranded.claim.name, homes: stranded.homes })
  await events.record(pool.owner, { type: 'Warning', reason: 'NodeLost', message })
}

export async function replaceLost(step: LostNodeStep, deps: ControllerDeps, signal: AbortSignal): Promise<LostNodes> {
  const { policy, fleet, trackers, desired } = step
  const missing = await deps.nodeRights.missing(signal)
  if (missing.length > 0) return { obstacle: `it has no right to ${missing.join(' and to ')}.` }
  try {
    const lost = judgeLostNodes({
      stranded: await findStranded(step.pools, deps, signal),
      policy: { policy: policy.policy, afterMs: policy.afterSeconds * 1000 },
      fleet,
      trackers: { desired, reachable: trackers.length },
      nowMs: deps.clock.now(),
    })
    for (const one of lost) if (one.reason === 'Replacing') await release(one, step, deps, signal)
    return { lost }
  } catch (error) {
    if (!hasStatus(error, 403)) throw error
    return { obstacle: error.message }
  }
}
