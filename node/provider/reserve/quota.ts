/**
 * What one peer, and one owner, may have reserved at a time: so that nobody takes all the room of a provider by promises alone.
 *
 * Counts what is reserved, not what is stored: that is the owner's, as long as there is room. Pure bookkeeping.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { hexOf, LunarError } from '@lunarx/core/model'
import { PROVIDER_LIMITS } from '../limits.ts'

export interface QuotaConfig {
  /** Live reservations and their bytes of one client. */
  readonly peerReservations: number
  readonly peerBytes: number
  /** Of one owner, whatever its clients. */
  readonly ownerReservations: number
  readonly ownerBytes: number
}

/** What is left out has its default. */
export type StatedQuota = { readonly [Field in keyof QuotaConfig]?: number | undefined }

/** Who a reservation is for. */
export interface Party {
  readonly peer: PeerId
  /** Key of the owner. */
  readonly owner: Uint8Array
}

/** Unless something else is stated: a quarter of the capacity for a peer, half of it for an owner, a GiB at least. */
export function quotaOf(stated: StatedQuota, capacityBytes: number): QuotaConfig {
  const share = (part: number): number => Math.max(PROVIDER_LIMITS.quotaLeastBytes, Math.floor(capacityBytes * part))
  return {
    peerReservations: stated.peerReservations ?? PROVIDER_LIMITS.peerReservations,
    peerBytes: stated.peerBytes ?? share(0.25),
    ownerReservations: stated.ownerReservations ?? PROVIDER_LIMITS.ownerReservations,
    ownerBytes: stated.ownerBytes ?? share(0.5),
  }
}

interface Taken {
  reservations: number
  bytes: number
}

export class Quota {
  readonly #config: () => QuotaConfig
  readonly #taken = new Map<string, Taken>()

  /** @param config asked at every reservation: the capacity may have changed */
  constructor(config: () => QuotaConfig) {
    this.#config = config
  }

  /** @throws {LunarError} QUOTA_EXCEEDED: then nothing is taken */
  take(party: Party, bytes: number): void {
    const config = this.#config()
    this.#check('peer', this.#of(party.peer), bytes, config.peerReservations, config.peerBytes)
    this.#check('owner', this.#of(hexOf(party.owner)), bytes, config.ownerReservations, config.ownerBytes)
    this.restore(party, bytes)
  }

  /** What was taken before a restart is taken, whether it fits or not. */
  restore(party: Party, bytes: number): void {
    for (const name of [party.peer, hexOf(party.owner)]) {
      const { reservations, bytes: before } = this.#of(name)
      this.#taken.set(name, { reservations: reservations + 1, bytes: before + bytes })
    }
  }

  give(party: Party, bytes: number): void {
    for (const name of [party.peer, hexOf(party.owner)]) {
      const { reservations, bytes: before } = this.#of(name)
      if (reservations > 1) this.#taken.set(name, { reservations: reservations - 1, bytes: before - bytes })
      else this.#taken.delete(name)
    }
  }

  /** Peers and owners that have something reserved. */
  get parties(): number {
    return this.#taken.size
  }

  #of(name: string): Taken {
    return this.#taken.get(name) ?? { reservations: 0, bytes: 0 }
  }

  #check(whose: 'peer' | 'owner', taken: Taken, bytes: number, maxReservations: number, maxBytes: number): void {
    if (taken.reservations < maxReservations && taken.bytes + bytes <= maxBytes) return
    throw new LunarError('QUOTA_EXCEEDED', `the ${whose} has as much reserved as it may`, {
      detail: { whose, reservations: taken.reservations, bytes: taken.bytes, maxReservations, maxBytes },
    })
  }
}
