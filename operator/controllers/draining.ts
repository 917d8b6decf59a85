/**
 * The condition `Draining` of a pool: which pods are being drained before they are removed, how much is left, and for how long. Pure.
 *
 * @module
 */
import { isDrained, type Leaving } from '../healing/index.ts'
import type { Statement } from '../kube/index.ts'
import type { PoolSight } from './pool-status.ts'
import { quantityOf } from './quantity.ts'

/** Pods that are named; the others are counted. */
const NAMED = 5

function describe({ name, drain }: Leaving): string {
  if (drain === null) return `${name}: about to be drained`
  if (drain.isDrained) return `${name}: drained`
  if (drain.shards > 0) return `${name}: ${drain.shards} shards (${quantityOf(drain.bytes)}) left`
  return drain.rowsMoved ? `${name}: what was reserved with it is waited for` : `${name}: rows are being taken over by others`
}

function reasonOf(leaving: readonly Leaving[]): string {
  if (leaving.every(isDrained)) return 'RemovingPods'
  return leaving.some(({ drain }) => drain === null || drain.shards > 0) ? 'MovingShards' : 'HandingOver'
}

/** Only of providers. */
export function draining({ pool, shrink }: PoolSight): Statement[] {
  if (pool.component === 'tracker') return []
  const leaving = shrink?.leaving ?? []
  if (leaving.length === 0) return [{ type: 'Draining', status: 'False', reason: 'NotAsked', message: 'No pod is being drained.' }]
  const named = leaving.slice(0, NAMED).map(describe).join('; ')
  const more = leaving.length > NAMED ? `; and ${leaving.length - NAMED} more` : ''
  const etas = leaving.flatMap(({ drain }) => drain?.etaMs ?? [])
  const eta = etas.length === 0 ? '' : ` About ${Math.ceil(Math.max(...etas) / 1000)} s at the measured rate.`
  return [{ type: 'Draining', status: 'True', reason: reasonOf(leaving), message: `${named}${more}.${eta}` }]
}
