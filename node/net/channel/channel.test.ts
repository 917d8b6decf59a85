import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Socket, connect as connectTcp } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { hasCode, LIMITS, type LunarError, type PeerAddress } from '@lunarx/core/model'
import { nodeCrypto } from '@lunarx/runtime'
import { exchange } from '@lunarx/wire'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { clock, credentialOf, join, newIdentity, random, type TestPeer } from '../_network.test.ts'
import { testRevocation } from '../_revocation.test.ts'
import { FRAME, HEADER_BYTES } from '../frame/frame.ts'
import { decodeError, encodeHead } from '../frame/heads.ts'
import type { Identity } from '../identity/identity.ts'
import { type Body, WithBody } from '../peers/peers.ts'
import { makePeerCertificate } from '../tls/peer-certificate.ts'
import { PROTOCOL } from './connection.ts'

// one test at a time: many sockets at once on a busy machine run into the limits of handshakes
const MIB = 1024 * 1024
const message = z.object({ text: z.string().max(4_000_000) })
const bulk = exchange({ name: 'test-bulk', channel: 'data', askers: ['client'], question: message, answer: message })

async function peer(t: ExecutionContext, ...how: Parameters<typeof join>): Promise<TestPeer> {
  const joined = await join(...how)
  t.teardown(() => joined.peers[Symbol.asyncDispose]())
  return joined
}

async function* chunks(count: number, sizeBytes: number, onEach: (index: number) => void = () => undefined): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) {
    onEach(i)
    yield new Uint8Array(sizeBytes).fill(i)
  }
}

async function hashOf(body: Body): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of body) hash.update(chunk)
  return hash.digest('hex')
}

/** TCP in between: counts connections, and can cut them. */
async function proxy(t: ExecutionContext, to: PeerAddress) {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((near) => {
    connections++
    const far = connectTcp(to.dataPort, to.host)
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => undefined).on('close', () => into.destroy())
      from.pipe(into)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  t.teardown(() => {
    cut()
    server.close()
  })
  const { port } = server.address() as { port: number }
  /** When the dialling side has closed every connection. */
  const closed = (): Promise<unknown> => Promise.all([...sockets].map(async (socket) => socket.closed || (await once(socket, 'close'))))
  return { address: { ...to, dataPort: port }, cut, closed, connections: () => connections }
}

test.serial('64 MiB each way arrive whole, and never more than a few chunks are under way', async (t) => {
  const [client, tracker] = [await peer(t, 'client'), await peer(t, 'tracker')]
  let [sentBytes, readBytes, most] = [0, 0, 0]
  const source = (): Body => chunks(64, MIB, () => (most = Math.max(most, (sentBytes += MIB) - readBytes)))
  const counted = async function* (body: Body): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      readBytes += chunk.length
      yield chunk
    }
  }
  tracker.peers.answer(bulk, async (_, { body }) => new WithBody({ text: await hashOf(counted(body)) }, source()))
  const expected = await hashOf(chunks(64, MIB))
  const { answer, body } = await client.peers.ask(tracker.address, bulk, { text: '' }, { body: source() })
  t.is(answer.text, expected)
  t.is(await hashOf(counted(body)), expected)
  t.is(readBytes, 128 * MIB)
  // what sockets of the system hold, and two frames of ours
  t.true(most < 24 * MIB, `${Math.round(most / MIB)} MiB under way`)
})

test.serial('a reader that waits keeps the writer waiting, both ways', async (t) => {
  const [client, tracker] = [await peer(t, 'client'), await peer(t, 'tracker')]
  const read = Promise.withResolvers<void>()
  tracker.peers.answer(bulk, async (_, { body }) => {
    await read.promise
    return { text: await hashOf(body) }
  })
  let produced = 0
  const asking = client.peers.ask(tracker.address, bulk, { text: '' }, { body: chunks(64, MIB, (i) => (produced = i)) })
  await clock.sleep(500)
  // what sockets of the system hold, and two frames of ours
  t.true(produced < 24, `${produced} chunks`)
  read.resolve()
  t.is((await asking).answer.text, await hashOf(chunks(64, MIB)))
})

