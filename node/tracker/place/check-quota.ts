/**
 * What a network may take, whatever room its providers have.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Fleet } from '../fleet/index.ts'

/** Of a set that is being placed: what counts against the quota until providers have promised its room. */
export interface Admitted extends Disposable {
  /** A provider has promised room for so many of its bytes: from now on the fleet counts them. */
  promised(bytes: number): void
}

export class NetworkQuota {
  readonly #fleet: Pick<Fleet, 'takenBytes'>
  /** Bytes that were admitted, and that no provider has promised yet. */
  #openBytes = 0

  constructor(fleet: Pick<Fleet, 'takenBytes'>) {
    this.#fleet = fleet
  }

  /**
   * New shards; repairs and what is stored already are not asked. Trackers promise side by side, each counting what it promised itself
   * and what providers told with their last heartbeats: the quota may be exceeded by what others promised since.
   * @param bytes of the shards to place, counted until they are promised or the placement is disposed of
   * @param quotaBytes infinite: none
   * @throws {LunarError} NO_ROOM
   */
  admit(bytes: number, quotaBytes: number): Admitted {
    if (bytes > 0 && quotaBytes !== Number.POSITIVE_INFINITY) this.#assertFits(bytes, quotaBytes)
    let openBytes = bytes
    this.#openBytes += openBytes
    const close = (closedBytes: number): void => {
      openBytes -= closedBytes
      this.#openBytes -= closedBytes
    }
    return { promised: close, [Symbol.dispose]: () => close(openBytes) }
  }

  #assertFits(bytes: number, quotaBytes: number): void {
    const takenBytes = this.#fleet.takenBytes + this.#openBytes
    if (takenBytes + bytes <= quotaBytes) return
    throw new LunarError('NO_ROOM', 'the network has used up its quota', {
      detail: { reason: 'quota', quotaBytes, takenBytes, wantedBytes: bytes },
    })
  }
}
