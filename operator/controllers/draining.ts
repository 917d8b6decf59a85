/**
 * The condition `Draining` of a pool: which pods are being drained before they are removed, how much is left, and for how long. Pure.
 *
 * @module
 */
import { isDrained, type Leaving, type Shrink } from '../healing/index.ts'
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

const NOT_ASKED: Statement = { type: 'Draining', status: 'False', reason: 'NotAsked', message: 'No pod is being drained.' }

/** Pods are to go, nothing speaks against it, and of those that remain no tracker has heard yet. */
const isWaiting = ({ wanted, needed, refusal }: Shrink): boolean => needed > wanted && refusal === undefined

const UNKNOWN: Statement = {
  type: 'Draining',
  status: 'True',
  reason: 'NotHeardOf',
  message: 'No tracker has heard yet of the pods that are to go: what they hold is not known.',
}

/** How far the tracker has come that goes next. */
function leaving({ trackerShrink }: PoolSight): Statement[] {
  if (trackerShrink === undefined || trackerShrink.refusal !== undefined) return [NOT_ASKED]
  const { leave } = trackerShrink
  if (leave !== undefined) return [{ type: 'Draining', status: 'True', reason: leave.reason, message: leave.message }]
  const message = 'A tracker of another pool goes first.'
  return [{ type: 'Draining', status: 'True', reason: 'WaitingForTurn', message }]
}

export function draining(sight: PoolSight): Statement[] {
  const { pool, shrink } = sight
  if (pool.component === 'tracker') return leaving(sight)
  const going = shrink?.leaving ?? []
  if (going.length === 0) return [shrink !== undefined && isWaiting(shrink) ? UNKNOWN : NOT_ASKED]
  const named = going.slice(0, NAMED).map(describe).join('; ')
  const more = going.length > NAMED ? `; and ${going.length - NAMED} more` : ''
  const etas = going.flatMap(({ drain }) => drain?.etaMs ?? [])
  const eta = etas.length === 0 ? '' : ` About ${Math.ceil(Math.max(...etas) / 1000)} s at the measured rate.`
  return [{ type: 'Draining', status: 'True', reason: reasonOf(going), message: `${named}${more}.${eta}` }]
}
