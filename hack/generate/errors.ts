/**
 * Writes docs/ERRORS.md from the table of error codes. `--check`: fail when it is out of step.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { ERRORS } from '@lunarx/core/model'

const FILE = 'docs/ERRORS.md'
const rows = Object.entries(ERRORS).map(
  ([code, { meaning, remedy, retryable }]) => `| \`${code}\` | ${retryable ? 'yes' : 'no'} | ${meaning} | ${remedy} |`,
)
const page = `# Error codes

Generated from [node/core/model/error-codes.ts](../node/core/model/error-codes.ts) by \`npm run generate\`. Match on \`code\`: codes are
stable, messages are not. *Retryable*: the same call may succeed later without a change by the caller.

| code | retryable | meaning | what to do |
|---|---|---|---|
${rows.join('\n')}
`

if (process.argv.includes('--check')) {
  if (readFileSync(FILE, 'utf8') !== page) {
    console.error(`${FILE} is out of step`)
    process.exitCode = 1
  }
} else writeFileSync(FILE, page)
