import test from 'ava'
import { runApart } from './apart.ts'

const OPTIONS = { verbose: false, only: 'of-this-name-there-is-none', isFull: false }

test('a part in a process of its own comes to the same tally, and its lines have its name before them', async (t) => {
  const lines: string[] = []
  const tally = await runApart({ part: 'unit', options: OPTIONS, isLow: true }, (line) => lines.push(line))
  t.is(tally.passed, 0)
  t.regex(tally.failures.join(), /^ava exited with 1 over \S*of-this-name-there-is-none/)
  t.true(lines.length > 0 && lines.every((line) => line.startsWith('unit: ')), lines.join('\n'))
})

test('a part whose process ends without a tally has thrown', async (t) => {
  const part = runApart({ part: 'no-such-part', options: OPTIONS, isLow: false }, () => undefined)
  await t.throwsAsync(part, { message: 'its process ended with 1, without a tally' })
})
