import test from 'ava'
import { ahead } from './ahead.ts'

const never = new AbortController().signal
const settled = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

test('one item is made ahead of its consumer, never two', async (t) => {
  const made: number[] = []
  async function* produce(): AsyncGenerator<number, void> {
    for (let i = 0; i < 4; i++) {
      made.push(i)
      yield i
    }
  }
  const taken: number[] = []
  for await (const item of ahead(produce, never)) {
    taken.push(item)
    await settled()
    t.deepEqual(made, [0, 1, 2, 3].slice(0, item + 2))
  }
  t.deepEqual(taken, [0, 1, 2, 3])
})

test('a consumer that stops early aborts what is under way, and the producer is closed', async (t) => {
  let isAborted = false
  let isClosed = false
  async function* produce(signal: AbortSignal): AsyncGenerator<number, void> {
    try {
      yield 1
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    } catch {
      isAborted = true
    } finally {
      isClosed = true
    }
  }
  for await (const item of ahead(produce, never)) {
    t.is(item, 1)
    break
  }
  t.true(isAborted)
  t.true(isClosed)
})

test('a failure comes after the items before it', async (t) => {
  async function* produce(): AsyncGenerator<number, void> {
    yield 1
    throw new Error('no more')
  }
  const taken: number[] = []
  await t.throwsAsync(
    async () => {
      for await (const item of ahead(produce, never)) {
        taken.push(item)
        await settled()
      }
    },
    { message: 'no more' },
  )
  t.deepEqual(taken, [1])
})
