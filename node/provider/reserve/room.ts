/**
 * What a provider may hold, kept in step with the world: the limit that is set or the size of the claim, what the volume has left, and
 * the room that is kept for the day when it is full.
 *
 * @module
 */
import type { Metrics } from '@lunarx/runtime/metrics'
import type { Tasks } from '@lunarx/runtime/tasks'
import { PROVIDER_LIMITS } from '../limits.ts'
import type { Ballast } from './ballast.ts'
import type { Capacity } from './capacity.ts'
import type { Draining } from './draining.ts'
import type { Reservations } from './reservations.ts'

export interface RoomDeps {
  readonly capacity: Capacity
  readonly reservations: Reservations
  readonly ballast: Ballast
  readonly draining: Draining
  /** Bytes that shards may still take of the volume or backend. */
  readonly freeBytes: () => Promise<number>
  /** Bytes of shards to hold at most, as of now. */
  readonly limitBytes: () => Promise<number>
  readonly metrics: Metrics
  readonly tasks: Tasks
}

/** Looks after the room for as long as `tasks` run. */
export function keepRoom({ capacity, reservations, ballast, draining, freeBytes, limitBytes, metrics, tasks }: RoomDeps): void {
  const gauge = metrics.gauge('lunarx_provider_bytes', 'Bytes of shards: capacity, used, reserved', ['kind'])
  const live = metrics.gauge('lunarx_provider_reservations', 'Reservations that are live')
  const look = async (): Promise<void> => {
    await ballast.tend()
    capacity.noteSpare((await freeBytes()) - reservations.outstandingBytes)
    await reservations.expire(draining.order.isDraining ? PROVIDER_LIMITS.drainIdleMs : undefined)
    gauge.set(capacity.capacityBytes, { kind: 'capacity' })
    gauge.set(capacity.usedBytes, { kind: 'used' })
    gauge.set(capacity.reservedBytes, { kind: 'reserved' })
    live.set(reservations.count)
  }
  tasks.repeat('keep room', () => PROVIDER_LIMITS.expiryPauseMs, look)
  tasks.repeat(
    'look at the claim',
    () => PROVIDER_LIMITS.claimPauseMs,
    async () => capacity.resize(await limitBytes()),
  )
}
