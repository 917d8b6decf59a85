/**
 * What every network must do for the roles: libp2p with the data channel, and the simulated one, are interchangeable.
 *
 * @module
 */
import { hasCode, LunarError, type PeerAddress, type Role } from '@lunarx/core/model'
import { type Body, type Peers, WithBody } from '@lunarx/net/peers'
import { RecordedSpans, traced, type Tracer } from '@lunarx/runtime/tracing'
import { exchange } from '@lunarx/wire'
import type { ExecutionContext, TestFn } from 'ava'
import { z } from 'zod'

export interface JoinOptions {
  readonly role: Role
  /** Default: an hour from now. Milliseconds from now; the peer joins before it runs out. */
  readonly credentialMs?: number
  /** Default: the network of the fixture. */
  readonly network?: string
  /** Signed by a key that is not the network's. */
  readonly isForged?: boolean
  /** Takes part in the directory. Default: not. */
  readonly hasDirectory?: boolean
  readonly tracer?: Tracer
}

export interface Joined {
  readonly peers: Peers
  readonly address: PeerAddress
}

export interface PeersFixture extends AsyncDisposable {
  /** A new peer of a new host. */
  join(options: JoinOptions): Promise<Joined>
  /** Lets time pass until this is settled. */
  settle<T>(work: Promise<T>): Promise<T>
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>
  /** Of a host where nobody listens. */
  readonly nowhere: PeerAddress
}

const askers: readonly Role[] = ['client', 'provider']
const message = z.object({ text: z.string().max(100_000) })
const tell = exchange({ name: 'test-tell', channel: 'control', askers, question: message, answer: message })
const bulk = exchange({ name: 'test-bulk', channel: 'data', askers, question: message, answer: message })

const MIB = 1024 * 1024

/** `count` chunks, each full of its number; says how many were asked for. */
class Source implements AsyncIterable<Uint8Array> {
  produced = 0
  isReturned = false
  readonly #count: number
  readonly #chunkBytes: number

  constructor(count: number, chunkBytes: number) {
    this.#count = count
    this.#chunkBytes = chunkBytes
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      while (this.produced < this.#count) yield new Uint8Array(this.#chunkBytes).fill(++this.produced)
    } finally {
      this.isReturned = true
    }
  }
}

async function read(body: Body): Promise<{ readonly bytes: number; readonly sum: number; readonly largest: number }> {
  let [bytes, sum, largest] = [0, 0, 0]
  for await (const chunk of body) {
    bytes += chunk.length
    largest = Math.max(largest, chunk.length)
    for (const byte of chunk) sum += byte
  }
  return { bytes, sum, largest }
}

