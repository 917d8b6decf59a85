/**
 * Which seeds to run: `SEED=7` replays one; `SEEDS=1000 FIRST_SEED=500` sweeps many.
 *
 * @module
 */
const DEFAULT_SEEDS = 100

/** @throws {RangeError} on anything but a natural number */
function natural(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`${name} must be a natural number, not ${JSON.stringify(text)}`)
  return Number(text)
}

export function seedsOf(env: Readonly<Record<string, string | undefined>>): number[] {
  const { SEED, SEEDS, FIRST_SEED } = env
  if (SEED) return [natural('SEED', SEED)]
  const first = natural('FIRST_SEED', FIRST_SEED || '0')
  return Array.from({ length: natural('SEEDS', SEEDS || String(DEFAULT_SEEDS)) }, (_, i) => first + i)
}
