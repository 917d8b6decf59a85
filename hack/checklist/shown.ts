/**
 * Whether the tests that a checklist names are there: files whose text has tests and the named part of a title.
 *
 * @module
 */
import type { Line } from './lines.ts'

export interface Shown {
  readonly file: string
  readonly title: string
}

/** @throws {Error} it is not `path: title` */
export function shownOf(reference: string): Shown {
  const at = reference.indexOf(': ')
  if (at < 0) throw new Error(`not PATH: TITLE: ${reference}`)
  return { file: reference.slice(0, at), title: reference.slice(at + 2) }
}

/** @param read text of a file; undefined: there is none */
export function faultsOfLine({ number, shownBy, missing }: Line, read: (file: string) => string | undefined): string[] {
  const faults = shownBy.map(shownOf).flatMap(({ file, title }) => {
    if (title.trim().length < 8) return [`line ${number}: ${file}: too little of a title to know the test by`]
    const text = read(file)
    if (text === undefined) return [`line ${number}: no file ${file}`]
    return /\btest(?:\.serial\b|\()/.test(text) && text.includes(title) ? [] : [`line ${number}: ${file} has no test "${title}"`]
  })
  return shownBy.length === 0 && missing === undefined
    ? [...faults, `line ${number}: neither a test nor a reason why there is none`]
    : faults
}
