import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import {
  CLEAR,
  isCounted,
  isPaid,
  isSilentThroughout,
  judge,
  SILENCE,
  type Evidence,
  type Order,
  type ProviderNow,
  type ShardState,
} from './index.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const transcript = stream('transcript', 32)
const at = (nowMs: number, more: Partial<ProviderNow> = {}): ProviderNow => ({
  nowMs,
  heartbeatsSinceMs: 0,
  isInMaintenance: false,
  ...more,
})

function play(steps: readonly (readonly [Evidence, ProviderNow])[]): { state: ShardState; orders: Order[] } {
  return steps.reduce<{ state: ShardState; orders: Order[] }>(
    ({ state, orders }, [evidence, now]) => {
      const next = judge(state, evidence, now)
      return { state: next.state, orders: [...orders, ...next.orders] }
    },
    { state: CLEAR, orders: [] },
  )
}

test('a wrong watermark convicts nobody: it asks the leaf at its place', (t) => {
  const { state, orders } = play([[{ kind: 'watermark-wrong' }, at(0)]])
  t.is(state.kind, 'clear')
  t.deepEqual(orders, [{ kind: 'ask-place' }])
})

test('silence is contained, asked from other domains, and after an hour of it the shard counts as missing', (t) => {
  const silent = (domain: string, nowMs: number) => [{ kind: 'silent', leaf: 3, domain } as const, at(nowMs)] as const
  const hour = play([silent('a', 0), silent('b', HOUR / 2), silent('a', HOUR - 1)])
  t.is(hour.state.kind, 'contained')
  t.true(isCounted(hour.state))
  t.false(isPaid(hour.state))
  t.deepEqual(hour.orders, [{ kind: 'ask-again', leaves: [3], notIn: ['a'] }])
  const longer = play([silent('a', 0), silent('b', HOUR / 2), silent('b', HOUR)])
  t.is(longer.state.kind, 'missing')
  t.deepEqual(longer.orders.at(-1), { kind: 'count', as: 'missing' })
  t.false(
    longer.orders.some(({ kind }) => kind === 'loss' || kind === 'debit'),
    'standing is untouched',
  )
  t.is(play([silent('a', 0), silent('a', HOUR), silent('a', 2 * HOUR)]).state.kind, 'contained', 'one domain alone writes nothing off')
})

test('lateness is never guilt: an answer at any time clears', (t) => {
  const { state, orders } = play([
    [{ kind: 'silent', leaf: 3, domain: 'a' }, at(0)],
    [{ kind: 'silent', leaf: 3, domain: 'b' }, at(2 * HOUR)],
    [{ kind: 'proved', leaf: 3 }, at(90 * HOUR)],
  ])
  t.is(state.kind, 'clear')
  t.deepEqual(orders.slice(-2), [{ kind: 'count', as: 'present' }, { kind: 'credit' }])
})

test('who sends no heartbeats, or is in maintenance, is not written off by audits; the hour begins when it is back', (t) => {
  for (const away of [{ heartbeatsSinceMs: null }, { isInMaintenance: true }]) {
    const { state, orders } = play([
      [{ kind: 'silent', leaf: 3, domain: 'a' }, at(0)],
      [{ kind: 'silent', leaf: 3, domain: 'b' }, at(5 * HOUR, away)],
      [{ kind: 'time' }, at(6 * HOUR, away)],
    ])
    t.is(state.kind, 'contained')
    t.is(orders.length, 1)
  }
  const back = { heartbeatsSinceMs: 10 * HOUR }
  const steps = [
    [{ kind: 'silent', leaf: 3, domain: 'a' }, at(0)],
    [{ kind: 'silent', leaf: 3, domain: 'b' }, at(10.5 * HOUR, back)],
  ] as const
  t.is(play(steps).state.kind, 'contained')
  t.is(play([...steps, [{ kind: 'time' }, at(12 * HOUR, back)]]).state.kind, 'contained', 'it was not asked since')
  t.is(play([...steps, [{ kind: 'silent', leaf: 3, domain: 'b' }, at(12 * HOUR, back)]]).state.kind, 'missing')
})

/** Asked every so often for so long, in turn from these domains, and silent each time; its heartbeats pause whenever `since` says so. */
function playSilence(
  hours: number,
  {
    everyMs = SILENCE.askAgainMs,
    domains = ['a', 'b'] as readonly string[],
    since = (nowMs: number): number | null => nowMs - (nowMs % (50 * MINUTE)),
  } = {},
): ShardState {
  const times = Array.from({ length: (hours * HOUR) / everyMs + 1 }, (_, i) => i * everyMs)
  return play(
    times.flatMap((nowMs, i): (readonly [Evidence, ProviderNow])[] => [
      [{ kind: 'silent', leaf: 3, domain: domains[i % domains.length] ?? '' }, at(nowMs, { heartbeatsSinceMs: since(nowMs) })],
      [{ kind: 'time' }, at(nowMs + 1, { heartbeatsSinceMs: nowMs })], // heard again
    ]),
  ).state
}

test('a day of silence in all counts as missing, whatever the gaps in the heartbeats', (t) => {
  for (const [title, hours, options, kind] of [
    ['gaps every fifty minutes, not yet a day', 23.5, {}, 'contained'],
    ['gaps every fifty minutes', 24, {}, 'missing'],
    ['away whenever it is judged', 24, { since: () => null }, 'missing'],
    ['met by one domain alone', 72, { domains: ['a'] }, 'contained'],
    ['asked twice an hour: what lies between two questions counts for twenty minutes', 35.5, { everyMs: HOUR / 2 }, 'contained'],
    ['asked twice an hour for long enough', 36, { everyMs: HOUR / 2 }, 'missing'],
    ['there once a day: being away counts for nothing', 30 * 24, { everyMs: 24 * HOUR }, 'contained'],
  ] as const)
    t.is(playSilence(hours, options).kind, kind, title)
})

