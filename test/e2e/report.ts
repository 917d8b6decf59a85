/**
 * What tests measure, for the report of a full run.
 *
 * @module
 */
import { appendFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** In a full run, which asserts what the machine of another run may be too busy for. */
export const isFullRun = process.env['LUNARX_E2E_NOTES'] !== undefined

/**
 * For the log, too.
 *
 * @param t.log of the test
 * @param url of the test’s file: `import.meta.url`
 */
export function noteInReport(t: { log(line: string): void }, url: string, measured: unknown): void {
  t.log(JSON.stringify(measured))
  const notes = process.env['LUNARX_E2E_NOTES']
  if (notes === undefined) return
  const file = relative(process.cwd(), fileURLToPath(url)).replaceAll('\\', '/')
  appendFileSync(notes, `${JSON.stringify({ file, measured })}\n`)
}
