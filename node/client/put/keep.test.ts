import { LEASE } from '@lunarx/core/document'
import { LunarError } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { SeededRandom } from '@lunarx/runtime/random'
import { KEEPS_ASKED, type keep, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import test from 'ava'
import { Keeping, type KeepDeps } from './keep.ts'

type Outcomes = AnswerOf<typeof keep>['outcomes']
const HOUR = 3_600_000
const { signal } = new AbortController()
const idOf = (n: number): Uint8Array => crypto.sha256(Uint8Array.of(n & 255, n >> 8))

function world(answer: (question: QuestionOf<typeof keep>) => Outcomes = ({ keeps }) => keeps.map(() => 'kept')) {
  const clock = new SimulatedClock()
  const machine = clock.machine()
  const asked: QuestionOf<typeof keep>[] = []
  const trackers = {
    owners: () => ['one'],
    ask: async (_: unknown, question: QuestionOf<typeof keep>) => {
      asked.push(question)
      return { outcomes: answer(question) }
    },
  }
  const deps = {
    network: { network: 'net' },
    keys: { identity: crypto.signKey(new Uint8Array(32)) },
    clock: machine,
    random: new SeededRandom(1),
    trackers,
    log: new Trace(clock).log('client'),
  } as unknown as KeepDeps
  return { clock, machine, asked, keeping: new Keeping(deps), run: <T>(work: Promise<T>) => clock.runWhile(work, HOUR) }
}

test('all sets of a put are kept, each once, so many in one question', async (t) => {
  const { keeping, asked, run } = world()
  for (let n = 0; n < 2 * KEEPS_ASKED + 1; n++) keeping.add(idOf(n))
  keeping.add(idOf(0))
  await run(keeping.all(signal))
  t.deepEqual(
    asked.map(({ keeps }) => keeps.length).sort((a, b) => a - b),
    [1, KEEPS_ASKED, KEEPS_ASKED],
  )
  await run(keeping.all(signal))
  t.is(asked.length, 3, 'kept a moment ago')
  t.notThrows(() => keeping.assertRecent())
})

test('those that too few have taken are asked about again; not for ever', async (t) => {
  let round = 0
  const slow = world(({ keeps }) => keeps.map(() => (++round > 3 ? 'kept' : 'short')))
  slow.keeping.add(idOf(1))
  slow.keeping.add(idOf(2))
  await slow.run(slow.keeping.all(signal))
  t.deepEqual(
    slow.asked.map(({ keeps }) => keeps.length),
    [2, 2, 1],
  )
  const never = world(({ keeps }) => keeps.map(() => 'unknown'))
  never.keeping.add(idOf(1))
  await t.throwsAsync(never.run(never.keeping.all(signal)), { instanceOf: LunarError, code: 'NOT_ENOUGH_HOLDERS' })
  t.is(never.asked.length, 6)
})

test('a set that was deleted meanwhile ends it', async (t) => {
  const { keeping, run } = world(({ keeps }) => keeps.map((_, i) => (i === 1 ? 'buried' : 'kept')))
  for (const n of [1, 2, 3]) keeping.add(idOf(n))
  await t.throwsAsync(run(keeping.all(signal)), { code: 'TOMBSTONED' })
})

test('a name is not written an hour after the keeps: they are given again first; one that is a week old is not', async (t) => {
  const { clock, keeping, asked, run } = world()
  keeping.add(idOf(1))
  t.throws(() => keeping.assertRecent(), { code: 'TIMEOUT' }, 'never kept')
  await run(keeping.all(signal))
  clock.skip(LEASE.nameWithinMs + 1)
  t.throws(() => keeping.assertRecent(), { code: 'TIMEOUT' })
  await run(keeping.all(signal))
  t.is(asked.length, 2)
  t.notThrows(() => keeping.assertRecent())
  clock.skip(LEASE.renewUntilMs + 1)
  await t.throwsAsync(run(keeping.all(signal)), { code: 'TOMBSTONED' })
  t.is(asked.length, 2, 'it may have been freed')
})

test('a wall clock that is set ahead makes keeps old, one that is set back does not make them young', async (t) => {
  const { clock, machine, keeping, run } = world()
  keeping.add(idOf(1))
  await run(keeping.all(signal))
  machine.setAhead(2 * HOUR)
  t.throws(() => keeping.assertRecent(), { code: 'TIMEOUT' })
  machine.setAhead(-24 * HOUR)
  t.notThrows(() => keeping.assertRecent())
  clock.skip(2 * HOUR)
  t.throws(() => keeping.assertRecent(), { code: 'TIMEOUT' })
})

test('of an upload that takes long, sets are kept within the hour, and then once a day', async (t) => {
  const { clock, keeping, asked, run } = world()
  keeping.add(idOf(1))
  for (let passed = 0; passed < 30 * HOUR; passed += HOUR / 4) {
    clock.skip(HOUR / 4)
    await run(keeping.due(signal))
  }
  t.is(asked.length, 2)
})
