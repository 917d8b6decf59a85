import { LunarError } from '@lunarx/core/model'
import test from 'ava'
import { SimulatedClock, type Clock } from '../clock/index.ts'
import { Lane, type LaneLimits } from './lane.ts'

const LIMITS: LaneLimits = { concurrent: 1, items: 4, bytes: 100, waitingItems: 8, waitingBytes: 200 }
const never = new AbortController().signal

interface Question {
  readonly items: readonly string[]
  readonly signal: AbortSignal
  readonly answer: (answers: readonly (string | LunarError)[]) => void
  readonly fail: (error: unknown) => void
}

/** A lane whose questions wait for the test to answer them. */
function lane(limits: Partial<LaneLimits> = {}, clock?: Clock) {
  const questions: Question[] = []
  let idles = 0
  const asked = new Lane<string, string>({
    limits: { ...LIMITS, ...limits },
    ...(clock ? { clock } : {}),
    ask: (items, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly (string | LunarError)[]>()
      questions.push({ items, signal, answer: resolve, fail: reject })
      return promise
    },
    onIdle: () => void idles++,
  })
  const ask = (item: string, { group = 't', bytes = 1, signal = never } = {}) => asked.ask(item, group, bytes, signal)
  return { ask, questions, idles: () => idles }
}

/** More turns than a question takes to come and go. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve()
}
const asList = (questions: readonly Question[]) => questions.map(({ items }) => items.join(' '))

test('who asks in one turn shares a question; what comes meanwhile shares the next', async (t) => {
  const { ask, questions, idles } = lane()
  const first = [ask('a'), ask('b')]
  await settle()
  const next = [ask('c'), ask('d'), ask('e')]
  await settle()
  t.deepEqual(asList(questions), ['a b'])
  questions[0]?.answer(['A', 'B'])
  t.deepEqual(await Promise.all(first), ['A', 'B'])
  await settle()
  t.deepEqual(asList(questions), ['a b', 'c d e'])
  t.is(idles(), 0)
  questions[1]?.answer(['C', 'D', 'E'])
  t.deepEqual(await Promise.all(next), ['C', 'D', 'E'])
  await settle()
  t.is(idles(), 1)
})

test('with a clock a question goes in the next turn of the event loop, with what came in this one, and what comes meanwhile in the next', async (t) => {
  const clock = new SimulatedClock()
  const { ask, questions } = lane({}, clock)
  const all = [ask('a')]
  await settle()
  all.push(ask('b'))
  t.is(questions.length, 0)
  await clock.runFor(0)
  t.deepEqual(asList(questions), ['a b'])
  all.push(ask('c'))
  await clock.runFor(0)
  t.is(questions.length, 1)
  questions[0]?.answer(['A', 'B'])
  await clock.runFor(0)
  t.deepEqual(asList(questions), ['a b', 'c'])
  questions[1]?.answer(['C'])
  t.deepEqual(await Promise.all(all), ['A', 'B', 'C'])
})

test('a question ends at its items and at its bytes, but for the first item', async (t) => {
  const { ask, questions } = lane({ concurrent: 9, waitingBytes: 1_000 })
  const all = [['a', 1] as const, ['b', 99] as const, ['c', 1] as const, ['e', 1] as const, ['f', 150] as const].map(([item, bytes]) =>
    ask(item, { bytes }).catch((error: LunarError) => error.code),
  )
  await settle()
  t.deepEqual(asList(questions), ['a b', 'c e', 'f'])
  for (const question of questions) question.answer(question.items)
  t.deepEqual(await Promise.all(all), ['a', 'b', 'c', 'e', 'f'])
})

test('what waits is bounded in items and in bytes', async (t) => {
  const { ask, questions } = lane()
  const all = Array.from({ length: 10 }, (_, i) => ask(`${i}`).catch((error: LunarError) => error.code))
  for (let done = 0; done < 8;) {
    await settle()
    const question = questions.at(-1)
    done += question?.items.length ?? 0
    question?.answer(question.items)
  }
  t.deepEqual((await Promise.all(all)).slice(7), ['7', 'TOO_MANY_REQUESTS', 'TOO_MANY_REQUESTS'])
  const heavy = [ask('x', { bytes: 150 }), ask('y', { bytes: 50 })]
  await t.throwsAsync(ask('z', { bytes: 1 }), { code: 'TOO_MANY_REQUESTS' })
  await settle()
  questions.at(-1)?.answer(['X'])
  await settle()
  questions.at(-1)?.answer(['Y'])
  t.deepEqual(await Promise.all(heavy), ['X', 'Y'])
})

test('tables take turns, so that many rows of one do not hold up another', async (t) => {
  const { ask, questions } = lane({ items: 2 })
  for (const item of ['a1', 'a2', 'a3', 'a4', 'a5']) void ask(item, { group: 'a' })
  void ask('b1', { group: 'b' })
  for (let i = 0; i < 3; i++) {
    await settle()
    questions[i]?.answer(questions[i]?.items ?? [])
  }
  t.deepEqual(asList(questions), ['a1 b1', 'a2 a3', 'a4 a5'])
})

test('an item that is refused fails alone; a question that fails fails for all of its items', async (t) => {
  const { ask, questions } = lane()
  const [good, bad] = [ask('good'), ask('bad')]
  await settle()
  const [later, latest] = [ask('later'), ask('latest')]
  questions[0]?.answer(['yes', new LunarError('TOO_MANY_HEADS', 'no')])
  t.is(await good, 'yes')
  await t.throwsAsync(bad, { code: 'TOO_MANY_HEADS' })
  await settle()
  questions[1]?.fail(new LunarError('PEER_UNREACHABLE', 'gone'))
  await t.throwsAsync(later, { code: 'PEER_UNREACHABLE' })
  await t.throwsAsync(latest, { code: 'PEER_UNREACHABLE' })
})

test('items without an answer are asked again, first; no answer at all is an error', async (t) => {
  const { ask, questions } = lane()
  const all = ['a', 'b', 'c'].map((item) => ask(item))
  await settle()
  all.push(ask('d'))
  questions[0]?.answer(['A'])
  await settle()
  t.deepEqual(asList(questions), ['a b c', 'b c d'])
  questions[1]?.answer([])
  t.is(await all[0], 'A')
  for (const unanswered of all.slice(1)) await t.throwsAsync(unanswered, { code: 'BAD_MESSAGE' })
})

test('a caller that leaves takes no other along; the last one ends the question', async (t) => {
  const { ask, questions } = lane()
  const leaving = [new AbortController(), new AbortController(), new AbortController()]
  const all = leaving.map(({ signal }, i) => ask(`${i}`, { signal }))
  await settle()
  const [waiting, staying] = [new AbortController(), new AbortController()]
  const unasked = ask('unasked', { signal: waiting.signal })
  const asked = ask('asked', { signal: staying.signal })
  for (const [i, one] of leaving.entries()) {
    t.false(questions[0]?.signal.aborted)
    one.abort(new Error(`left ${i}`))
    await t.throwsAsync(all[i] ?? Promise.resolve(), { message: `left ${i}` })
  }
  t.true(questions[0]?.signal.aborted)
  waiting.abort(new Error('left while waiting'))
  await t.throwsAsync(unasked, { message: 'left while waiting' })
  questions[0]?.fail(new LunarError('ABORTED', 'all left'))
  await settle()
  t.deepEqual(asList(questions), ['0 1 2', 'asked'])
  questions[1]?.answer(['yes'])
  t.is(await asked, 'yes')
})
