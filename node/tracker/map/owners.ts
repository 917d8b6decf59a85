/**
 * Owners by number: a network has far fewer of them than sets. One that owns nothing any more is forgotten.
 *
 * @module
 */
import { hexOf } from '@lunarx/core/model'
import { Rows } from './columns.ts'

interface Owner {
  readonly number: number
  readonly key: Uint8Array
  readonly hex: string
  sets: number
}

export class Owners {
  readonly #rows = new Rows(1)
  readonly #byKey = new Map<string, Owner>()
  readonly #byNumber = new Map<number, Owner>()

  /** Counts one set more. @returns the owner's number */
  take(key: Uint8Array): number {
    const hex = hexOf(key)
    const owner = this.#byKey.get(hex) ?? this.#add({ number: this.#rows.take(), key: key.slice(), hex, sets: 0 })
    owner.sets++
    return owner.number
  }

  /** One set less. */
  giveBack(number: number): void {
    const owner = this.#byNumber.get(number)
    if (!owner || --owner.sets > 0) return
    this.#byNumber.delete(number)
    this.#byKey.delete(owner.hex)
    this.#rows.giveBack(number)
  }

  /** Undefined: it owns nothing. */
  find(key: Uint8Array): number | undefined {
    return this.#byKey.get(hexOf(key))?.number
  }

  /** A copy of the owner's key; no bytes for a number that is nobody's. */
  get(number: number): Uint8Array {
    return this.#byNumber.get(number)?.key.slice() ?? new Uint8Array()
  }

  has(key: Uint8Array): boolean {
    return this.#byKey.has(hexOf(key))
  }

  #add(owner: Owner): Owner {
    this.#byKey.set(owner.hex, owner)
    this.#byNumber.set(owner.number, owner)
    return owner
  }
}
