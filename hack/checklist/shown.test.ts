import test from 'ava'
import type { Line } from './lines.ts'
import { faultsOfLine } from './shown.ts'

const line = (change: Partial<Line>): Line => ({ number: 7, group: 'API', claim: 'it works', shownBy: [], ...change })
const read = (file: string): string | undefined => (file === 'a.test.ts' ? "test('it works well', (t) => t.pass())" : undefined)

for (const [title, change, faults] of [
  ['a test that is there', { shownBy: ['a.test.ts: it works'] }, []],
  ['a reason', { missing: 'too long' }, []],
  ['neither', {}, ['line 7: neither a test nor a reason why there is none']],
  ['a title that is not there', { shownBy: ['a.test.ts: it fails'] }, ['line 7: a.test.ts has no test "it fails"']],
  ['hardly a title', { shownBy: ['a.test.ts: it'] }, ['line 7: a.test.ts: too little of a title to know the test by']],
  ['a file that is not there', { shownBy: ['b.test.ts: it works'], missing: 'x' }, ['line 7: no file b.test.ts']],
] as const satisfies readonly (readonly [string, Partial<Line>, readonly string[]])[])
  test(`a line with ${title}`, (t) => t.deepEqual(faultsOfLine(line(change), read), [...faults]))
