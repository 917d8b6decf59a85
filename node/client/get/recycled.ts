/**
 * Memory of shards that were read, for the next ones: fresh memory is zeroed and mapped page by page, which costs more than decrypting
 * into it. Of one read of an object; what it keeps goes with it.
 *
 * Never hands out memory that somebody may still write to: whoever is not sure does not give it back.
 *
 * @module
 */

/** Buffers kept: of a set that is read and one that is gathered. */
const MAX_KEPT = 2 * 255

export class Recycled {
  #kept: Uint8Array[] = []

  /** With whatever was in it. */
  take(sizeBytes: number): Uint8Array {
    const fits = this.#kept.findIndex(({ length }) => length === sizeBytes)
    const [kept] = fits < 0 ? [] : this.#kept.splice(fits, 1)
    if (kept) return kept
    this.#kept = [] // a set of another size: the last of the object, mostly
    return new Uint8Array(sizeBytes)
  }

  give(buffers: Iterable<Uint8Array>): void {
    for (const buffer of buffers) if (this.#kept.length < MAX_KEPT) this.#kept.push(buffer)
  }
}
