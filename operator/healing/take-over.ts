/**
 * Whether a provider has rows to take over before it has all that lies with it in the epoch in force. Pure.
 *
 * One that was left out for lacking rows has nothing to take over, and may not even be able to note the epoch: nobody waits for it.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { SeenProvider } from './fleet.ts'

/** In force. */
export interface RowEpoch {
  readonly number: number
  /** Unset: not known. */
  readonly members?: readonly PeerId[] | undefined
}

export function hasRowsToTakeOver(
  { peer, state, declaredLost, services, mergedEpoch, lacksRows }: SeenProvider,
  { number, members }: RowEpoch,
): boolean {
  const isLeftOut = lacksRows !== undefined && members?.includes(peer) === false
  return state === 'alive' && !declaredLost && services.includes('index') && mergedEpoch < number && !isLeftOut
}
