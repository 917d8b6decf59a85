import fc from 'fast-check'
import test from 'ava'
import { byRisk, lossProbability } from './risk.ts'

const chance = fc.double({ min: 0, max: 1, noNaN: true })

/** Adds up every combination of survivors. */
function byForce(required: number, chances: readonly number[]): number {
  let sum = 0
  for (let alive = 0; alive < 1 << chances.length; alive++) {
    let probability = 1
    let survivors = 0
    for (const [i, one] of chances.entries()) {
      const survives = (alive & (1 << i)) !== 0
      probability *= survives ? 1 - one : one
      survivors += Number(survives)
    }
    if (survivors < required) sum += probability
  }
  return sum
}

test('is the exact probability that fewer than k shards survive', (t) => {
  fc.assert(
    fc.property(fc.array(chance, { maxLength: 9 }), fc.integer({ min: 1, max: 10 }), (chances, required) => {
      t.true(Math.abs(lossProbability(required, chances) - byForce(required, chances)) < 1e-12)
    }),
  )
})

test('one more shard never makes a loss likelier', (t) => {
  fc.assert(
    fc.property(fc.array(chance, { maxLength: 20 }), chance, fc.integer({ min: 1, max: 15 }), (chances, more, required) => {
      t.true(lossProbability(required, [...chances, more]) <= lossProbability(required, chances) + 1e-12)
    }),
  )
})

test('compares across codes: of two sets with one shard to spare, the wider one is in greater danger', (t) => {
  const even = (count: number): number[] => Array.from({ length: count }, () => 0.01)
  const narrow = lossProbability(4, even(5))
  const wide = lossProbability(10, even(11))
  t.true(narrow < wide)
  t.true(Math.abs(narrow - 0.00098) < 0.00001, `${narrow}`)
  t.true(Math.abs(wide - 0.0052) < 0.0001, `${wide}`)
})

test('sets at margin 0 come first, whatever the numbers say, then the likelier to be lost', (t) => {
  const sets = [
    { name: 'safe', margin: 2, lossProbability: 0.0001 },
    { name: 'wide', margin: 1, lossProbability: 0.6 },
    { name: 'bare', margin: 0, lossProbability: 0.01 },
    { name: 'barer', margin: 0, lossProbability: 0.04 },
  ]
  t.deepEqual(
    sets.toSorted(byRisk).map(({ name }) => name),
    ['barer', 'bare', 'wide', 'safe'],
  )
})
