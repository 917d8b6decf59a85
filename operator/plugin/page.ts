/**
 * A summary as a page. The first line is the answer; all else is why. Pure.
 *
 * @module
 */
import { objectiveLines } from './objective.ts'
import type { Summary } from './summary.ts'

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)), [])
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

const section = (title: string, lines: readonly string[], none: string): string[] => [
  `${title}:`,
  ...(lines.length === 0 ? [none] : lines).map((line) => `  ${line}`),
  '',
]

const rank = (margin: string): number => Number(margin)

export function page(summary: Summary): string {
  const { namespace, network, verdict, headline, wrong, doing, you, unwatched, pools, warnings } = summary
  const { capacity, used, setsByMargin, setsLost, verifiers } = summary
  const margins = Object.entries(setsByMargin)
    .toSorted(([a], [b]) => rank(a) - rank(b))
    .map(([margin, sets]) => `${sets} with ${margin} to spare`)
  const lines = [
    headline,
    `Network ${network} in namespace ${namespace}. ${used ?? '?'} of ${capacity ?? '?'} used.`,
    '',
    ...(verdict === 'healthy' && wrong.length === 0 ? [] : section('What is wrong', wrong, 'Nothing that is known.')),
    ...section('What is being done', doing, 'Nothing is under way.'),
    ...section('What you should do', you, 'Nothing.'),
    ...(unwatched.length === 0 ? [] : section('Not watched', unwatched, '')),
    ...section('Sets', [...(setsLost > 0 ? [`${setsLost} lost`] : []), ...margins], 'None are stored.'),
    ...section('Objective of repair', objectiveLines(summary.objective), 'The spec of the network cannot be read.'),
    ...(verifiers === null ? [] : [`Verifiers: ${verifiers.known} known to trackers, ${verifiers.silent} silent.`, '']),
    ...table([
      ['POOL', 'KIND', 'READY', 'STATE'],
      ...pools.map(({ name, kind, ready, wanted, reason }) => [name, kind, `${ready}/${wanted}`, reason]),
    ]),
    ...(warnings.length === 0 ? [] : ['', 'Newest warnings:']),
    ...warnings.map(({ time, object, reason, message }) => `  ${time} ${object} ${reason}: ${message}`),
  ]
  return `${lines.join('\n')}\n`
}
