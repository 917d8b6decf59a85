import test from 'ava'
import type { Metrics } from './metrics.ts'
import { PrometheusMetrics } from './prometheus.ts'
import { RecordedMetrics } from './recorded.ts'

test('Prometheus reads counters, gauges and histograms with labels', async (t) => {
  const metrics = new PrometheusMetrics()
  metrics.counter('lunarx_asks_total', 'Asks', ['code']).add(2, { code: 'FULL' })
  metrics.gauge('lunarx_shards', 'Shards').set(7)
  metrics.histogram('lunarx_ask_seconds', 'Time', [0.1, 1]).observe(0.5)
  const text = await metrics.text()
  for (const line of [
    'lunarx_asks_total{code="FULL"} 2',
    'lunarx_shards 7',
    'lunarx_ask_seconds_bucket{le="1"} 1',
    'lunarx_ask_seconds_sum 0.5',
  ])
    t.true(text.includes(line), line)
  t.regex(text, /^lunarx_process_resident_memory_bytes \d+/m)
})

test('recorded metrics are read back', (t) => {
  const metrics = new RecordedMetrics()
  const asks = metrics.counter('lunarx_asks_total', 'Asks', ['code'])
  asks.add(1, { code: 'FULL' })
  asks.add(2, { code: 'FULL' })
  metrics.gauge('lunarx_shards', 'Shards').set(7)
  metrics.histogram('lunarx_ask_seconds', 'Time', [1]).observe(0.5)
  t.is(metrics.value('lunarx_asks_total', { code: 'FULL' }), 3)
  t.is(metrics.value('lunarx_asks_total', { code: 'TIMEOUT' }), 0)
  t.is(metrics.value('lunarx_shards'), 7)
  t.deepEqual(metrics.observed('lunarx_ask_seconds'), [0.5])
})

for (const [name, make] of [
  ['Prometheus', () => new PrometheusMetrics()],
  ['recorded', () => new RecordedMetrics()],
] as const) {
  test(`${name}: foreign names, two ways of one name, unknown labels and falling counters are refused`, (t) => {
    const metrics: Metrics = make()
    t.throws(() => metrics.counter('asks_total', 'Asks'), { instanceOf: RangeError })
    const counter = metrics.counter('lunarx_asks_total', 'Asks', ['code'])
    t.throws(() => metrics.counter('lunarx_asks_total', 'Asks'), { instanceOf: RangeError })
    t.throws(() => metrics.gauge('lunarx_asks_total', 'Asks', ['code']), { instanceOf: RangeError })
    t.notThrows(() => metrics.counter('lunarx_asks_total', 'Asks', ['code']).add(1, { code: 'FULL' }))
    t.throws(() => counter.add(1, { colour: 'red' }))
    t.throws(() => counter.add(-1))
  })
}