test('an answer ends what it was silent in all, and maintenance counts for nothing', (t) => {
  const silent = (nowMs: number, more = {}) =>
    [
      { kind: 'silent', leaf: 3, domain: nowMs % (2 * SILENCE.askAgainMs) === 0 ? 'a' : 'b' } as const,
      at(nowMs, { heartbeatsSinceMs: nowMs, ...more }),
    ] as const
  const day = Array.from({ length: 144 }, (_, i) => i * SILENCE.askAgainMs)
  const answered = [...day.map((ms) => silent(ms)), [{ kind: 'proved', leaf: 3 }, at(24 * HOUR)] as const]
  t.is(play([...answered, ...day.map((ms) => silent(25 * HOUR + ms))]).state.kind, 'contained')
  t.is(play([...answered, ...day.map((ms) => silent(25 * HOUR + ms)), silent(49 * HOUR)]).state.kind, 'missing')
  const worked = day.map((ms) => silent(ms, { isInMaintenance: ms >= HOUR }))
  t.is(play([...worked, silent(24 * HOUR)]).state.kind, 'contained')
})

test('that a shard counts as missing is ordered again after an hour of silence more: others may agree now', (t) => {
  const silent = (domain: string, nowMs: number) => [{ kind: 'silent', leaf: 3, domain } as const, at(nowMs)] as const
  const missing = [silent('a', 0), silent('b', HOUR)]
  const countsOf = (...more: (readonly [Evidence, ProviderNow])[]): number =>
    play([...missing, ...more]).orders.filter(({ kind }) => kind === 'count').length
  t.is(countsOf(), 1)
  t.is(countsOf(silent('a', 2 * HOUR - 1)), 1)
  t.is(countsOf(silent('a', 2 * HOUR), silent('b', 2 * HOUR + 1)), 2)
  t.is(countsOf(silent('a', 2 * HOUR), silent('b', 3 * HOUR)), 3)
})

test('silence that lasted is seen by what two domains have signed early and late', (t) => {
  const met = (...those: (readonly [string, number])[]) => those.map(([domain, hours]) => ({ domain, askedMs: hours * HOUR }))
  for (const [title, those, expected] of [
    ['nobody', [], false],
    ['two domains, each early and late', met(['a', 0], ['b', 1], ['a', 23], ['b', 24]), true],
    ['in any order', met(['b', 24], ['a', 23], ['b', 1], ['a', 0]), true],
    ['the second not for long', met(['a', 0], ['b', 1], ['a', 24], ['b', 23.9]), false],
    ['one early, the other late', met(['a', 0], ['b', 24]), false],
    ['one domain alone', met(['a', 0], ['a', 24], ['a', 48]), false],
  ] as const)
    t.is(isSilentThroughout(those), expected, title)
})

test('a contained shard is asked again from time to time', (t) => {
  const { orders } = play([
    [{ kind: 'silent', leaf: 3, domain: 'a' }, at(0)],
    [{ kind: 'time' }, at(SILENCE.askAgainMs - 1)],
    [{ kind: 'time' }, at(SILENCE.askAgainMs)],
  ])
  t.is(orders.filter(({ kind }) => kind === 'ask-again').length, 2)
})

test('a signed wrong leaf is debited once, and told to standing once, whatever came before', (t) => {
  const wrong = [{ kind: 'disproved', leaf: 3, transcript } as const, at(HOUR)] as const
  for (const before of [[], [[{ kind: 'silent', leaf: 3, domain: 'a' } as const, at(0)] as const], [wrong]]) {
    const { state, orders } = play([...before, wrong])
    t.is(state.kind, 'wrong')
    t.deepEqual(
      orders.filter(({ kind }) => kind !== 'ask-again').map(({ kind }) => kind),
      ['debit', 'loss', 'count'],
    )
  }
})

test('what a provider reports first is no debit', (t) => {
  const { state, orders } = play([[{ kind: 'lost', leaf: null, isFirst: true, transcript: null }, at(0)]])
  t.false(isCounted(state))
  t.deepEqual(orders, [
    { kind: 'loss', transcript: null, isFirst: true },
    { kind: 'count', as: 'missing' },
  ])
})

test('only the leaves that were asked close a case: who answers another one can be reached, and lacks these', (t) => {
  const silent = [{ kind: 'silent', leaf: 3, domain: 'a' } as const, at(0)] as const
  const other = [{ kind: 'proved', leaf: 4 } as const, at(1)] as const
  t.is(play([silent, other]).state.kind, 'contained')
  t.is(
    play([silent, other, [{ kind: 'silent', leaf: 5, domain: 'b' }, at(2)], [{ kind: 'proved', leaf: 3 }, at(3)]]).state.kind,
    'contained',
  )
  t.is(play([silent, other, [{ kind: 'proved', leaf: 3 }, at(3)]]).state.kind, 'clear')
  const lost = [{ kind: 'lost', leaf: null, isFirst: true, transcript: null } as const, at(0)] as const
  t.is(play([lost, other]).state.kind, 'lost', 'the whole shard')
  t.deepEqual(play([lost, [{ kind: 'stored' }, at(2)]]).orders.at(-1), { kind: 'count', as: 'present' })
})
