import { LunarError } from '@lunarx/core/model'
import test from 'ava'
import fc from 'fast-check'
import { linesOf } from './lines.ts'

async function* cutAt(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0
  for (const cut of cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)) {
    yield bytes.subarray(from, cut)
    from = Math.max(from, cut)
  }
  yield bytes.subarray(from)
}

test('lines do not depend on where bytes are cut, not even within a character', async (t) => {
  const line = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !text.includes('\n'))
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 8 }), async (lines, cuts) => {
      const bytes = new TextEncoder().encode(lines.map((text) => `${text}\n`).join(''))
      const read: string[] = []
      for await (const text of linesOf(cutAt(bytes, cuts))) read.push(text)
      t.deepEqual(read, lines)
    }),
    { numRuns: 200 },
  )
})

test('a line without an end is refused before it fills the memory', async (t) => {
  const endless = (async function* () {
    for (;;) yield new Uint8Array(1000).fill(65)
  })()
  const reading = (async () => {
    for await (const line of linesOf(endless, 5_000)) t.fail(line)
  })()
  const error = await t.throwsAsync(reading, { instanceOf: LunarError })
  t.is(error.code, 'BAD_MESSAGE')
})
