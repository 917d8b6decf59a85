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
  /** By the wall; and of the processor, since the machine may be shared. */
  readonly seconds: number
  readonly cpuSeconds?: number
  readonly attacks: readonly Attack[]
  /** One of before lacks what is counted since. */
  readonly honest: Partial<HonestTally>
  readonly withoutContainment: Partial<HonestTally>
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(4))} %`

function minutes(value: number): string {
  if (!Number.isFinite(value)) return '—'
  return value < 100 ? `${value.toPrecision(2)} min` : `${(value / 60).toPrecision(2)} h`
}

/** JSON has no infinity: it reads null. */
const timeOf = (value: number | null | undefined): string => (value === undefined || value === null ? '—' : minutes(value))

const timesOf = (times: { readonly formula: number; readonly measured: number } | undefined): string =>
  times ? `${timeOf(times.measured)} (${timeOf(times.formula)})` : '—'

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
      '99 of 100 within (formula)',
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
      timesOf(one.medianMin),
      timesOf(one.slowMin),
      timeOf(one.medianMin?.counted),
      [...(one.beside ?? []).map(({ what, count }) => `${what}: ${count}`), ...(one.commit ? [`commit ${one.commit}`] : [])].join('; '),
    ]),
  )
}

export function honestTable({ honest, withoutContainment }: AuditReport): string {
  const rowOf = (name: string, of: (tally: Partial<HonestTally>) => number | undefined): (string | number)[][] => {
    const [as, without] = [of(honest), of(withoutContainment)]
    return as === undefined || without === undefined ? [] : [[name, as, without]]
  }
  const row = (name: string, key: Exclude<keyof HonestTally, 'spells'>) => rowOf(name, (tally) => tally[key])
  const spell = (name: string, key: keyof HonestTally['spells']) => rowOf(name, ({ spells }) => spells?.[key])
  return table(
    ['honest providers', 'as it is', 'without containment'],
    [
      row('providers, three days each', 'providers'),
      row('… that were drained and went', 'retired'),
      spell('upgrades, in maintenance', 'upgrade'),
      spell('reboots', 'reboot'),
      spell('cuts from everybody', 'cut-off'),
      spell('cuts from one zone of verifiers', 'zone-cut'),
      spell('times of overload', 'overload'),
      spell('disks that hung', 'hung-disk'),
      row('audits', 'audits'),
      row('… drawn without the beacon', 'withoutBeacon'),
      row('without an answer in time', 'silent'),
      row('rotten when asked', 'rotten'),
      row('contained', 'contained'),
      row('counted as missing for a while', 'missing'),
      row('debited', 'debits'),
      row('suspended', 'suspended'),
      row('expelled', 'expelled'),
      row('**punished**', 'punished'),
    ].flat(),
  )
}
