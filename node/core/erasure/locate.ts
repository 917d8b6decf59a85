/**
 * Which symbols of one column are wrong, and by how much: syndromes of the dual generalized Reed–Solomon code, Berlekamp–Massey, a
 * search for the roots and Forney's formula. Exact within the bound: what it gives leads to the only code word that near.
 *
 * @module
 */
import { itemAt } from '../model/item.ts'
import { productOfDifferences } from './evaluate.ts'
import { divide, multiply } from './field.ts'

/** No shard has this index, so no point is zero when all are moved by it; moving them changes no code word. */
const SHIFT = 255

export interface SymbolError {
  /** Of the shard. */
  readonly index: number
  /** What to add (`^`) to the symbol to make it right. */
  readonly difference: number
}

/** Finds the errors of columns of the same found shards. */
export class ErrorLocator {
  readonly #found: readonly number[]
  readonly #points: readonly number[]
  readonly #multipliers: readonly number[]
  readonly #redundancy: number

  /** @param found indices of the shards that are there, ascending, at least `required` */
  constructor(required: number, found: readonly number[]) {
    this.#found = found
    this.#points = found.map((index) => index ^ SHIFT)
    this.#multipliers = this.#points.map((point) => divide(1, productOfDifferences(point, this.#points)))
    this.#redundancy = found.length - required
  }

  /**
   * At most ⌊(found − k) / 2⌋ errors that make a code word of the column; undefined where there is none so near.
   * @param column one symbol for each found shard, in order
   */
  locate(column: readonly number[]): SymbolError[] | undefined {
    const syndromes = this.#syndromes(column)
    const locator = shortestRegister(syndromes)
    const errors = locator.length - 1
    if (errors > this.#redundancy >> 1 || locator[errors] === 0) return undefined
    const evaluator = Array.from({ length: errors }, (_, degree) => productCoefficient(syndromes, locator, degree))
    const located: SymbolError[] = []
    for (const [i, point] of this.#points.entries()) {
      const inverse = divide(1, point)
      if (valueAt(locator, inverse) !== 0) continue
      const scaled = divide(multiply(point, valueAt(evaluator, inverse)), derivativeAt(locator, inverse))
      located.push({ index: itemAt(this.#found, i), difference: divide(scaled, itemAt(this.#multipliers, i)) })
    }
    return located.length === errors ? located : undefined
  }

  #syndromes(column: readonly number[]): number[] {
    const syndromes = Array.from({ length: this.#redundancy }, () => 0)
    for (const [i, point] of this.#points.entries()) {
      let term = multiply(itemAt(column, i), itemAt(this.#multipliers, i))
      for (let power = 0; power < syndromes.length; power++) {
        syndromes[power] = itemAt(syndromes, power) ^ term
        term = multiply(term, point)
      }
    }
    return syndromes
  }
}

/** Berlekamp–Massey: the shortest recurrence of the syndromes as a polynomial Λ with Λ(0) = 1, as long as its order + 1. */
function shortestRegister(syndromes: readonly number[]): number[] {
  let current = [1]
  let previous = [1]
  let order = 0
  let gap = 1
  let previousDiscrepancy = 1
  for (let step = 0; step < syndromes.length; step++, gap++) {
    const discrepancy = productCoefficient(syndromes, current, step)
    if (discrepancy === 0) continue
    const next = current.slice()
    const factor = divide(discrepancy, previousDiscrepancy)
    for (const [degree, term] of previous.entries()) next[degree + gap] = (next[degree + gap] ?? 0) ^ multiply(factor, term)
    for (let degree = 0; degree < next.length; degree++) next[degree] ??= 0
    if (2 * order <= step) {
      order = step + 1 - order
      previous = current
      previousDiscrepancy = discrepancy
      gap = 0
    }
    current = next
  }
  return Array.from({ length: order + 1 }, (_, degree) => current[degree] ?? 0)
}

/** The coefficient of z^degree in S(z) · Λ(z). */
function productCoefficient(syndromes: readonly number[], polynomial: readonly number[], degree: number): number {
  let sum = 0
  for (let i = 0; i <= degree && i < polynomial.length; i++) sum ^= multiply(itemAt(polynomial, i), itemAt(syndromes, degree - i))
  return sum
}

const valueAt = (polynomial: readonly number[], x: number): number =>
  polynomial.reduceRight((value, coefficient) => multiply(value, x) ^ coefficient, 0)

/** In characteristic 2 only odd powers are left. */
function derivativeAt(polynomial: readonly number[], x: number): number {
  const squared = multiply(x, x)
  let value = 0
  for (let degree = (polynomial.length - 2) | 1; degree > 0; degree -= 2) value = multiply(value, squared) ^ (polynomial[degree] ?? 0)
  return value
}
