/**
 * Cryptographically secure chance from the operating system.
 *
 * @module
 */
import { randomFillSync } from 'node:crypto'
import { belowOf, exponentialOf, uniformOf } from './draws.ts'
import type { Random } from './random.ts'

/** Words drawn at once for numbers: a call to the system costs more than the words. */
const POOL_WORDS = 1024

export class SystemRandom implements Random {
  readonly #pool = new Uint32Array(POOL_WORDS)
  #used = POOL_WORDS
  readonly #word = (): number => {
    if (this.#used === POOL_WORDS) {
      randomFillSync(this.#pool)
      this.#used = 0
    }
    return this.#pool[this.#used++] ?? 0
  }

  bytes(length: number): Uint8Array {
    return randomFillSync(new Uint8Array(length))
  }

  uniform(): number {
    return uniformOf(this.#word)
  }

  below(bound: number): number {
    return belowOf(this.#word, bound)
  }

  exponential(mean: number): number {
    return exponentialOf(this.#word, mean)
  }
}
