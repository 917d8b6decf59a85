import { LunarError, type PeerAddress } from '@lunarx/core/model'
import { CONFIRM_SHARDS, confirm, confirmMany, HOLD_MANY_SHARDS, type Exchange } from '@lunarx/wire'
import { SystemClock } from '@lunarx/runtime/clock'
import test from 'ava'
import { AskTogether, type HeldShard } from './ask-together.ts'
import type { Ask } from './ask.ts'

const never = new AbortController().signal
const to = (peer: string): PeerAddress => ({ host: 'h', controlPort: 1, dataPort: 2, peer })
const shard = (n: number) => ({ segment: Uint8Array.of(n), index: 0 })

/** Answers a turn later. */
function asked(answer: (exchange: string, question: { readonly shards: readonly HeldShard[] }) => unknown) {
  const questions: number[] = []
  const ask = async (_: PeerAddress, { name }: Exchange<unknown, unknown>, question: { readonly shards: readonly HeldShard[] }) => {
    questions.push(question.shards.length)
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    return answer(name, question)
  }
  return { together: new AskTogether(ask as unknown as Ask, new SystemClock()), questions }
}

test('a hundred sets ask a provider what it holds in few questions, and each gets its own answer', async (t) => {
  const { together, questions } = asked((exchange, { shards }) => {
    t.is(exchange, confirmMany.name)
    return { held: shards.map(({ segment }) => (segment[0] ?? 0) % 3 === 0) }
  })
  const numbers = Array.from({ length: 100 }, (_, n) => n)
  const held = await Promise.all(numbers.map((n) => together.confirm(to(n < 50 ? 'a' : 'b'), shard(n), never)))
  t.deepEqual(
    held,
    numbers.map((n) => n % 3 === 0),
  )
  t.deepEqual(questions, [50, 50])
})

test('a shard that is refused fails alone, a peer that is away fails for its own', async (t) => {
  const held = { ...shard(1), client: 'c', owner: Uint8Array.of(1), address: Uint8Array.of(1), sizeBytes: 1, expiresMs: 1 }
  const key = { body: Uint8Array.of(1), signature: Uint8Array.of(2) }
  const { together } = asked((exchange, { shards }) => {
    if (exchange === confirmMany.name) throw new LunarError('PEER_UNREACHABLE', 'away')
    return { held: shards.map(({ sizeBytes }) => (sizeBytes > 1 ? { refusal: { code: 'FULL', message: 'no room' } } : { key })) }
  })
  const [first, second] = await Promise.allSettled([
    together.hold(to('a'), held, never),
    together.hold(to('a'), { ...held, sizeBytes: 2 }, never),
  ])
  t.deepEqual(first, { status: 'fulfilled', value: key })
  t.is((second as PromiseRejectedResult).reason.code, 'FULL')
  await t.throwsAsync(together.confirm(to('a'), shard(1), never), { code: 'PEER_UNREACHABLE' })
})

test('a provider of the version before is asked as before, as many at a time as that takes', async (t) => {
  const ways: string[] = []
  const { together, questions } = asked((exchange, { shards }) => {
    ways.push(exchange)
    if (exchange === confirmMany.name) throw new LunarError('UNKNOWN_EXCHANGE', 'the peer does not serve this exchange')
    t.true(shards.length <= CONFIRM_SHARDS)
    return { held: shards.map(({ segment }) => (segment[0] ?? 0) % 2 === 0) }
  })
  const numbers = Array.from({ length: CONFIRM_SHARDS + 10 }, (_, n) => n)
  const held = await Promise.all(numbers.map((n) => together.confirm(to('a'), shard(n), never)))
  t.deepEqual(
    held,
    numbers.map((n) => (n & 0xff) % 2 === 0),
  )
  t.deepEqual(ways, [confirmMany.name, confirm.name, confirmMany.name, confirm.name])
  t.deepEqual(questions, [CONFIRM_SHARDS + 10, CONFIRM_SHARDS, 10, 10])
})

test('no more holds go at a time than a provider can write down within the limit of a question, and confirms go on together', async (t) => {
  const key = { body: Uint8Array.of(1), signature: Uint8Array.of(2) }
  const { together, questions } = asked((exchange, { shards }) => ({
    held: shards.map(() => (exchange === confirmMany.name ? true : { key })),
  }))
  const held = { ...shard(1), client: 'c', owner: Uint8Array.of(1), address: Uint8Array.of(1), sizeBytes: 1, expiresMs: 1 }
  await Promise.all(Array.from({ length: HOLD_MANY_SHARDS + 10 }, () => together.hold(to('a'), held, never)))
  t.deepEqual(questions.splice(0), [HOLD_MANY_SHARDS, 10])
  t.is(HOLD_MANY_SHARDS, 128)
  await Promise.all(Array.from({ length: 500 }, () => together.confirm(to('a'), shard(1), never)))
  t.deepEqual(questions, [500])
})

test('a shard that a provider cannot look up fails alone', async (t) => {
  const refusal = { code: 'STORE_FAILED', message: 'the index cannot be read' }
  const { together } = asked((_, { shards }) => ({ held: shards.map(({ segment }) => (segment[0] === 1 ? { refusal } : true)) }))
  const [first, second] = await Promise.allSettled([1, 2].map((n) => together.confirm(to('a'), shard(n), never)))
  t.is((first as PromiseRejectedResult).reason.code, 'STORE_FAILED')
  t.deepEqual(second, { status: 'fulfilled', value: true })
})