export function peersConformance(test: TestFn, name: string, makeFixture: () => Promise<PeersFixture>): void {
  const on = (title: string, body: (fixture: PeersFixture, t: ExecutionContext) => Promise<void>): void => {
    test(`${name}: ${title}`, async (t) => {
      await using fixture = await makeFixture()
      await body(fixture, t)
    })
  }
  const pair = async (fixture: PeersFixture) => [await fixture.join({ role: 'client' }), await fixture.join({ role: 'tracker' })] as const

  on('carries question and answer on both channels, and says who is who', async (fixture, t) => {
    const [client, tracker] = await pair(fixture)
    for (const one of [tell, bulk]) {
      tracker.peers.answer(one, async ({ text }, { session }) => ({ text: `${text} from ${session.peer} (${session.credential.role})` }))
      const { answer, session, body } = await fixture.settle(client.peers.ask(tracker.address, one, { text: 'hello' }))
      t.is(answer.text, `hello from ${client.peers.self} (client)`)
      t.is(session.peer, tracker.peers.self)
      t.is(session.credential.role, 'tracker')
      t.is((await fixture.settle(read(body))).bytes, 0)
    }
    t.is(client.peers.credential.peer, client.peers.self)
  })

  on('what is asked within a span is answered within one of the same trace, on both channels; nothing else is', async (fixture, t) => {
    const spans = new RecordedSpans()
    const client = await fixture.join({ role: 'client', tracer: spans.tracer('client') })
    const tracker = await fixture.join({ role: 'tracker', tracer: spans.tracer('tracker') })
    for (const one of [tell, bulk]) {
      tracker.peers.answer(one, async (question) => question)
      const ask = () => client.peers.ask(tracker.address, one, { text: 'hello' })
      const before = spans.all.length
      await fixture.settle(ask())
      t.is(spans.all.length, before)
      await fixture.settle(traced(spans.tracer('client'), 'elsewhere', { kind: 'internal' }, ask))
      t.is(spans.all.length, before + 1, 'in a span of another tracer of the process')
    }
    const tracer = spans.tracer('both')
    const traceable = await fixture.join({ role: 'client', tracer })
    for (const one of [tell, bulk]) {
      const before = spans.all.length
      const ask = () => traceable.peers.ask(tracker.address, one, { text: 'hello' })
      await fixture.settle(traced(tracer, 'operation', { kind: 'internal' }, ask))
      const [operation, question, answer] = spans.all.slice(before)
      t.like(question, { service: 'both', kind: 'client', name: `lunarx/${one.name}`, parentId: operation?.spanId })
      t.like(answer, { service: 'tracker', kind: 'server', traceId: operation?.traceId, parentId: question?.spanId, outcome: 'OK' })
      t.is(spans.all.length, before + 3)
    }
  })

  on('carries errors by code and detail', async (fixture, t) => {
    const [client, tracker] = await pair(fixture)
    for (const one of [tell, bulk]) {
      tracker.peers.answer(one, async () => {
        throw new LunarError('NO_ROOM', 'no room', { detail: { short: 2 } })
      })
      const error = await t.throwsAsync(fixture.settle(client.peers.ask(tracker.address, one, { text: '' })), {
        code: 'NO_ROOM',
        message: 'no room',
      })
      t.deepEqual((error as LunarError).detail, { short: 2 })
    }
  })

  on('a defect of a handler shows nothing of it', async (fixture, t) => {
    const [client, tracker] = await pair(fixture)
    tracker.peers.answer(bulk, async () => {
      throw new TypeError('inner secret')
    })
    const error = await t.throwsAsync(fixture.settle(client.peers.ask(tracker.address, bulk, { text: '' })), { code: 'INTERNAL' })
    t.false(JSON.stringify((error as LunarError).detail).includes('inner secret') || error.message.includes('inner secret'))
  })

  on('refuses what is not served, and roles that may not ask', async (fixture, t) => {
    const [client, tracker] = await pair(fixture)
    for (const one of [tell, bulk]) {
      await t.throwsAsync(fixture.settle(client.peers.ask(tracker.address, one, { text: '' })), { code: 'UNKNOWN_EXCHANGE' })
      client.peers.answer(one, async () => ({ text: '' }))
      await t.throwsAsync(fixture.settle(tracker.peers.ask(client.address, one, { text: '' })), { code: 'UNAUTHORIZED' })
    }
    t.throws(() => client.peers.answer(tell, async () => ({ text: '' })))
  })

  on('refuses messages that are malformed or too long', async (fixture, t) => {
    const [client, tracker] = await pair(fixture)
    tracker.peers.answer(tell, async ({ text }) => ({ text: text === 'long' ? 'x'.repeat(40_000) : '' }))
    tracker.peers.answer(bulk, async () => ({ text: '' }))
    const ask = (text: unknown) => fixture.settle(client.peers.ask(tracker.address, tell, { text: text as string }))
    await t.throwsAsync(ask(7), { code: 'BAD_MESSAGE' })
    await t.throwsAsync(ask('x'.repeat(40_000)), { code: 'BAD_MESSAGE' })
    await t.throwsAsync(ask('long'), { code: 'BAD_MESSAGE' })
    await t.throwsAsync(fixture.settle(client.peers.ask(tracker.address, bulk, { text: 'x'.repeat(100_001) })), { code: 'BAD_MESSAGE' })
    t.is((await ask('short')).answer.text, '')
  })

  on('carries bodies both ways, in chunks of at most 1 MiB', async (fixture, t) => {
    const [client, tracker] = await pair(fixture)
    tracker.peers.answer(bulk, async (_, { body }) => {
      const { bytes, sum } = await read(body)
      return new WithBody({ text: `${bytes} ${sum}` }, new Source(3, 100_000))
    })
    const work = async () => {
      const { answer, body } = await client.peers.ask(tracker.address, bulk, { text: '' }, { body: new Source(2, 1.5 * MIB) })
      return { text: answer.text, back: await read(body) }
    }
    const { text, back } = await fixture.settle(work())
    t.is(text, `${3 * MIB} ${1.5 * MIB * 3}`)
    t.is(back.bytes, 300_000)
    t.is(back.sum, 600_000)
    t.true(back.largest <= MIB)
  })

  on('takes a chunk before it asks for the next: one buffer serves a body of any length', async (fixture, t) => {
    const [client, tracker] = await pair(fixture)
    const buffer = new Uint8Array(300_000)
    const reusing = async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 40; i++) yield buffer.fill(i)
    }
    const inOrder = async (body: Body): Promise<boolean> => {
      let at = 0
      for await (const chunk of body) for (const byte of chunk) if (byte !== Math.floor(at++ / buffer.length)) return false
      return at === 40 * buffer.length
    }
    tracker.peers.answer(bulk, async (_, { body }) => new WithBody({ text: String(await inOrder(body)) }, reusing()))
    const work = async () => {
      const { answer, body } = await client.peers.ask(tracker.address, bulk, { text: '' }, { body: reusing() })
      return [answer.text, await inOrder(body)]
    }
    t.deepEqual(await fixture.settle(work()), ['true', true])
  })

  on('a reader that stops, stops the producer', async (fixture, t) => {
    const [client, tracker] = await pair(fixture)
    const source = new Source(1_000, MIB)
    tracker.peers.answer(bulk, async () => new WithBody({ text: '' }, source))
    const work = async () => {
      const { body } = await client.peers.ask(tracker.address, bulk, { text: '' })
      for await (const chunk of body) if (chunk.length > 0) break
    }
    await fixture.settle(work())
    await fixture.pass(300)
    t.true(source.isReturned)
    t.true(source.produced < 100, `${source.produced} chunks were produced`)
  })

  on('a slow reader holds the producer', async (fixture, t) => {
    const [client, tracker] = await pair(fixture)
    const source = new Source(1_000, MIB)
    tracker.peers.answer(bulk, async () => new WithBody({ text: '' }, source))
    const { body } = await fixture.settle(client.peers.ask(tracker.address, bulk, { text: '' }))
    const chunks = body[Symbol.asyncIterator]()
    await fixture.settle(chunks.next())
    await fixture.pass(300)
    t.true(source.produced < 100, `${source.produced} chunks were produced`)
    await fixture.settle(Promise.resolve(chunks.return?.()))
  })

  on('a handler may answer without reading the body', async (fixture, t) => {
    const [client, tracker] = await pair(fixture)
    tracker.peers.answer(bulk, async () => ({ text: 'enough' }))
    const source = new Source(1_000, MIB)
    const { answer } = await fixture.settle(client.peers.ask(tracker.address, bulk, { text: '' }, { body: source }))
    t.is(answer.text, 'enough')
    await fixture.pass(300)
    t.true(source.isReturned)
  })

  on('an abort of the asker reaches the handler', async (fixture, t) => {
    const [client, tracker] = await pair(fixture)
    const caller = new AbortController()
    let isAborted = false
    tracker.peers.answer(bulk, (_, { signal }) => {
      const gone = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          isAborted = true
          reject(signal.reason)
        })
      })
      caller.abort()
      return gone
    })
    await t.throwsAsync(fixture.settle(client.peers.ask(tracker.address, bulk, { text: '' }, { signal: caller.signal })), {
      code: 'ABORTED',
    })
    await fixture.pass(300)
    t.true(isAborted)
    await t.throwsAsync(fixture.settle(client.peers.ask(tracker.address, bulk, { text: '' }, { signal: AbortSignal.abort() })), {
      code: 'ABORTED',
    })
  })

  on('a slow answer is a TIMEOUT', async (fixture, t) => {
    const [client, tracker] = await pair(fixture)
    for (const one of [tell, bulk]) {
      tracker.peers.answer(
        one,
        (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      )
      await t.throwsAsync(fixture.settle(client.peers.ask(tracker.address, one, { text: '' }, { timeoutMs: 200 })), { code: 'TIMEOUT' })
    }
  })

  on('tells nobody from somebody else', async (fixture, t) => {
    const [client, tracker] = await pair(fixture)
    tracker.peers.answer(tell, async () => ({ text: '' }))
    tracker.peers.answer(bulk, async () => ({ text: '' }))
    for (const one of [tell, bulk]) {
      await t.throwsAsync(fixture.settle(client.peers.ask(fixture.nowhere, one, { text: '' })), { code: 'PEER_UNREACHABLE' })
      await t.throwsAsync(fixture.settle(client.peers.ask({ ...tracker.address, peer: client.peers.self }, one, { text: '' })), {
        code: 'WRONG_PEER',
      })
      await fixture.settle(client.peers.ask({ ...tracker.address, peer: tracker.peers.self }, one, { text: '' }))
    }
  })

  on('a body that fails on its way fails for the reader', async (fixture, t) => {
    const [client, tracker] = await pair(fixture)
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10)
      throw new LunarError('STORE_FAILED', 'the disk is gone')
    }
    let seen: unknown
    tracker.peers.answer(bulk, async ({ text }, { body }) => {
      if (text === 'give') return new WithBody({ text: '' }, failing())
      try {
        await read(body)
      } catch (error) {
        seen = error
        throw error
      }
      return { text: 'complete' }
    })
    const { body } = await fixture.settle(client.peers.ask(tracker.address, bulk, { text: 'give' }))
    await t.throwsAsync(fixture.settle(read(body)), { instanceOf: LunarError })
    await t.throwsAsync(fixture.settle(client.peers.ask(tracker.address, bulk, { text: 'take' }, { body: failing() })), {
      code: 'STORE_FAILED',
    })
    await fixture.pass(300)
    t.true(hasCode(seen, 'INTERRUPTED', 'ABORTED', 'STORE_FAILED'), String(seen))
  })

  on('a peer that leaves breaks its calls and is reached no more', async (fixture, t) => {
    const [client, tracker] = await pair(fixture)
    tracker.peers.answer(bulk, (_, { signal }) => {
      const gone = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      void tracker.peers[Symbol.asyncDispose]()
      return gone
    })
    await t.throwsAsync(fixture.settle(client.peers.ask(tracker.address, bulk, { text: '' })), { code: 'INTERRUPTED' })
    await t.throwsAsync(fixture.settle(client.peers.ask(tracker.address, bulk, { text: '' })), { code: 'PEER_UNREACHABLE' })
    await fixture.settle(Promise.resolve(client.peers[Symbol.asyncDispose]()))
    await t.throwsAsync(fixture.settle(client.peers.ask(tracker.address, bulk, { text: '' })))
  })

  on('peers without a credential of the network are refused', async (fixture, t) => {
    const tracker = await fixture.join({ role: 'tracker' })
    tracker.peers.answer(tell, async () => ({ text: '' }))
    tracker.peers.answer(bulk, async () => ({ text: '' }))
    for (const bad of [{ isForged: true }, { network: 'elsewhere' }])
      for (const one of [tell, bulk]) {
        const work = async () => {
          const client = await fixture.join({ role: 'client', ...bad })
          await client.peers.ask(tracker.address, one, { text: '' })
        }
        await t.throwsAsync(fixture.settle(work()), { code: 'CREDENTIAL_REQUIRED' })
      }
  })

  on('a credential that has run out is refused, on a connection of before too', async (fixture, t) => {
    const client = await fixture.join({ role: 'client', credentialMs: 1_500 })
    const tracker = await fixture.join({ role: 'tracker' })
    for (const one of [tell, bulk]) {
      tracker.peers.answer(one, async () => ({ text: '' }))
      await fixture.settle(client.peers.ask(tracker.address, one, { text: '' }))
    }
    await fixture.pass(2_000)
    for (const one of [tell, bulk])
      await t.throwsAsync(fixture.settle(client.peers.ask(tracker.address, one, { text: '' })), { code: 'CREDENTIAL_EXPIRED' })
  })

  on(
    'the directory: who announced a key is found by it, a peer by its id, nobody by another; clients announce nothing',
    async (fixture, t) => {
      const join = async (role: Role) => {
        const joined = await fixture.join({ role, hasDirectory: true })
        const { directory } = joined.peers
        if (!directory) throw new Error('a peer without a directory')
        return { ...joined, directory }
      }
      const [tracker, first, second, client] = [await join('tracker'), await join('provider'), await join('provider'), await join('client')]
      for (const { directory } of [first, second, client]) directory.meet([tracker.address])
      const { signal } = new AbortController()
      const [key, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
      const announce = async ({ directory }: typeof first): Promise<number> => await fixture.settle(directory.announce(key, signal))
      for (let i = 0; (await announce(first)) < 2 && i < 100; i++) await fixture.pass(100)
      const find = (wanted: Uint8Array) => fixture.settle(client.directory.find(wanted, signal))
      // nobody acknowledges an announcement
      for (let i = 0; (await find(key)).length === 0 && i < 100; i++) await fixture.pass(100)
      t.deepEqual(await find(key), [{ ...first.address, peer: first.peers.self }])
      t.deepEqual(await find(other), [])
      t.deepEqual(await fixture.settle(client.directory.findPeer(second.peers.self, signal)), [
        { ...second.address, peer: second.peers.self },
      ])
      await t.throwsAsync(fixture.settle(client.directory.announce(key, signal)), { code: 'UNAUTHORIZED' })
      await t.throwsAsync(fixture.settle(client.directory.find(key, AbortSignal.abort())))
      const plain = await fixture.join({ role: 'client' })
      t.is(plain.peers.directory, undefined)
    },
  )

  on('many calls at a time do not mix', async (fixture, t) => {
    const [client, tracker] = await pair(fixture)
    for (const one of [tell, bulk]) tracker.peers.answer(one, async ({ text }) => ({ text: `re ${text}` }))
    const texts = Array.from({ length: 100 }, (_, i) => String(i))
    const answers = await fixture.settle(
      Promise.all(texts.map((text, i) => client.peers.ask(tracker.address, i % 2 ? tell : bulk, { text }))),
    )
    t.deepEqual(
      answers.map(({ answer }) => answer.text),
      texts.map((text) => `re ${text}`),
    )
  })
}
