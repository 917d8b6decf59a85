/**
 * Bytes as Kubernetes writes them.
 *
 * @module
 */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
}

/** `2Gi`, `0.5` → the number; decimal fractions and exponents as the API server normalises them. Undefined: it is none. */
export function amountOf(quantity: string): number | undefined {
  const [, number, unit = ''] = /^([0-9]+(?:\.[0-9]+)?(?:e[0-9]+)?)([kMGTP]|[KMGTP]i)?$/.exec(quantity) ?? []
  const factor = UNITS[unit]
  return number === undefined || factor === undefined ? undefined : Number(number) * factor
}

/** `2Gi` → bytes, whole. @throws {RangeError} on anything else */
export function bytesOf(quantity: string): number {
  const amount = amountOf(quantity)
  if (amount === undefined) throw new RangeError(`not a quantity of bytes: ${quantity}`)
  return Math.floor(amount)
}

/** Three significant digits in the largest unit that keeps the number at 1 or more. */
export function quantityOf(bytes: number): string {
  const unit = (['Pi', 'Ti', 'Gi', 'Mi', 'Ki'] as const).find((name) => bytes >= (UNITS[name] ?? 1))
  return unit === undefined ? String(bytes) : `${Number((bytes / (UNITS[unit] ?? 1)).toPrecision(3))}${unit}`
}

/** Two significant digits: a status must not change with every object. Counts below 100 are exact. */
export const roundCount = (count: number): number => (count < 100 ? count : Number(count.toPrecision(2)))
