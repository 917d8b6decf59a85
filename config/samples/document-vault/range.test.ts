import test from 'ava'
import { rangeOf } from './range.ts'

test('the first, the middle, the last bytes, and no more than there are', (t) => {
  t.deepEqual(rangeOf('bytes=0-0', 10), { offset: 0, length: 1 })
  t.deepEqual(rangeOf('bytes=2-5', 10), { offset: 2, length: 4 })
  t.deepEqual(rangeOf('bytes=8-', 10), { offset: 8, length: 2 })
  t.deepEqual(rangeOf('bytes=8-99', 10), { offset: 8, length: 2 })
  t.deepEqual(rangeOf('bytes=-3', 10), { offset: 7, length: 3 })
  t.deepEqual(rangeOf('bytes=-30', 10), { offset: 0, length: 10 })
})

test('what is no range of this kind is left out', (t) => {
  for (const header of [undefined, '', 'bytes=', 'bytes=-', 'bytes=5-2', 'bytes=0-1,4-5', 'lines=0-1', 'bytes=a-b'])
    t.is(rangeOf(header, 10), undefined, header)
})

test('what lies behind the end is refused with the size', (t) => {
  for (const [header, size] of [
    ['bytes=10-', 10],
    ['bytes=10-20', 10],
    ['bytes=-0', 10],
    ['bytes=-5', 0],
    ['bytes=0-', 0],
  ] as const)
    t.throws(() => rangeOf(header, size), { code: 'RANGE_NOT_SATISFIABLE' }, header)
})
