/**
 * Whether this provider is being drained: then it holds room for nothing new, so that what is left on it can only shrink.
 *
 * Trackers say so with every answer to a heartbeat, and the newest order of any of them counts. In memory only: after a start it is
 * heard again, and the next heartbeat says which order is obeyed.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import { NO_DRAIN, type DrainOrder } from '@lunarx/wire'

export class Draining {
  #order: DrainOrder = NO_DRAIN

  get order(): DrainOrder {
    return this.#order
  }

  obey(order: DrainOrder): void {
    if (order.revision > this.#order.revision) this.#order = order
  }

  /** @throws {LunarError} DRAINING */
  refuseWhenDraining(): void {
    if (this.#order.isDraining) throw new LunarError('DRAINING', 'the provider is being drained')
  }
}
