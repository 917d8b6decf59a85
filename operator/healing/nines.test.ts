import test from 'ava'
import { estimateNines, MOST_NINES, type Repairing } from './nines.ts'

/** What docs/SCALE.md says of one silent provider of a hundred thousand: 16 s of repair, 21.7 nines. */
const large: Repairing = {
  codes: [{ required: 10, parity: 4 }],
  annualLosses: 0.04,
  lostMs: 60_000,
  rebuildAfterMs: 900_000,
  fullestBytes: 16e9,
  bytesPerSecond: 1e9,
}

const cases: [title: string, change: Partial<Repairing>, nines: number][] = [
  ['as docs/SCALE.md has it', {}, 21],
  ['a hundred times as slow', { bytesPerSecond: 1e7 }, 19],
  // 6 λ · 5 λ W · 4 λ W₀ = 0.24 · 5.8e-6 · 3.9e-7 in a year
  ['the worst of the classes counts', { codes: [...large.codes, { required: 4, parity: 2 }] }, 12],
  // 5 λ · 4 λ W₀ = 5 · 9.6e-6
  ['providers that fail every year', { annualLosses: 1, codes: [{ required: 4, parity: 1 }] }, 4],
  // nothing is ever back: five are gone after (1/14 + 1/13 + 1/12 + 1/11 + 1/10) / λ = 10.6 years
  ['a speed that can never do', { bytesPerSecond: 1 }, 1],
  ['the same, with providers that fail every month', { bytesPerSecond: 1, annualLosses: 12 }, 0],
  ['a code that is never lost', { codes: [{ required: 1, parity: 200 }] }, MOST_NINES],
  ['nothing is stored', { fullestBytes: 0 }, 21],
]
for (const [title, change, nines] of cases) test(`nines: ${title}`, (t) => t.is(estimateNines({ ...large, ...change }), nines))
