import fc from 'fast-check'
import test from 'ava'
import { bytesOfHex, hexOf } from './bytes.ts'

test('hex is two lower-case digits for each byte, and back, whatever the length', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      t.is(hexOf(bytes), Buffer.from(bytes).toString('hex'))
      t.deepEqual(bytesOfHex(hexOf(bytes)), bytes)
    }),
  )
})

test('hex of many bytes is made part by part', (t) => {
  const bytes = Uint8Array.from({ length: 10_001 }, (_, at) => at % 251)
  t.is(hexOf(bytes), Buffer.from(bytes).toString('hex'))
})

for (const text of ['a', 'abc', 'AB', '0g', 'g0', ' 0', '0x', '\u00e40', '0\uffff', '0\n'])
  test(`${JSON.stringify(text)} is no lower-case hex`, (t) => void t.throws(() => bytesOfHex(text), { instanceOf: RangeError }))
