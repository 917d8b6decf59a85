/**
 * Whether this provider is being drained: then it holds room for nothing new, so that what is left on it can only shrink.
 *
 * Trackers say so with every answer to a heartbeat, and the newest order counts that a majority of them has: one that lies or is
 * broken cannot keep a provider from serving, nor outrun the others for ever. In memory only: after a start it is heard again, and the
 * next heartbeat says which order is obeyed.
 *
 * @module
 */
import { agreedOrder } from '@lunarx/core/membership'
import { LunarError } from '@lunarx/core/model'
import { NO_DRAIN, type DrainOrder } from '@lunarx/wire'

export class Draining {
  readonly #trackers: number
  readonly #byTracker = new Map<string, DrainOrder>()
  #order: DrainOrder = NO_DRAIN

  /** @param trackers of the network, heard or not */
  constructor(trackers: number) {
    this.#trackers = trackers
  }

  get order(): DrainOrder {
    return this.#order
  }

  /** @param tracker whose word it is: its place in the configuration */
  hear(tracker: string, order: DrainOrder): void {
    this.#byTracker.set(tracker, order)
    const agreed = agreedOrder([...this.#byTracker.values()], this.#trackers)
    if (agreed && agreed.revision > this.#order.revision) this.#order = agreed
  }

  /** @throws {LunarError} DRAINING */
  refuseWhenDraining(): void {
    if (this.#order.isDraining) throw new LunarError('DRAINING', 'the provider is being drained')
  }
}
