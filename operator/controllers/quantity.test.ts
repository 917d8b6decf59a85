import test from 'ava'
import fc from 'fast-check'
import { bytesOf, quantityOf, roundCount } from './quantity.ts'

for (const [text, bytes] of [
  ['1', 1],
  ['2Gi', 2 ** 31],
  ['1.5Mi', 1.5 * 2 ** 20],
  ['10G', 1e10],
  ['1e3', 1000],
  ['0', 0],
] as const)
  test(`${text} is ${bytes} bytes`, (t) => t.is(bytesOf(text), bytes))
for (const text of ['', 'x', '1 Gi', '-1', '1GiB', '500m'])
  test(`${JSON.stringify(text)} is not a quantity of bytes`, (t) => void t.throws(() => bytesOf(text), { instanceOf: RangeError }))

test('a rounded quantity is within 0.5 % of the bytes', (t) => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 50 }), (bytes) => {
      t.true(Math.abs(bytesOf(quantityOf(bytes)) - bytes) <= 0.005 * bytes + 1)
    }),
  )
})

test('small counts are exact, large ones keep two digits', (t) => {
  t.deepEqual([0, 7, 99, 101, 12_345].map(roundCount), [0, 7, 99, 100, 12_000])
})
