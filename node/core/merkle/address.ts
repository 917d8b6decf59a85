/**
 * The address of a shard: its Merkle root. All that a provider, a repairer or a verifier needs to know that bytes are right.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { LIMITS } from '../model/limits.ts'
import { hashLeaf, hashRoot, hashTree } from './tree.ts'

/** The address of these bytes, 32 bytes. */
export function address(bytes: Uint8Array, crypto: CryptoEngine): Uint8Array {
  return new AddressHasher(crypto).update(bytes).digest()
}

/** The same for bytes that come in pieces of any length. Keeps one leaf, and 32 bytes per leaf seen. */
export class AddressHasher {
  readonly #crypto: CryptoEngine
  readonly #leaf = new Uint8Array(LIMITS.leafBytes)
  readonly #hashes: Uint8Array[] = []
  #leafFill = 0
  #sizeBytes = 0

  constructor(crypto: CryptoEngine) {
    this.#crypto = crypto
  }

  /** Bytes seen so far. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  update(bytes: Uint8Array): this {
    this.#sizeBytes += bytes.length
    let at = this.#fill(bytes)
    for (; at + LIMITS.leafBytes <= bytes.length; at += LIMITS.leafBytes) this.#push(bytes.subarray(at, at + LIMITS.leafBytes))
    this.#leaf.set(bytes.subarray(at), this.#leafFill)
    this.#leafFill += bytes.length - at
    return this
  }

  /** Hashes of all leaves so far, a last short one included: what `provePath` takes. */
  leafHashes(): Uint8Array[] {
    const hasRest = this.#leafFill > 0 || this.#hashes.length === 0
    return hasRest ? [...this.#hashes, hashLeaf(this.#leaf.subarray(0, this.#leafFill), this.#crypto)] : [...this.#hashes]
  }

  /** The address of the bytes so far; more may follow. */
  digest(): Uint8Array {
    const hashes = this.leafHashes()
    return hashRoot(this.#sizeBytes, hashTree(hashes, 0, hashes.length, this.#crypto), this.#crypto)
  }

  /** Completes a leaf begun before; returns how many of `bytes` it took. */
  #fill(bytes: Uint8Array): number {
    if (this.#leafFill === 0) return 0
    const taken = Math.min(bytes.length, LIMITS.leafBytes - this.#leafFill)
    this.#leaf.set(bytes.subarray(0, taken), this.#leafFill)
    this.#leafFill += taken
    if (this.#leafFill === LIMITS.leafBytes) {
      this.#push(this.#leaf)
      this.#leafFill = 0
    }
    return taken
  }

  #push(leaf: Uint8Array): void {
    this.#hashes.push(hashLeaf(leaf, this.#crypto))
  }
}