test.serial('a connection cut in the middle of a body is INTERRUPTED on both sides', async (t) => {
  const [client, tracker] = [await peer(t, 'client'), await peer(t, 'tracker')]
  const middle = await proxy(t, tracker.address)
  const seen = Promise.withResolvers<unknown>()
  tracker.peers.answer(bulk, async ({ text }, { body, signal }) => {
    if (text === 'give') return new WithBody({ text: '' }, chunks(64, MIB))
    try {
      for await (const chunk of body) if (chunk[0] === 3) middle.cut()
    } catch (error) {
      seen.resolve(error)
    }
    t.true(signal.aborted)
    return { text: '' }
  })
  const { body } = await client.peers.ask(middle.address, bulk, { text: 'give' })
  const reading = async () => {
    for await (const chunk of body) if (chunk[0] === 3) middle.cut()
  }
  await t.throwsAsync(reading(), { code: 'INTERRUPTED' })
  await t.throwsAsync(client.peers.ask(middle.address, bulk, { text: 'take' }, { body: chunks(64, MIB) }), { code: 'INTERRUPTED' })
  t.true(hasCode(await seen.promise, 'INTERRUPTED'))
})

test.serial('exchanges one after the other share a connection; a broken one is replaced', async (t) => {
  const [client, tracker] = [await peer(t, 'client'), await peer(t, 'tracker')]
  const middle = await proxy(t, tracker.address)
  tracker.peers.answer(bulk, async ({ text }) => new WithBody({ text }, chunks(2, 1000)))
  const ask = async (): Promise<void> => void (await hashOf((await client.peers.ask(middle.address, bulk, { text: '' })).body))
  for (let i = 0; i < 5; i++) await ask()
  t.is(middle.connections(), 1)
  middle.cut()
  // a question may still find the broken connection, once
  await ask().catch((error: unknown) => (hasCode(error, 'INTERRUPTED') ? ask() : Promise.reject(error)))
  t.is(middle.connections(), 2)
})

test.serial('errors, early answers and empty bodies leave the connection in use', async (t) => {
  const [client, tracker] = [await peer(t, 'client'), await peer(t, 'tracker')]
  const middle = await proxy(t, tracker.address)
  tracker.peers.answer(bulk, async ({ text }) => ({ text }))
  const other = exchange({ ...bulk, name: 'test-unknown' })
  for (let i = 0; i < 3; i++) {
    await t.throwsAsync(client.peers.ask(middle.address, other, { text: '' }), { code: 'UNKNOWN_EXCHANGE' })
    await client.peers.ask(middle.address, bulk, { text: '' }, { body: chunks(64, 64 * 1024) })
    await client.peers.ask(middle.address, bulk, { text: '' }, { body: chunks(0, 0) })
    await client.peers.ask(middle.address, bulk, { text: '' }, { body: chunks(3, 0) })
  }
  // an early answer frees its connection once the rest of the question is out: the next may find it busy
  t.true(middle.connections() <= 2, `${middle.connections()} connections`)
})

test.serial('an abort closes the socket, and the handler hears of it', async (t) => {
  const [client, tracker] = [await peer(t, 'client'), await peer(t, 'tracker')]
  const gone = Promise.withResolvers<boolean>()
  const caller = new AbortController()
  tracker.peers.answer(bulk, async (_, { signal }) => {
    signal.addEventListener('abort', () => gone.resolve(true))
    return new WithBody({ text: '' }, chunks(1_000, MIB))
  })
  const { body } = await client.peers.ask(tracker.address, bulk, { text: '' }, { signal: caller.signal })
  const reading = async () => {
    for await (const chunk of body) if (chunk.length > 0) caller.abort()
  }
  await t.throwsAsync(reading(), { code: 'ABORTED' })
  t.true(await gone.promise)
})

