import test from 'ava'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FullReport } from './full-report.ts'

test('a report says what was run on which commit, what failed, and what the tests measured', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lunarx-report-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const report = new FullReport()
  const { LUNARX_E2E_NOTES: notes = '', LUNARX_IDLE_SECONDS: idle } = report.environment
  t.truthy(idle)
  appendFileSync(notes, `${JSON.stringify({ seed: 7 })}\n`)
  appendFileSync(notes, `${JSON.stringify({ gets: 9 })}\n`)
  const tests = [
    { title: 'a', isPassed: true, seconds: 2 },
    { title: 'b', isPassed: false, seconds: 3 },
  ]
  const path = report.write({ passed: 1, failed: 1, failures: ['b'], skipped: [] }, tests, join(folder, 'results', 'full.json'))
  const written = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  t.regex(String(written['commit']), /^[0-9a-f]{40}$/)
  t.like(written, { passed: 1, failed: 1, failures: ['b'], notes: [{ seed: 7 }, { gets: 9 }], tests })
})
