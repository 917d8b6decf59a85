import { once } from 'node:events'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import type { Identity } from '@lunarx/net/identity'
import { confirm } from '@lunarx/wire'
import { multiaddr } from '@multiformats/multiaddr'
import test from 'ava'
import { createLibp2p } from 'libp2p'
import { ANSWER, ERROR, frame, type Frame, framesOf, HELLO, QUESTION } from './frames.ts'
import { credentialOf, type Member, openMember, someIdentity } from './network.ts'

const segment = new Uint8Array(32).fill(3)
const asked = { shards: [{ segment, index: 5 }] }
const question = frame(QUESTION, { exchange: 'confirm', question: asked, body: false })

/** js-libp2p as its users set it up: its own limits, time-outs and agent. */
async function openPlain(identity: Identity): Promise<{ readonly node: Libp2p } & AsyncDisposable> {
  const node = await createLibp2p({
    privateKey: await generateKeyPairFromSeed('Ed25519', identity.seed),
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() },
    nodeInfo: { userAgent: 'somebody-else/1' },
  })
  return { node, [Symbol.asyncDispose]: async () => node.stop() }
}

const dial = (node: Libp2p, { address }: Member): Promise<Connection> =>
  node.dial(multiaddr(`/ip4/${address.host}/tcp/${address.controlPort}/p2p/${address.peer}`))

/** All frames that have arrived, each time that something has. */
async function* framesSoFar(stream: Stream): AsyncGenerator<Frame[]> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) {
    chunks.push(chunk.subarray().slice())
    yield framesOf(Buffer.concat(chunks))
  }
}

/** Until the other side closes. */
const framesFrom = async (stream: Stream): Promise<Frame[]> => (await Array.fromAsync(framesSoFar(stream))).at(-1) ?? []

/** One frame out, all frames in. */
async function exchange(connection: Connection, protocol: string, out: Uint8Array): Promise<Frame[]> {
  const stream = await connection.newStream(protocol)
  const reading = framesFrom(stream)
  stream.send(out)
  await stream.close()
  return await reading
}

async function openProvider(): Promise<Member> {
  const provider = await openMember('provider', 'provider')
  provider.peers.answer(confirm, ({ shards }) => Promise.resolve({ held: shards.map(({ index }) => index === 5) }))
  return provider
}

test('identify: a plain js-libp2p node learns our peer id and our protocols', async (t) => {
  await using provider = await openProvider()
  await using plain = await openPlain(someIdentity('somebody'))
  const identified = once(plain.node as unknown as EventTarget, 'peer:identify')
  const connection = await dial(plain.node, provider)
  t.is(connection.remotePeer.toString(), provider.address.peer)
  const [{ detail }] = (await identified) as [CustomEvent<{ peerId: { toString(): string }; protocols: string[] }>]
  t.is(detail.peerId.toString(), provider.address.peer)
  t.true(detail.protocols.includes('/lunarx/1/hello'))
  t.true(detail.protocols.includes('/lunarx/1/confirm'))
})

test('a question without a credential is refused with CREDENTIAL_REQUIRED', async (t) => {
  await using provider = await openProvider()
  await using plain = await openPlain(someIdentity('somebody'))
  const frames = await exchange(await dial(plain.node, provider), '/lunarx/1/confirm', question)
  t.deepEqual(
    frames.map(({ type }) => type),
    [ERROR],
  )
  t.like(frames[0]?.head, { code: 'CREDENTIAL_REQUIRED' })
})

test('a forged credential, and that of another peer, are refused with CREDENTIAL_REQUIRED', async (t) => {
  await using provider = await openProvider()
  const somebody = someIdentity('somebody')
  await using plain = await openPlain(somebody)
  for (const credential of [credentialOf(somebody, 'tracker', true), credentialOf(someIdentity('other'), 'tracker')]) {
    const frames = await exchange(await dial(plain.node, provider), '/lunarx/1/hello', frame(HELLO, { credential }))
    t.is(frames[0]?.type, ERROR)
    t.like(frames[0]?.head, { code: 'CREDENTIAL_REQUIRED' })
  }
})

test('a plain node with a credential says hello, asks, and is answered', async (t) => {
  await using provider = await openProvider()
  const tracker = someIdentity('tracker')
  await using plain = await openPlain(tracker)
  const connection = await dial(plain.node, provider)
  const hello = await exchange(connection, '/lunarx/1/hello', frame(HELLO, { credential: credentialOf(tracker, 'tracker') }))
  t.is(hello[0]?.type, HELLO)
  const answer = await exchange(connection, '/lunarx/1/confirm', question)
  t.deepEqual(answer, [{ type: ANSWER, head: { answer: { held: [true] }, body: false } }])
})

test('our asker is content with a plain node that answers', async (t) => {
  const identity = someIdentity('plain provider')
  await using plain = await openPlain(identity)
  const heard: string[] = []
  const serve = (protocol: string, reply: Uint8Array) =>
    plain.node.handle(protocol, async (stream) => {
      let answered = 0
      for await (const frames of framesSoFar(stream))
        for (const { type } of frames.slice(answered)) {
          answered++
          heard.push(`${protocol} ${type}`)
          stream.send(reply)
        }
      await stream.close()
    })
  await serve('/lunarx/1/hello', frame(HELLO, { credential: credentialOf(identity, 'provider') }))
  await serve('/lunarx/1/confirm', frame(ANSWER, { answer: { held: [false] }, body: false }))
  await using tracker = await openMember('tracker', 'tracker')
  const port = Number(plain.node.getMultiaddrs()[0]?.toString().split('/')[4])
  const address = { host: '127.0.0.1', controlPort: port, dataPort: port, peer: identity.peer }
  const { answer, session } = await tracker.peers.ask(address, confirm, asked, { timeoutMs: 60_000 })
  t.deepEqual(answer, { held: [false] })
  t.is(session.peer, identity.peer)
  t.deepEqual((await tracker.peers.ask(address, confirm, asked, { timeoutMs: 60_000 })).answer, answer)
  t.deepEqual(heard, [`/lunarx/1/hello ${HELLO}`, `/lunarx/1/confirm ${QUESTION}`, `/lunarx/1/confirm ${QUESTION}`])
})
