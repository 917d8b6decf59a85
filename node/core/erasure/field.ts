/**
 * The field GF(2^8) with polynomial 0x11D (x^8 + x^4 + x^3 + x^2 + 1) and generator 2, by tables. Addition is `^`. Not constant in
 * time: it sees ciphertext only.
 *
 * @module
 */
const ORDER = 255
/** Twice over, so that sums of two logarithms need no reduction. */
const POWERS = new Uint8Array(2 * ORDER)
const LOGARITHMS = new Uint16Array(256)

for (let exponent = 0, power = 1; exponent < ORDER; exponent++) {
  POWERS[exponent] = POWERS[exponent + ORDER] = power
  LOGARITHMS[power] = exponent
  power = (power << 1) ^ (power & 0x80 ? 0x11d : 0)
}

export function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : (POWERS[(LOGARITHMS[a] ?? 0) + (LOGARITHMS[b] ?? 0)] ?? 0)
}

/** `a / b`. @throws {RangeError} a programmer error: b is zero */
export function divide(a: number, b: number): number {
  if (b === 0) throw new RangeError('division by zero')
  return a === 0 ? 0 : (POWERS[(LOGARITHMS[a] ?? 0) + ORDER - (LOGARITHMS[b] ?? 0)] ?? 0)
}
