import test from 'ava'
import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FullReport, readFullReport } from './full-report.ts'

const HEAL = 'test/e2e/heal.test.ts'
const CHAOS = 'test/e2e/chaos.test.ts'

test('a report says of each file on which commit it ran last, and what its tests came to and measured', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lunarx-report-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'results', 'full.json')
  t.deepEqual(readFullReport(path), {})

  const whole = new FullReport()
  const { LUNARX_E2E_NOTES: notes = '', LUNARX_IDLE_SECONDS: idle } = whole.environment
  t.truthy(idle)
  appendFileSync(notes, `${JSON.stringify({ file: CHAOS, measured: { seed: 7 } })}\n`)
  const healed = { title: 'b', isPassed: true, seconds: 3 }
  whole.write([{ file: HEAL, ...healed }], path)
  t.deepEqual(Object.keys(readFullReport(path)), [HEAL])
  whole.write(
    [
      { file: HEAL, ...healed },
      { file: CHAOS, title: 'a', isPassed: false, seconds: 2 },
    ],
    path,
  )
  whole.close()
  t.false(existsSync(notes))
  t.like(readFullReport(path)[CHAOS], { tests: [{ title: 'a', isPassed: false, seconds: 2 }], notes: [{ seed: 7 }] })

  const again = new FullReport()
  again.write([{ file: CHAOS, title: 'a', isPassed: true, seconds: 4 }], path)
  const { [HEAL]: heal, [CHAOS]: chaos } = readFullReport(path)
  t.deepEqual(heal?.tests, [healed])
  t.deepEqual([chaos?.tests, chaos?.notes], [[{ title: 'a', isPassed: true, seconds: 4 }], []])
  t.regex(chaos?.commit ?? '', /^[0-9a-f]{40}$/)
})

test('what a report has of a file that is gone goes when it is written', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lunarx-report-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'full.json')
  const run = { commit: '', isCommitted: true, started: '2026-11-30T12:00:00.000Z', machine: '', tests: [], notes: [] }
  writeFileSync(path, JSON.stringify({ 'test/e2e/renamed.test.ts': run, [HEAL]: run }))
  const report = new FullReport()
  report.write([{ file: CHAOS, title: 'a', isPassed: true, seconds: 4 }], path)
  report.close()
  t.deepEqual(Object.keys(readFullReport(path)), [CHAOS, HEAL])
})
