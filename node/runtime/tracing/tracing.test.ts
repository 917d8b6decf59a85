import { LunarError } from '@lunarx/core/model'
import test from 'ava'
import fc from 'fast-check'
import { openTelemetryTracer } from './open-telemetry.ts'
import { RecordedSpans } from './recorded.ts'
import { readTraceParent, traceParent, TRACE_PARENT_CHARS } from './trace-parent.ts'
import { noTracer, traced, tracedItems, type SpanOptions } from './tracer.ts'

const OPERATION: SpanOptions = { kind: 'internal' }
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

test('traceparent: what is written is read again, of one length', (t) => {
  t.deepEqual(readTraceParent(`00-${TRACE}-${SPAN}-01`), { traceId: TRACE, spanId: SPAN, isSampled: true })
  const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length - 1}}[1-9a-f]$`))
  fc.assert(
    fc.property(hex(32), hex(16), fc.boolean(), (traceId, spanId, isSampled) => {
      const text = traceParent({ traceId, spanId, isSampled })
      t.is(text.length, TRACE_PARENT_CHARS)
      t.deepEqual(readTraceParent(text), { traceId, spanId, isSampled })
    }),
  )
})

for (const [what, value] of [
  ['nothing', undefined],
  ['a number', 7],
  ['bytes', new Uint8Array(55)],
  ['an empty text', ''],
  ['a later version', `01-${TRACE}-${SPAN}-01`],
  ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ['no trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['no span', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['something behind it', `00-${TRACE}-${SPAN}-01-x`],
  ['a megabyte', '0'.repeat(1 << 20)],
] as const)
  test(`no traceparent: ${what}`, (t) => t.is(readTraceParent(value), undefined))

test('a span in a span is its child, also later; one that has ended has none', async (t) => {
  const spans = new RecordedSpans()
  const tracer = spans.tracer('client')
  let later = Promise.resolve()
  const ended = Promise.withResolvers<undefined>()
  await traced(tracer, 'outer', OPERATION, async () => {
    await Promise.resolve()
    await traced(tracer, 'inner', OPERATION, async () => t.regex(tracer.current() ?? '', /^00-/))
    later = ended.promise.then(async () => {
      t.is(tracer.current(), undefined)
      await traced(tracer, 'later', OPERATION, () => Promise.resolve())
    })
  })
  ended.resolve(undefined)
  await later
  const [outer, inner, late] = spans.all
  t.like(outer, { name: 'outer', parentId: undefined, outcome: 'OK' })
  t.like(inner, { name: 'inner', parentId: outer?.spanId, traceId: outer?.traceId })
  t.like(late, { name: 'later', parentId: undefined })
  t.not(late?.traceId, outer?.traceId)
  t.is(tracer.current(), undefined)
})

test('tracers of one process do not see the spans of each other: only what a peer was told joins a trace', async (t) => {
  const spans = new RecordedSpans()
  const [client, provider] = [spans.tracer('client'), spans.tracer('provider')]
  await traced(client, 'ask', { kind: 'client' }, async () => {
    t.is(provider.current(), undefined)
    const parent = readTraceParent(client.current())
    await traced(provider, 'answer', { kind: 'server', parent }, () => Promise.resolve())
    await traced(provider, 'untold', { kind: 'server' }, () => Promise.resolve())
  })
  const [ask, answer, untold] = spans.all
  t.like(answer, { service: 'provider', traceId: ask?.traceId, parentId: ask?.spanId })
  t.not(untold?.traceId, ask?.traceId)
})

test('an error ends the span by its code, and nothing else of it', async (t) => {
  const spans = new RecordedSpans()
  const tracer = spans.tracer('client')
  const fail = (error: Error) =>
    traced(tracer, 'fails', OPERATION, async () => {
      throw error
    })
  await t.throwsAsync(fail(new LunarError('NO_ROOM', 'secret')), { code: 'NO_ROOM' })
  await t.throwsAsync(fail(new TypeError('secret')), { name: 'TypeError' })
  t.deepEqual(
    spans.all.map(({ outcome }) => outcome),
    ['NO_ROOM', 'THROWN'],
  )
  t.false(JSON.stringify(spans.all).includes('secret'))
})

async function* numbers(tracer: { current(): string | undefined }, seen: (string | undefined)[]): AsyncGenerator<number> {
  for (let i = 0; i < 3; i++) {
    seen.push(tracer.current())
    yield i
  }
}

test('items: a span for each iteration, within which they are made; leaving early ends it', async (t) => {
  const spans = new RecordedSpans()
  const tracer = spans.tracer('client')
  const seen: (string | undefined)[] = []
  const items = tracedItems(tracer, 'get', OPERATION, { [Symbol.asyncIterator]: () => numbers(tracer, seen) })
  t.deepEqual(await Array.fromAsync(items), [0, 1, 2])
  for await (const item of items) if (item === 1) break
  const [first, second] = spans.all
  t.is(spans.all.length, 2)
  t.deepEqual([first?.outcome, second?.outcome], ['OK', 'OK'])
  t.deepEqual(
    seen.map((text) => readTraceParent(text)?.spanId),
    [first, first, first, second, second].map((span) => span?.spanId),
  )
  t.is(tracer.current(), undefined)
})

test('where nothing is traced, work is done as it is, and nothing is told to peers', async (t) => {
  for (const tracer of [noTracer, openTelemetryTracer()]) {
    t.is(await traced(tracer, 'x', OPERATION, (span) => Promise.resolve([span, tracer.current()].length)), 2)
    await traced(tracer, 'x', OPERATION, async (span) => t.deepEqual([span, tracer.current()], [undefined, undefined]))
    const parent = { traceId: TRACE, spanId: SPAN, isSampled: true }
    t.is(tracer.start('x', { kind: 'server', parent }), undefined)
    const items = numbers(tracer, [])
    t.deepEqual(await Array.fromAsync(tracedItems(tracer, 'x', OPERATION, items)), [0, 1, 2])
  }
})
