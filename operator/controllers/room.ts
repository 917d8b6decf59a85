/**
 * What a network can hold, and what of it is taken.
 *
 * @module
 */
import type { LunarNetworkSpec } from '../api/index.ts'
import type { Fleet } from '../healing/index.ts'
import { bytesOf } from './quantity.ts'

export interface Room {
  /** Of the providers that are alive, or its quota if that is less. */
  readonly capacityBytes: number
  readonly usedBytes: number
}

export function roomOf({ providers }: Pick<Fleet, 'providers'>, quota: LunarNetworkSpec['quota']): Room {
  const alive = providers.filter(({ state, declaredLost }) => state === 'alive' && !declaredLost)
  const room = alive.reduce((sum, { capacityBytes }) => sum + capacityBytes, 0)
  return {
    capacityBytes: quota === undefined ? room : Math.min(room, bytesOf(quota.storage)),
    usedBytes: alive.reduce((sum, { usedBytes }) => sum + usedBytes, 0),
  }
}
