import test from 'ava'
import { parseTapLine } from './ava.ts'

test('TAP lines are read: passed, failed, skipped, todo', (t) => {
  t.deepEqual(parseTapLine('ok 3 - merkle › verify › a title'), { ok: true, title: 'merkle › verify › a title', directive: undefined })
  t.deepEqual(parseTapLine('not ok 4 - broken'), { ok: false, title: 'broken', directive: undefined })
  t.deepEqual(parseTapLine('ok 5 - later # SKIP'), { ok: true, title: 'later', directive: 'SKIP' })
  t.deepEqual(parseTapLine('not ok 6 - some day # TODO'), { ok: false, title: 'some day', directive: 'TODO' })
})

test('other lines are not counted', (t) => {
  for (const line of ['1..3', '# pass 3', '  ---', 'TAP version 13', 'ok']) t.is(parseTapLine(line), undefined)
})
