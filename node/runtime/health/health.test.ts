import test from 'ava'
import { PrometheusMetrics } from '../metrics/prometheus.ts'
import { serveHealth } from './health.ts'

test('answers kubelet and Prometheus', async (t) => {
  let isJoined = false
  await using health = await serveHealth({
    port: 0,
    host: '127.0.0.1',
    ready: { joined: () => isJoined, stored: () => true },
    metrics: new PrometheusMetrics(),
  })
  const ask = async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${health.port}${path}`, { method })
    return { status: response.status, text: await response.text() }
  }
  t.deepEqual(await ask('/livez'), { status: 200, text: 'ok\n' })
  t.deepEqual(await ask('/readyz'), { status: 503, text: 'waiting for joined\n' })
  isJoined = true
  t.deepEqual(await ask('/readyz?verbose'), { status: 200, text: 'ok\n' })
  t.deepEqual(await ask('/readyz', 'HEAD'), { status: 200, text: '' })
  t.regex((await ask('/metrics')).text, /^lunarx_process_/m)
  t.is((await ask('/other')).status, 404)
  t.is((await ask('/livez', 'POST')).status, 405)
})

test('a port in use is an error, not a silence', async (t) => {
  const metrics = new PrometheusMetrics()
  await using first = await serveHealth({ port: 0, host: '127.0.0.1', ready: {}, metrics })
  await t.throwsAsync(serveHealth({ port: first.port, host: '127.0.0.1', ready: {}, metrics }), { code: 'EADDRINUSE' })
})