test.serial('after an abort nothing more is sent, and the socket is closed', async (t) => {
  const [client, tracker] = [await peer(t, 'client'), await peer(t, 'tracker')]
  const middle = await proxy(t, tracker.address)
  const caller = new AbortController()
  let [produced, isReturned] = [0, false]
  const endless = async function* (): Body {
    try {
      for (;;) {
        if (++produced === 20) caller.abort()
        yield new Uint8Array(256 * 1024)
      }
    } finally {
      isReturned = true
    }
  }
  const seen = Promise.withResolvers<unknown>()
  tracker.peers.answer(bulk, async (_, { body }) => ({ text: await hashOf(body).catch((error: unknown) => (seen.resolve(error), '')) }))
  const asking = client.peers.ask(
    middle.address,
    bulk,
    { text: '' },
    { body: endless() as AsyncGenerator<Uint8Array>, signal: caller.signal },
  )
  await t.throwsAsync(asking, { code: 'ABORTED' })
  await middle.closed()
  t.true(hasCode(await seen.promise, 'INTERRUPTED'))
  t.is(produced, 20)
  t.true(isReturned)
})

test.serial('a renewed credential is shown, on a new connection', async (t) => {
  const identity = newIdentity()
  let credential = credentialOf(identity, 'client', { name: 'before' })
  const client = await peer(t, 'client', () => credential, identity)
  const tracker = await peer(t, 'tracker')
  const middle = await proxy(t, tracker.address)
  tracker.peers.answer(bulk, async (_, { session }) => ({ text: session.credential.name }))
  t.is((await client.peers.ask(middle.address, bulk, { text: '' })).answer.text, 'before')
  t.is((await client.peers.ask(middle.address, bulk, { text: '' })).answer.text, 'before')
  t.is(middle.connections(), 1)
  credential = credentialOf(identity, 'client', { name: 'after' })
  for (let i = 0; i < 3; i++) t.is((await client.peers.ask(middle.address, bulk, { text: '' })).answer.text, 'after')
  t.is(middle.connections(), 2, 'the kept connection knew us by the old one')
})

testRevocation(bulk)

test.serial('heads of up to 4 MiB cross, longer ones are refused before they are sent', async (t) => {
  const [client, tracker] = [await peer(t, 'client'), await peer(t, 'tracker')]
  tracker.peers.answer(bulk, async ({ text }) => ({ text }))
  t.is((await client.peers.ask(tracker.address, bulk, { text: 'x'.repeat(4_000_000) })).answer.text.length, 4_000_000)
  await t.throwsAsync(client.peers.ask(tracker.address, bulk, { text: 'x'.repeat(LIMITS.dataHeadBytes) }), { code: 'BAD_MESSAGE' })
})

/** A client that keeps to no rules. */
async function raw(address: PeerAddress, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: address.host, port: address.dataPort, rejectUnauthorized: false, ALPNProtocols: [PROTOCOL], ...options })
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  return socket
}

const frame = (type: number, payload: Uint8Array = new Uint8Array(0), length = payload.length): Buffer => {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt8(type)
  header.writeUInt32BE(length, 1)
  return Buffer.concat([header, payload])
}

/** All that the other side says until it closes. */
function said(socket: TLSSocket): Promise<Buffer> {
  const pieces: Buffer[] = []
  return new Promise((resolve) => {
    socket.on('data', (piece: Buffer) => pieces.push(piece))
    socket.once('close', () => resolve(Buffer.concat(pieces)))
  })
}

const lastError = (bytes: Buffer): LunarError => {
  let at = 0
  let last: Buffer | undefined
  while (at < bytes.length) {
    const end = at + HEADER_BYTES + bytes.readUInt32BE(at + 1)
    if (bytes[at] === FRAME.error) last = bytes.subarray(at + HEADER_BYTES, end)
    at = end
  }
  if (!last) throw new Error('no error was said')
  return decodeError(last)
}

const certified = (identity: Identity): ConnectionOptions => makePeerCertificate(identity, clock, random)
const hello = (identity: Identity): Buffer => frame(FRAME.hello, encodeHead({ credential: credentialOf(identity, 'client') }))

