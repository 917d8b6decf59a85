/**
 * Chance that repeats: xoshiro128** (Blackman, Vigna 2018), its state filled by splitmix32 from the seed's text.
 *
 * Never for keys outside a simulation: whoever knows the seed knows every draw.
 *
 * @module
 */
import { belowOf, exponentialOf, uniformOf } from './draws.ts'
import type { Random } from './random.ts'

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by))

/** FNV-1a over UTF-16 units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

function* splitmix32(seed: number): Generator<number, never> {
  for (let state = seed | 0; ;) {
    state = (state + 0x9e3779b9) | 0
    let word = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
    yield (word ^ (word >>> 15)) >>> 0
  }
}

export class SeededRandom implements Random {
  readonly #seed: string
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(seed: number | string) {
    this.#seed = String(seed)
    const words = splitmix32(hashOf(this.#seed))
    this.#a = words.next().value
    this.#b = words.next().value
    this.#c = words.next().value
    this.#d = hashOf(`${this.#seed}/`) | 1 // a second hash, and never all zero
  }

  /** A stream of its own: what is drawn here or in other forks changes nothing there. */
  fork(name: string): SeededRandom {
    return new SeededRandom(`${this.#seed}/${name}`)
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length)
    for (let at = 0; at < length; at += 4) {
      const word = this.#word()
      for (let i = 0; i < 4 && at + i < length; i++) out[at + i] = word >>> (8 * i)
    }
    return out
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

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability
  }

  /** Uniform in [from, to). */
  between(from: number, to: number): number {
    return from + this.uniform() * (to - from)
  }

  /** One of a list. @throws {RangeError} on an empty list */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  readonly #word = (): number => {
    const result = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9) >>> 0
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = rotate(this.#d, 11)
    return result
  }
}
