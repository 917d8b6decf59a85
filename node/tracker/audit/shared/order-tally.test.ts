import test from 'ava'
import { OrderTally } from './order-tally.ts'

test('an order is taken by a majority of those that own the set, and of nobody else', (t) => {
  const tally = new OrderTally([3, 3, 3, 1])
  t.deepEqual(tally.outcomes, ['unknown', 'unknown', 'unknown', 'unknown'])
  tally.note(0, 'taken', true)
  tally.note(1, 'taken', false)
  tally.note(1, 'taken', true)
  tally.note(2, 'unknown', true)
  tally.note(3, 'taken', true)
  t.deepEqual(tally.outcomes, ['short', 'short', 'unknown', 'taken'])
  tally.note(0, 'taken', true)
  tally.note(1, 'unknown', true)
  t.deepEqual(tally.outcomes, ['taken', 'short', 'unknown', 'taken'])
  tally.note(9, 'taken', true)
})

test('it is decided once every set is taken or buried, which one tracker alone may know', async (t) => {
  const tally = new OrderTally([3, 1])
  let isDecided = false
  void tally.isDecided.then(() => (isDecided = true))
  tally.note(1, 'taken', true)
  tally.note(0, 'taken', true)
  await Promise.resolve()
  t.false(isDecided)
  tally.note(0, 'buried', false)
  await tally.isDecided
  t.deepEqual(tally.outcomes, ['buried', 'taken'])
})