test.serial('without a certificate nobody is heard', async (t) => {
  const tracker = await peer(t, 'tracker')
  const identity = newIdentity()
  const socket = await raw(tracker.address, {})
  socket.write(hello(identity))
  t.is(lastError(await said(socket)).code, 'CREDENTIAL_REQUIRED')
})

test.serial('the credential of another peer is refused, and so is anything but a credential', async (t) => {
  const tracker = await peer(t, 'tracker')
  const identity = newIdentity()
  const question = frame(FRAME.question, encodeHead({ exchange: 'test-bulk', question: {}, body: false }))
  for (const first of [hello(newIdentity()), question]) {
    const socket = await raw(tracker.address, certified(identity))
    socket.write(first)
    t.is(lastError(await said(socket)).code, 'CREDENTIAL_REQUIRED')
  }
})

test.serial('frames that are too long or out of place end the connection with BAD_MESSAGE', async (t) => {
  const tracker = await peer(t, 'tracker')
  tracker.peers.answer(bulk, async (_, { body }) => ({ text: await hashOf(body) }))
  const identity = newIdentity()
  const question = frame(FRAME.question, encodeHead({ exchange: 'test-bulk', question: { text: '' }, body: true }))
  const wrong = [
    [frame(FRAME.question, new Uint8Array(0), LIMITS.dataHeadBytes + 1)],
    [frame(FRAME.chunk, new Uint8Array(3))],
    [frame(9)],
    [frame(FRAME.question, Uint8Array.of(0xff))],
    [question, frame(FRAME.chunk, new Uint8Array(0), LIMITS.dataFrameBytes + 1)],
    [question, frame(FRAME.chunk)],
    [question, question],
  ]
  for (const [i, frames] of wrong.entries()) {
    const socket = await raw(tracker.address, certified(identity))
    socket.write(Buffer.concat([hello(identity), ...frames]))
    t.is(lastError(await said(socket)).code, 'BAD_MESSAGE', `case ${i}`)
  }
})

test.serial('bytes may come one at a time', async (t) => {
  const tracker = await peer(t, 'tracker')
  tracker.peers.answer(bulk, async (_, { body }) => ({ text: await hashOf(body) }))
  const identity = newIdentity()
  const socket = await raw(tracker.address, { ...certified(identity) })
  socket.setNoDelay(true)
  const question = frame(FRAME.question, encodeHead({ exchange: 'test-bulk', question: { text: '' }, body: true }))
  const all = Buffer.concat([
    hello(identity),
    question,
    frame(FRAME.chunk, Uint8Array.of(1, 2, 3)),
    frame(FRAME.chunk, Uint8Array.of(4)),
    frame(FRAME.end),
  ])
  for (const byte of all) {
    socket.write(Uint8Array.of(byte))
    if (byte % 7 === 0) await new Promise(setImmediate)
  }
  const got: Buffer[] = []
  const expected = Buffer.from(nodeCrypto.sha256(Uint8Array.of(1, 2, 3, 4))).toString('hex')
  await new Promise<void>((resolve, reject) => {
    socket.once('close', () => reject(new Error('the connection was closed')))
    socket.on('data', (piece: Buffer) => {
      got.push(piece)
      if (Buffer.concat(got).includes(expected)) resolve()
    })
  })
  t.pass()
  socket.destroy()
})

test.serial('TLS 1.2 and other protocols are turned away', async (t) => {
  const tracker = await peer(t, 'tracker')
  for (const options of [{ maxVersion: 'TLSv1.2' as const }, { ALPNProtocols: ['h2'] }]) {
    const socket = connect({
      host: tracker.address.host,
      port: tracker.address.dataPort,
      rejectUnauthorized: false,
      ALPNProtocols: [PROTOCOL],
      ...certified(newIdentity()),
      ...options,
    })
    const outcome = await new Promise((resolve) => {
      socket.once('error', () => resolve('refused'))
      socket.once('secureConnect', () => resolve('taken'))
    })
    t.is(outcome, 'refused')
  }
})
