/**
 * The report of a full run: `test/audits/report.json`, and the tables of docs/AUDIT-MODEL.md that are made of it.
 *
 * @module
 */
import type { HonestTally } from './honest.ts'
import type { Attack } from './measure.ts'
import { table } from '../../hack/generate/table.ts'

export interface AuditReport {
  /** Of the tree that was measured; `+`: it had other changes. */
  readonly commit: string
  /** ISO 8601, UTC, day. */
  readonly date: string
  readonly seconds: number
  readonly attacks: readonly Attack[]
  readonly honest: HonestTally
  readonly withoutContainment: HonestTally
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(4))} %`

function minutes(value: number): string {
  if (!Number.isFinite(value)) return '—'
  return value < 100 ? `${value.toPrecision(2)} min` : `${(value / 60).toPrecision(2)} h`
}

/** JSON has no infinity: it reads null. */
const timeOf = (value: number | null | undefined): string => (value === undefined || value === null ? '—' : minutes(value))

/** Attack | formula | measured. */
export function attackTable({ attacks }: AuditReport): string {
  return table(
    [
      'attack',
      'white paper 4.4',
      'counted',
      'formula',
      'by formula',
      'measured',
      'trials',
      'median time to find (formula)',
      'counts as missing',
      'beside',
    ],
    attacks.map((one) => [
      one.attack,
      one.paper,
      one.counted,
      one.formula,
      percent(one.expected),
      percent(one.measured),
      one.trials,
      one.medianMin ? `${timeOf(one.medianMin.measured)} (${timeOf(one.medianMin.formula)})` : '—',
      timeOf(one.medianMin?.counted),
      one.note ?? '',
    ]),
  )
}

export function honestTable({ honest, withoutContainment }: AuditReport): string {
  const row = (name: string, key: keyof HonestTally): (string | number)[] => [name, honest[key], withoutContainment[key]]
  return table(
    ['honest providers', 'as it is', 'without containment'],
    [
      row('providers, three days each', 'providers'),
      row('audits', 'audits'),
      row('without an answer in time', 'silent'),
      row('rotten when asked', 'rotten'),
      row('contained', 'contained'),
      row('counted as missing for a while', 'missing'),
      row('debited', 'debits'),
      row('suspended', 'suspended'),
      row('expelled', 'expelled'),
      row('**punished**', 'punished'),
    ],
  )
}
