import { LIMITS } from '@lunarx/core/model'
import { noTracer, readTraceParent, RecordedSpans, traced } from '@lunarx/runtime/tracing'
import test from 'ava'
import { encodeHead } from '../frame/heads.ts'
import type { Session } from '../peers/peers.ts'
import { answerTraced, askTraced, encodeQuestion } from './traced.ts'

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const asked = { session: { peer: 'asker' } as Session }

test('only what is asked within a span carries a trace: that of the question itself', async (t) => {
  const spans = new RecordedSpans()
  const tracer = spans.tracer('client')
  t.is(await askTraced(tracer, 'locate', (traceparent) => Promise.resolve(traceparent)), undefined)
  t.is(spans.all.length, 0)
  const told = await traced(tracer, 'put', { kind: 'internal' }, () =>
    askTraced(tracer, 'locate', (traceparent) => Promise.resolve(traceparent)),
  )
  const [put, question] = spans.all
  t.like(question, { name: 'lunarx/locate', kind: 'client', parentId: put?.spanId })
  t.is(readTraceParent(told)?.spanId, question?.spanId)
  t.is(await askTraced(noTracer, 'locate', (traceparent) => Promise.resolve(traceparent)), undefined)
})

test('what came with a sampled trace is answered in it', async (t) => {
  const spans = new RecordedSpans()
  t.is(await answerTraced(spans.tracer('tracker'), 'locate', asked, PARENT, () => Promise.resolve(7)), 7)
  t.deepEqual(
    spans.all.map(({ name, kind, traceId, parentId }) => [name, kind, traceId, parentId]),
    [['lunarx/locate', 'server', PARENT.slice(3, 35), PARENT.slice(36, 52)]],
  )
  t.deepEqual(spans.all[0]?.attributes, { 'rpc.system': 'lunarx', 'rpc.method': 'locate', 'lunarx.asker': 'asker' })
})

for (const [what, traceparent] of [
  ['nothing', undefined],
  ['null', null],
  ['a number', 7],
  ['a word', 'x'],
  ['a map', { a: 1 }],
  ['a megabyte', new Uint8Array(1 << 20)],
  ['one that its asker does not keep', PARENT.replace(/01$/, '00')],
  ['capitals', PARENT.toUpperCase()],
] as const)
  test(`no span, and an answer, where the trace is ${what}`, async (t) => {
    const spans = new RecordedSpans()
    t.is(await answerTraced(spans.tracer('tracker'), 'locate', asked, traceparent, () => Promise.resolve(7)), 7)
    t.is(spans.all.length, 0)
  })

test('a trace makes no question too long: it is left out where there is no room for it', (t) => {
  const max = LIMITS.controlMessageBytes
  const head = (chars: number) => ({ exchange: 'locate', question: 'x'.repeat(chars), body: false })
  const overhead = encodeHead(head(max - 100), max).length - (max - 100)
  for (let spare = 0; spare < 90; spare++) {
    const given = head(max - overhead - spare)
    const bytes = encodeQuestion(given, PARENT, max)
    t.true(bytes.length <= max)
    if (spare >= 70) t.deepEqual(bytes, encodeHead({ ...given, traceparent: PARENT }, max))
    if (spare < 60) t.deepEqual(bytes, encodeHead(given, max))
  }
  t.throws(() => encodeQuestion(head(max + 1), PARENT, max), { code: 'BAD_MESSAGE' })
})
