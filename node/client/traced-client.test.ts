import { hexOf } from '@lunarx/core/model'
import { RecordedSpans, type RecordedSpan } from '@lunarx/runtime/tracing'
import test from 'ava'
import { stream } from '../../test/vectors/stream.ts'
import { Fleet, OWNER } from './_fleet.test.ts'

const inTrace = (spans: readonly RecordedSpan[], root: RecordedSpan): RecordedSpan[] =>
  spans.filter(({ traceId }) => traceId === root.traceId)
const rolesOf = (spans: readonly RecordedSpan[]): string[] =>
  [...new Set(spans.map(({ service }) => service.replace(/[-\d]+$/, '')))].toSorted()

/** What was answered in a trace, each by a peer that was asked it in the same trace. @throws {Error} an answer to nobody */
function answersIn(trace: readonly RecordedSpan[]): string[] {
  const byId = new Map(trace.map((span) => [span.spanId, span]))
  return trace
    .filter(({ kind }) => kind === 'server')
    .map(({ name, parentId }) => {
      const asked = byId.get(parentId ?? '')
      if (asked?.kind !== 'client' || asked.name !== name) throw new Error(`${name} is the answer to no question of the trace`)
      return name
    })
}

test('a put and a get are one trace each, from the client through trackers and providers; background work is in none', async (t) => {
  const spans = new RecordedSpans()
  const fleet = await Fleet.start({ seed: 5, spans })
  t.is(spans.all.length, 0, 'a network that nobody traces has no spans')
  const client = await fleet.openClient()
  const bytes = stream('traced', 300_000)
  await fleet.run(client.put('a secret name', bytes))
  t.deepEqual(await fleet.read(client, 'a secret name'), bytes)
  const roots = spans.all.filter(({ parentId }) => parentId === undefined)
  t.deepEqual(
    roots.map(({ name, service, outcome }) => [name, service, outcome]),
    [
      ['lunarx.put', 'client-0', 'OK'],
      ['lunarx.get', 'client-0', 'OK'],
    ],
  )
  const counted = spans.all.length
  await fleet.machines.clock.runFor(60_000)
  t.is(spans.all.filter(({ outcome }) => outcome === undefined).length, 0)
  t.is(spans.all.length, counted, 'what goes on after a question belongs to no trace')
  t.deepEqual(
    roots.map((root) => rolesOf(inTrace(spans.all, root))),
    [
      ['client', 'p', 't'],
      ['client', 'p', 't'],
    ],
  )
  const [put = [], get = []] = roots.map((root) => answersIn(inTrace(spans.all, root)))
  for (const exchange of ['reserve', 'store', 'commit']) t.true(put.includes(`lunarx/${exchange}`), exchange)
  for (const exchange of ['locate', 'retrieve']) t.true(get.includes(`lunarx/${exchange}`), exchange)
  const told = JSON.stringify(spans.all)
  t.false(told.includes('secret'))
  t.false(told.includes(hexOf(OWNER)))
  t.like(roots[0]?.attributes, { 'lunarx.size_bytes': 300_000, 'lunarx.class': '4+2' })
})

test('a failed operation ends by its code', async (t) => {
  const spans = new RecordedSpans()
  const fleet = await Fleet.start({ seed: 6, spans })
  const client = await fleet.openClient()
  await t.throwsAsync(fleet.run(client.stat('nothing')), { code: 'NAME_NOT_FOUND' })
  await t.throwsAsync(fleet.read(client, 'nothing'), { code: 'NAME_NOT_FOUND' })
  t.deepEqual(
    spans.all.filter(({ parentId }) => parentId === undefined).map(({ name, outcome }) => [name, outcome]),
    [
      ['lunarx.stat', 'NAME_NOT_FOUND'],
      ['lunarx.get', 'NAME_NOT_FOUND'],
    ],
  )
})
