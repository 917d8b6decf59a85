import { ERRORS, LunarError, type ErrorCode } from '@lunarx/core/model'
import test from 'ava'
import { describe } from '../commands/restore.ts'
import { EXIT, EXIT_MEANINGS, exitCodeOf } from '../exit-codes.ts'
import { barLine, progressBar } from '../progress/bar.ts'
import { formatBytes, formatDuration, formatTable } from './format.ts'
import { errorText } from './print-error.ts'

test('sizes, times and tables read well', (t) => {
  t.deepEqual([0, 1023, 1024, 1536, 2 ** 30, 2 ** 60].map(formatBytes), ['0 B', '1023 B', '1.0 KiB', '1.5 KiB', '1.0 GiB', '1024.0 PiB'])
  t.deepEqual([0, 999, 1_400, 61_000, 7_500_000, 270_000_000].map(formatDuration), [
    '0 ms',
    '999 ms',
    '1 s',
    '1 min 1 s',
    '2 h 5 min',
    '3 d 3 h',
  ])
  t.is(
    formatTable([
      ['a', 'bb'],
      ['ccc', 'd'],
    ]),
    'a    bb\nccc  d',
  )
})

test('what became of a restore', (t) => {
  t.is(describe({ sets: 6, degraded: 0, restored: 0, lost: 0 }, false), '6 sets: 6 whole')
  t.is(
    describe({ sets: 9, degraded: 2, restored: 3, lost: 1 }, true),
    '9 sets: 3 whole, 2 being rebuilt by the network, 3 to be restored, 1 lost',
  )
})

test('a bar shows share, sizes and rate; without a size only what is done', (t) => {
  t.is(barLine('f', 512, 1024, 1000), `f  [${'#'.repeat(15)}${'-'.repeat(15)}] 50 %  512 B of 1.0 KiB  512 B/s`)
  t.is(barLine('f', 2048, undefined, 2000), 'f  2.0 KiB  1.0 KiB/s')
  t.regex(barLine('f', 0, 0, 0), /100 %/)
})

test('a bar is drawn on a terminal and nowhere else', async (t) => {
  for (const isTty of [true, false]) {
    let written = ''
    const output = { isTty, columns: 200, write: async (text: Uint8Array | string) => void (written += String(text)) }
    const bar = progressBar('f', 10, output, () => 0)
    bar.update(10)
    await bar.end()
    t.is(/f {2}\[#+\] 100 %/.test(written), isTty)
    t.is(written === '', !isTty)
  }
})

test('an error says code, meaning and remedy; every code has an exit code with a meaning', (t) => {
  const text = errorText(new LunarError('NAME_NOT_FOUND', 'no object of this name', { detail: { name: 'a' } }))
  t.regex(text, /NAME_NOT_FOUND: no object of this name {"name":"a"}/)
  t.regex(text, /lunarx ls/)
  for (const code of Object.keys(ERRORS) as ErrorCode[]) t.truthy(EXIT_MEANINGS[exitCodeOf(new LunarError(code, ''))], code)
  const expected = { NAME_NOT_FOUND: 3, WRONG_KEY: 4, PEER_UNREACHABLE: 5, BAD_CONFIG: 2, ABORTED: 130, BAD_ADDRESS: 1 } as const
  for (const [code, exit] of Object.entries(expected)) t.is(exitCodeOf(new LunarError(code as ErrorCode, '')), exit, code)
  t.is(exitCodeOf(new Error('a defect')), EXIT.failure)
})
