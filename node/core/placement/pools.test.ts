import test from 'ava'
import { poolOf, poolRule, setsOfClass } from './pools.ts'

const CLASSES = [{ name: 'plain' }, { name: 'gold', copies: [{ pools: ['attic', 'cellar'] }, { pools: ['moon'] }] }]
const POOLS = ['attic', 'cellar', 'moon', 'pool-a']
const allowed = (className: string, copy?: number) => POOLS.filter(poolRule({ className, copy }, CLASSES))

test('copies lie on their pools, the first set on the others, sets of other classes anywhere', (t) => {
  t.deepEqual(allowed('gold'), ['pool-a'])
  t.deepEqual(allowed('gold', 1), ['attic', 'cellar'])
  t.deepEqual(allowed('gold', 2), ['moon'])
  t.deepEqual(allowed('plain'), POOLS)
})

test('a copy that its class does not name any more may lie anywhere', (t) => {
  t.deepEqual(allowed('gold', 3), POOLS)
  t.deepEqual(allowed('plain', 1), POOLS)
  t.deepEqual(allowed('gone', 1), POOLS)
})

test('the sets of a class', (t) => {
  t.deepEqual(setsOfClass({ name: 'plain' }), [{ className: 'plain' }])
  t.deepEqual(
    setsOfClass({ name: 'gold', copies: [{ pools: ['a'] }, { pools: ['b'] }] }).map(({ copy }) => copy),
    [undefined, 1, 2],
  )
})

test('the pool of a provider is its name without the ordinal', (t) => {
  const pools = { 'pool-a-0': 'pool-a', 'pool-a-12': 'pool-a', 'pool-7': 'pool', outsider: 'outsider', 'a-01': 'a-01', 'a-b': 'a-b' }
  for (const [name, pool] of Object.entries(pools)) t.is(poolOf(name), pool)
})
