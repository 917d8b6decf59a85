import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openTelemetryTracer, readTraceParent, traced } from '@lunarx/runtime/tracing'
import test from 'ava'
import { isTracingWanted, serviceOf, startTracing } from './start-tracing.ts'

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }

for (const [title, env, expected] of [
  ['nothing is set', {}, false],
  ['an endpoint', endpoint, true],
  ['an endpoint of traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1/v1/traces' }, true],
  ['an empty endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
  ['no exporter', { ...endpoint, OTEL_TRACES_EXPORTER: 'none' }, false],
  ['another exporter', { ...endpoint, OTEL_TRACES_EXPORTER: 'zipkin' }, false],
  ['switched off', { ...endpoint, OTEL_SDK_DISABLED: 'TRUE' }, false],
] as const)
  test(`tracing: ${title}`, (t) => t.is(isTracingWanted(env), expected))

test('services', (t) => {
  t.is(serviceOf(['run', 'provider', '--config', 'x']), 'lunarx-provider')
  t.is(serviceOf(['run', 'tracker']), 'lunarx-tracker')
  t.is(serviceOf(['put', 'provider']), 'lunarx-client')
  t.is(serviceOf([]), 'lunarx-client')
})

for (const env of [{ OTEL_TRACES_SAMPLER: 'sometimes' }, { OTEL_TRACES_SAMPLER_ARG: '2' }, { OTEL_TRACES_SAMPLER: 'constructor' }])
  test(`refused: ${JSON.stringify(env)}`, async (t) => {
    await t.throwsAsync(startTracing('x', { ...endpoint, ...env }), { code: 'BAD_CONFIG' })
  })

// the only test of this process that registers the SDK: it stays registered
test.serial(
  'spans are sent before the process ends, in the trace that came with a question; those that the asker does not keep are not made',
  async (t) => {
    const received: Buffer[] = []
    const server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        if (request.url === '/v1/traces') received.push(Buffer.concat(parts))
        response.end()
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = url // the exporter reads it by itself
    const tracing = await startTracing('lunarx-provider', { OTEL_EXPORTER_OTLP_ENDPOINT: url, POD_NAME: 'pool-7' })
    t.true(tracing.isOn)
    const tracer = openTelemetryTracer()
    t.is(tracer.current(), undefined)
    const parent = readTraceParent('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
    await traced(tracer, 'lunarx/store', { kind: 'server', parent }, async () => {
      await Promise.resolve()
      t.is(readTraceParent(tracer.current())?.traceId, parent?.traceId)
      await traced(tracer, 'lunarx/confirm', { kind: 'client' }, () => Promise.resolve())
    })
    t.is(tracer.start('unwanted', { kind: 'server', parent: parent && { ...parent, isSampled: false } }), undefined)
    await tracing[Symbol.asyncDispose]()
    server.close()
    const sent = Buffer.concat(received)
    for (const text of ['lunarx-provider', 'pool-7', 'lunarx/store', 'lunarx/confirm']) t.true(sent.includes(text), text)
    t.true(sent.includes(Buffer.from('0af7651916cd43dd8448eb211c80319c', 'hex')))
    t.false(sent.includes('unwanted'))
  },
)
