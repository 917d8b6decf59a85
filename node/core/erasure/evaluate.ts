/**
 * The matrix of the code, without a matrix inversion: row r of the Vandermonde matrix is (r^0, r^1, …), so a code word is the values at
 * 0, 1, 2, … of a polynomial of degree < k, and shard `w` follows from the k shards of a basis by Lagrange interpolation.
 *
 * @module
 */
import { itemAt } from '../model/item.ts'
import { divide, multiply } from './field.ts'

/**
 * How the shards at `wanted` are made of those at `basis`: row by row of `wanted`, one coefficient for each of `basis`.
 * @param basis k distinct indices
 */
export function coefficients(basis: readonly number[], wanted: readonly number[]): Uint8Array {
  const weights = basis.map((at) => divide(1, productOfDifferences(at, basis)))
  const rows = new Uint8Array(wanted.length * basis.length)
  for (const [row, at] of wanted.entries()) {
    const known = basis.indexOf(at)
    if (known >= 0) {
      rows[row * basis.length + known] = 1
      continue
    }
    const product = productOfDifferences(at, basis)
    for (const [column, base] of basis.entries())
      rows[row * basis.length + column] = divide(multiply(product, itemAt(weights, column)), at ^ base)
  }
  return rows
}

/** Π (at − x) over all x of `points` other than `at`. */
export function productOfDifferences(at: number, points: readonly number[]): number {
  return points.reduce((product, x) => (x === at ? product : multiply(product, at ^ x)), 1)
}
