import fc from 'fast-check'
import test from 'ava'
import { agreedOrder, type Order } from './agree.ts'

const drain = (revision: number): Order => ({ revision, isDraining: true })
const stay = (revision: number): Order => ({ revision, isDraining: false })
const HUGE = Number.MAX_SAFE_INTEGER

for (const [claim, orders, trackers, expected] of [
  ['a network of one tracker: its word', [drain(5)], 1, drain(5)],
  ['one of three is nobody', [drain(HUGE)], 3, undefined],
  ['two of three, each with its own revision: the smaller one', [drain(7), drain(5), stay(0)], 3, drain(5)],
  ['a huge revision of one of three does not outrun the others', [stay(HUGE), drain(7), drain(5)], 3, drain(5)],
  ['nor does it carry the others along', [drain(HUGE), drain(7), stay(9)], 3, drain(7)],
  ['half of the trackers is no majority', [drain(5), drain(6)], 4, undefined],
] as const)
  test(claim, (t) => t.deepEqual(agreedOrder(orders, trackers), expected))

test('fewer than half of the trackers, whatever they say, neither make an order nor make one grow', (t) => {
  const order = fc.record({ revision: fc.nat(HUGE), isDraining: fc.boolean() })
  const network = fc.integer({ min: 1, max: 9 }).chain((trackers) =>
    fc.record({
      trackers: fc.constant(trackers),
      liars: fc.array(order, { maxLength: Math.ceil(trackers / 2) - 1 }),
      honest: fc.record({ revision: fc.nat(1_000_000), isDraining: fc.boolean() }),
    }),
  )
  fc.assert(
    fc.property(network, ({ trackers, liars, honest }) => {
      const told = Array.from({ length: trackers - liars.length }, () => honest)
      const agreed = agreedOrder([...liars, ...told], trackers)
      t.deepEqual(agreed, honest)
    }),
  )
})
