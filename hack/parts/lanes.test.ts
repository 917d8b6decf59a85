import test from 'ava'
import { inLanes, inOrder } from './lanes.ts'
import { PARTS } from './parts.ts'

test('the check runs first and alone; what needs a cluster in one lane, what computes in another that yields to it, what goes by simulated time last', (t) => {
  const [first = [], second = [], ...more] = inLanes(Object.keys(PARTS))
  t.deepEqual(first, [{ parts: ['check'], isLow: false }])
  t.deepEqual(second, [
    { parts: ['lab', 'e2e'], isLow: false },
    { parts: ['unit', 'conformance', 'interop', 'sim', 'planted'], isLow: true },
  ])
  t.deepEqual(more, [])
})

test('no part is left out of the lanes', (t) => {
  const parts = inLanes(Object.keys(PARTS))
    .flat()
    .flatMap((lane) => lane.parts)
  t.deepEqual(parts.toSorted(), Object.keys(PARTS).toSorted())
})

test('in order: one lane, which yields to nobody', (t) => {
  t.deepEqual(inOrder(['sim', 'unit']), [[{ parts: ['sim', 'unit'], isLow: false }]])
})
