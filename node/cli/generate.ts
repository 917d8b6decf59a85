/**
 * Writes docs/CLI.md. `--check`: fail when it is out of step.
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cliReference } from './reference.ts'

const FILE = join(import.meta.dirname, '..', '..', 'docs', 'CLI.md')
const page = cliReference()

if (process.argv.includes('--check')) {
  const written = await readFile(FILE, 'utf8').catch(() => '')
  if (written !== page) {
    console.error(`${FILE} is out of step: npm run generate`)
    process.exitCode = 1
  }
} else await writeFile(FILE, page)
