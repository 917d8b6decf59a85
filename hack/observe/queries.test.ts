import test from 'ava'
import { faultsOf, readQuery } from './queries.ts'

const known = [
  { name: 'lunarx_sets', kind: 'gauge', labels: ['margin'] },
  { name: 'lunarx_seconds', kind: 'histogram', labels: ['exchange'] },
]

test('metrics and labels of a query', (t) => {
  const query = 'histogram_quantile(0.95, sum by (le, exchange) (rate(a_bucket{x=~"p{1}|q",y!="b"}[5m]))) > on (z) max(c) and d == 0'
  t.deepEqual(readQuery(query), { metrics: ['a_bucket', 'c', 'd'], labels: ['x', 'y', 'le', 'exchange', 'z'] })
})

for (const [query, faults] of [
  ['sum by (margin) (lunarx_sets{network=~"$network"})', []],
  ['rate(lunarx_seconds_count{exchange="a"}[5m])', []],
  ['sum(lunarx_set)', ['no metric lunarx_set']],
  ['rate(lunarx_seconds[5m])', ['no metric lunarx_seconds']],
  ['lunarx_sets_bucket', ['no metric lunarx_sets_bucket']],
  ['sum by (colour) (lunarx_sets)', ['no label colour of lunarx_sets']],
  ['lunarx_sets{exchange="a"}', ['no label exchange of lunarx_sets']],
  ['vector(1)', ['it reads no metric']],
] as const)
  test(`${query}: ${faults.join(', ') || 'no fault'}`, (t) => t.deepEqual(faultsOf(query, known), [...faults]))
