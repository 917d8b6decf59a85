import { connect as connectTcp, createServer, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { parseBytes } from '@lunarx/core/document'
import { LIMITS, LunarError, type PeerAddress } from '@lunarx/core/model'
import { deadline } from '@lunarx/runtime'
import { exchange } from '@lunarx/wire'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { clock, credentialOf, join, newIdentity, type TestPeer } from '../_network.test.ts'
import { testRevocation } from '../_revocation.test.ts'
import { PROTOCOL } from '../channel/connection.ts'
import { FRAME } from '../frame/frame.ts'
import { answerHead, decodeError, encodeHead } from '../frame/heads.ts'
import { HELLO_PROTOCOL } from './greetings.ts'
import { addressOf, boundPort, startHost } from './host.ts'
import { readFrame, sendFrame, writeFrame } from './stream-frames.ts'

const message = z.object({ text: z.string() })
const tell = exchange({ name: 'test-tell', channel: 'control', askers: ['client', 'tracker'], question: message, answer: message })

async function peer(t: ExecutionContext, ...how: Parameters<typeof join>): Promise<TestPeer> {
  const joined = await join(...how)
  t.teardown(() => joined.peers[Symbol.asyncDispose]())
  return joined
}

/** A libp2p host that keeps to no rules of ours. */
async function stranger(t: ExecutionContext, identity = newIdentity()): Promise<Libp2p> {
  const host = await startHost({ identity, listen: undefined, announce: [] })
  t.teardown(() => host.stop())
  return host
}

const dial = (host: Libp2p, { host: name, controlPort }: PeerAddress): Promise<Connection> => host.dial(addressOf(name, controlPort))

async function say(connection: Connection, protocol: string, type: 1 | 2, payload: Uint8Array) {
  using limit = deadline(clock, 10_000)
  const stream = await connection.newStream(protocol)
  await sendFrame(stream, type, payload, limit.signal)
  return await readFrame(stream, limit.signal)
}

const question = encodeHead({ exchange: 'test-tell', question: { text: '' }, body: false })

test.serial('a question before a credential is answered CREDENTIAL_REQUIRED', async (t) => {
  const tracker = await peer(t, 'tracker')
  tracker.peers.answer(tell, async () => t.fail())
  const connection = await dial(await stranger(t), tracker.address)
  const { type, payload } = await say(connection, '/lunarx/1/test-tell', FRAME.question, question)
  t.is(type, FRAME.error)
  t.is(decodeError(payload).code, 'CREDENTIAL_REQUIRED')
})

test.serial('questions follow one another on a stream', async (t) => {
  const tracker = await peer(t, 'tracker')
  tracker.peers.answer(tell, async ({ text }) => ({ text }))
  const identity = newIdentity()
  const connection = await dial(await stranger(t, identity), tracker.address)
  await say(connection, HELLO_PROTOCOL, FRAME.hello, encodeHead({ credential: credentialOf(identity, 'client') }))
  using limit = deadline(clock, 10_000)
  const stream = await connection.newStream('/lunarx/1/test-tell')
  for (const text of ['one', 'two', 'three']) {
    writeFrame(stream, FRAME.question, encodeHead({ exchange: 'test-tell', question: { text }, body: false }))
    const { type, payload } = await readFrame(stream, limit.signal)
    t.is(type, FRAME.answer)
    t.like(parseBytes(answerHead, payload), { answer: { text } })
  }
  const closed = new Promise((resolve) => stream.addEventListener('close', resolve))
  await stream.close({ signal: limit.signal })
  await closed // the answerer ends its side when the asker has ended his
})

test.serial('a stream is kept for the next question, and another opened where it was ended', async (t) => {
  const client = await peer(t, 'client')
  const identity = newIdentity()
  const host = await startHost({ identity, listen: { host: '127.0.0.1', port: 0 }, announce: [] })
  t.teardown(() => host.stop())
  using limit = deadline(clock, 10_000)
  const streams: Stream[] = []
  await host.handle(HELLO_PROTOCOL, async (stream) => {
    await readFrame(stream, limit.signal)
    await sendFrame(stream, FRAME.hello, encodeHead({ credential: credentialOf(identity, 'tracker') }), limit.signal)
  })
  await host.handle('/lunarx/1/test-tell', async (stream) => {
    const text = String(streams.push(stream))
    while (stream.status === 'open') {
      await readFrame(stream, limit.signal)
      writeFrame(stream, FRAME.answer, encodeHead({ answer: { text }, body: false }))
    }
  })
  const address = { host: '127.0.0.1', controlPort: boundPort(host) ?? 0, dataPort: 1, peer: identity.peer }
  const ask = async (): Promise<string> => (await client.peers.ask(address, tell, { text: '' })).answer.text
  t.deepEqual([await ask(), await ask(), await ask()], ['1', '1', '1'])
  const both = await Promise.all([ask(), ask()])
  t.deepEqual(both.sort(), ['1', '2'])
  for (const stream of streams) stream.abort(new Error('ended'))
  await clock.sleep(100)
  t.is(await ask(), '3')
})

test.serial("another peer's credential is refused, and the connection closed", async (t) => {
  const tracker = await peer(t, 'tracker')
  const connection = await dial(await stranger(t), tracker.address)
  const closed = new Promise((resolve) => connection.addEventListener('close', resolve))
  const { type, payload } = await say(
    connection,
    HELLO_PROTOCOL,
    FRAME.hello,
    encodeHead({ credential: credentialOf(newIdentity(), 'client') }),
  )
  t.is(type, FRAME.error)
  t.is(decodeError(payload).code, 'CREDENTIAL_REQUIRED')
  await closed
  t.pass()
})

test.serial('after its credential a peer is answered', async (t) => {
  const tracker = await peer(t, 'tracker')
  tracker.peers.answer(tell, async (_, { session }) => ({ text: session.credential.role }))
  const identity = newIdentity()
  const connection = await dial(await stranger(t, identity), tracker.address)
  t.is((await say(connection, HELLO_PROTOCOL, FRAME.hello, encodeHead({ credential: credentialOf(identity, 'client') }))).type, FRAME.hello)
  t.is((await say(connection, '/lunarx/1/test-tell', FRAME.question, question)).type, FRAME.answer)
})

test.serial('connections that say nothing are closed, on both channels', async (t) => {
  const tracker = await peer(t, 'tracker')
  const { host, controlPort, dataPort } = tracker.address
  const connection = await dial(await stranger(t), tracker.address)
  const greeted = new Promise((resolve) => connection.addEventListener('close', resolve))
  const silent = [
    connectTcp(dataPort, host),
    connectTls({ host, port: dataPort, rejectUnauthorized: false, ALPNProtocols: [PROTOCOL] }),
    connectTcp(controlPort, host),
  ]
  const closed = silent.map(
    (socket) =>
      new Promise((resolve) =>
        socket
          .on('error', () => undefined)
          .resume()
          .once('close', resolve),
      ),
  )
  await Promise.all([greeted, ...closed])
  t.pass()
})

test.serial('a message that is too long ends its stream, not the connection', async (t) => {
  const tracker = await peer(t, 'tracker')
  tracker.peers.answer(tell, async ({ text }) => ({ text }))
  const identity = newIdentity()
  const connection = await dial(await stranger(t, identity), tracker.address)
  await say(connection, HELLO_PROTOCOL, FRAME.hello, encodeHead({ credential: credentialOf(identity, 'client') }))
  const stream = await connection.newStream('/lunarx/1/test-tell')
  stream.send(Uint8Array.of(FRAME.question, 0, 0, 0x80, 1))
  using limit = deadline(clock, 10_000)
  const { type, payload } = await readFrame(stream, limit.signal)
  t.is(type, FRAME.error)
  t.is(decodeError(payload).code, 'BAD_MESSAGE')
  t.is((await say(connection, '/lunarx/1/test-tell', FRAME.question, question)).type, FRAME.answer)
})

test.serial('messages up to the limit cross', async (t) => {
  const [client, tracker] = [await peer(t, 'client'), await peer(t, 'tracker')]
  tracker.peers.answer(tell, async ({ text }) => ({ text }))
  const text = 'x'.repeat(LIMITS.controlMessageBytes - 100)
  t.is((await client.peers.ask(tracker.address, tell, { text })).answer.text, text)
  await t.throwsAsync(client.peers.ask(tracker.address, tell, { text: `${text}${text}` }), { code: 'BAD_MESSAGE' })
})

test.serial('a renewed credential is shown on the connection that is open', async (t) => {
  const identity = newIdentity()
  let credential = credentialOf(identity, 'client', { name: 'before' })
  const client = await peer(t, 'client', () => credential, identity)
  const tracker = await peer(t, 'tracker')
  const names: string[] = []
  tracker.peers.answer(tell, async (_, { session }) => {
    names.push(session.credential.name)
    return { text: '' }
  })
  await client.peers.ask(tracker.address, tell, { text: '' })
  credential = credentialOf(identity, 'client', { name: 'after' })
  await Promise.all([client.peers.ask(tracker.address, tell, { text: '' }), client.peers.ask(tracker.address, tell, { text: '' })])
  t.deepEqual(names, ['before', 'after', 'after'])
})

testRevocation(tell)

test.serial('a peer that cannot be dialled is asked over the connection that it has opened', async (t) => {
  const [client, tracker] = [await peer(t, 'client'), await peer(t, 'tracker')]
  tracker.peers.answer(tell, async ({ text }) => ({ text }))
  client.peers.answer(tell, async ({ text }) => ({ text: `client: ${text}` }))
  await client.peers.ask(tracker.address, tell, { text: '' })
  const { answer } = await tracker.peers.ask({ ...client.address, controlPort: 1 }, tell, { text: 'hello' })
  t.is(answer.text, 'client: hello')
})

test.serial('addresses without a peer id share a connection, and find whoever is there', async (t) => {
  const client = await peer(t, 'client')
  const tracker = await peer(t, 'tracker')
  tracker.peers.answer(tell, async ({ text }) => ({ text }))
  const { peer: _, ...anybody } = tracker.address
  for (let i = 0; i < 3; i++) t.is((await client.peers.ask(anybody, tell, { text: '' })).session.peer, tracker.identity.peer)
  await t.throwsAsync(client.peers.ask({ ...anybody, peer: newIdentity().peer }, tell, { text: '' }), { code: 'WRONG_PEER' })
  await t.throwsAsync(tracker.peers.ask(anybody, tell, { text: '' }), { code: 'PEER_UNREACHABLE' })
})

test.serial('a connection that has gone silent is given up after a TIMEOUT', async (t) => {
  const [client, tracker] = [await peer(t, 'client'), await peer(t, 'tracker')]
  tracker.peers.answer(tell, async ({ text }) => ({ text }))
  const sockets = new Set<Socket>()
  const middle = createServer((near) => {
    const far = connectTcp(tracker.address.controlPort, tracker.address.host)
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined))
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => middle.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    middle.close()
  })
  const address = { ...tracker.address, controlPort: (middle.address() as { port: number }).port }
  await client.peers.ask(address, tell, { text: '' })
  // as a node that has lost its power: nothing arrives, nobody says so
  for (const socket of sockets) socket.unpipe().pause()
  await t.throwsAsync(client.peers.ask(address, tell, { text: '' }, { timeoutMs: 500 }), { code: 'TIMEOUT' })
  t.is((await client.peers.ask(address, tell, { text: 'again' })).answer.text, 'again')
})

test.serial('an exchange under way is finished before the peer leaves', async (t) => {
  const client = await peer(t, 'client')
  const tracker = await peer(t, 'tracker')
  const leave = Promise.withResolvers<void>()
  tracker.peers.answer(tell, async ({ text }) => {
    leave.resolve()
    await clock.sleep(200)
    return { text }
  })
  const asking = client.peers.ask(tracker.address, tell, { text: 'last' })
  await leave.promise
  await tracker.peers[Symbol.asyncDispose]()
  t.is((await asking).answer.text, 'last')
  const error = await t.throwsAsync(client.peers.ask(tracker.address, tell, { text: '' }))
  t.true(error instanceof LunarError && error.retryable)
})
