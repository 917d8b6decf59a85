/**
 * What was last seen of each network's fleet, so that pools need not ask the trackers again. In memory only: seen anew after a start.
 *
 * @module
 */
import type { Fleet } from '../healing/index.ts'

export class Observatory {
  readonly #fleets = new Map<string, Fleet>()
  readonly #writtenMs = new Map<string, number>()

  /** Undefined: no tracker of the network answers. */
  fleet(network: string): Fleet | undefined {
    return this.#fleets.get(network)
  }

  see(network: string, fleet: Fleet | undefined): void {
    if (fleet === undefined) this.#fleets.delete(network)
    else this.#fleets.set(network, fleet)
  }

  /** When the status of this object was last written (Clock.elapsed). */
  writtenMs(uid: string): number | undefined {
    return this.#writtenMs.get(uid)
  }

  wrote(uid: string, nowMs: number): void {
    this.#writtenMs.set(uid, nowMs)
  }

  /** The object is gone. */
  forget(uid: string): void {
    this.#writtenMs.delete(uid)
  }
}
