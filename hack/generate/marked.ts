/**
 * Pages with tables made of a report: between the marks `<!-- NAME: TABLE -->` and `<!-- end of NAME -->`. With `--check`: fails when they
 * are out of step.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/**
 * The page as it should read.
 *
 * @param name in the marks
 * @param made the text for one mark
 */
export function fillIn(page: string, name: string, made: (table: string) => string): string {
  const marked = new RegExp(`(<!-- ${name}: ([a-z]+) -->\\n)[^]*?(<!-- end of ${name} -->)`, 'g')
  return readFileSync(page, 'utf8').replaceAll(
    marked,
    (_, begin: string, table: string, end: string) => `${begin}\n${made(table)}\n\n${end}`,
  )
}

/** @param files path → as it should read */
export function writeOrCheck(files: Readonly<Record<string, string>>, source: string): void {
  for (const [file, wanted] of Object.entries(files)) {
    if (!process.argv.includes('--check')) writeFileSync(file, wanted)
    else if (!existsSync(file) || readFileSync(file, 'utf8') !== wanted) {
      console.error(`${file} is out of step with ${source}`)
      process.exitCode = 1
    }
  }
}

/** By name. @throws {Error} on another name */
export function oneOf(tables: Readonly<Record<string, () => string>>): (name: string) => string {
  return (name) => {
    const made = tables[name]
    if (!made) throw new Error(`no table ${name}`)
    return made()
  }
}
