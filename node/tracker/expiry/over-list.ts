/**
 * The leases that are over, in the order in which this tracker found that, to be told to providers from where they were told before.
 * In memory, and begun anew with every start.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import { bytesOfHex, hexOf } from '@lunarx/core/model'
import type { Random } from '@lunarx/runtime/random'
import { OVER_TOLD, type OverPlace } from '@lunarx/wire'
import type { OwnerLeases } from './owner-leases.ts'

export class OverList {
  readonly #leases: OwnerLeases
  readonly #random: Pick<Random, 'bytes'>
  #name: string
  #owners: Uint8Array[] = []
  readonly #listed = new Set<string>()

  constructor(leases: OwnerLeases, random: Pick<Random, 'bytes'>) {
    this.#leases = leases
    this.#random = random
    this.#name = hexOf(random.bytes(8))
  }

  /** How many owners are over. */
  get size(): number {
    return this.#listed.size
  }

  /** Lists what has ended since the last look, and strikes out what was renewed. */
  look(): void {
    for (const { owner } of this.#leases.all) {
      const hex = hexOf(owner)
      if (!this.#leases.isOver(owner)) this.#listed.delete(hex)
      else if (!this.#listed.has(hex)) {
        this.#listed.add(hex)
        this.#owners.push(owner)
      }
    }
    if (this.#owners.length > 2 * this.#listed.size + OVER_TOLD) this.#beginAnew()
  }

  /** Those behind a place, as many as one answer tells of, and the place behind them. */
  behind(place: OverPlace | null): { readonly over: SignedDocument[]; readonly overUntil: OverPlace } {
    const from = place?.list === this.#name ? place.at : 0
    const told = this.#owners.slice(from, from + OVER_TOLD)
    const over = told.flatMap((owner) => (this.#leases.isOver(owner) ? (this.#leases.of(owner)?.document ?? []) : []))
    return { over, overUntil: { list: this.#name, at: Math.min(from, this.#owners.length) + told.length } }
  }

  /** Owners that let their leases run out and renewed them, again and again, do not make it grow. */
  #beginAnew(): void {
    this.#name = hexOf(this.#random.bytes(8))
    this.#owners = [...this.#listed].map(bytesOfHex)
  }
}
