import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import type { SignedCredential } from '@lunarx/core/membership'
import { issueCredential } from '@lunarx/core/membership'
import { concatBytes, type ErrorCode, type PeerAddress, type Role, utf8 } from '@lunarx/core/model'
import { nodeCrypto } from '@lunarx/runtime'
import { exchange } from '@lunarx/wire'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { clock, credentialOf, join, newIdentity, random, type TestPeer } from '../_network.test.ts'
import { FRAME, HEADER_BYTES } from '../frame/frame.ts'
import { decodeError, encodeHead } from '../frame/heads.ts'
import type { Identity } from '../identity/identity.ts'
import { makeCertificate, type TlsCredentials } from '../tls/make-certificate.ts'
import { makePeerCertificate } from '../tls/peer-certificate.ts'
import { PROTOCOL } from './connection.ts'

// one test at a time: many handshakes at once on a busy machine run into their limit
const message = z.object({ text: z.string() })
const bulk = exchange({ name: 'test-bulk', channel: 'data', askers: ['client'], question: message, answer: message })
const EXTENSION = '1.3.6.1.4.1.53594.1.1'
const YEARS_MS = 11 * 366 * 24 * 3_600_000
const stranger = nodeCrypto.signKey(random.bytes(32))

async function peer(t: ExecutionContext, role: Role): Promise<TestPeer> {
  const joined = await join(role)
  t.teardown(() => joined.peers[Symbol.asyncDispose]())
  return joined
}

/** What somebody shows: a certificate (undefined: none), and the credential in HELLO. */
interface Shown {
  readonly certificate: TlsCredentials | undefined
  readonly credential: SignedCredential
}

const plainCertificate = (extension?: Uint8Array): TlsCredentials =>
  makeCertificate({
    serial: Uint8Array.of(1, ...random.bytes(15)),
    fromMs: clock.now() - 3_600_000,
    untilMs: clock.now() + 3_600_000,
    extensions: () => (extension ? [{ oid: EXTENSION, isCritical: true, value: extension }] : []),
  })

/** The extension of `claimed`, over the certificate's key, but signed by somebody else. */
const signedByAnother = (claimed: Identity): TlsCredentials =>
  makeCertificate({
    serial: Uint8Array.of(1, ...random.bytes(15)),
    fromMs: clock.now() - 3_600_000,
    untilMs: clock.now() + 3_600_000,
    extensions: (spki) => {
      const signature = stranger.sign(concatBytes(utf8('libp2p-tls-handshake:'), spki))
      const key = concatBytes(Uint8Array.of(0x30, 0x68, 0x04, 0x24, 0x08, 0x01, 0x12, 0x20), claimed.signKey.publicKey)
      return [{ oid: EXTENSION, isCritical: true, value: concatBytes(key, Uint8Array.of(0x04, 0x40), signature) }]
    },
  })

function shownBy(identity: Identity, role: Role) {
  const certificate = makePeerCertificate(identity, clock, random)
  const credential = credentialOf(identity, role)
  const now = clock.now()
  const past = { now: () => now - YEARS_MS } as typeof clock
  return {
    honest: { certificate, credential },
    'no certificate': { certificate: undefined, credential },
    'a certificate without the extension': { certificate: plainCertificate(), credential },
    'a certificate with an extension of noise': { certificate: plainCertificate(random.bytes(106)), credential },
    'an extension signed by another key': { certificate: signedByAnother(identity), credential },
    'an expired certificate': { certificate: makePeerCertificate(identity, past, random), credential },
    'an expired credential': { certificate, credential: credentialOf(identity, role, { issuedMs: now - 2_000, expiresMs: now - 1_000 }) },
    'a credential of another network': { certificate, credential: credentialOf(identity, role, { network: 'else/where' }) },
    'a credential of another peer': { certificate, credential: credentialOf(newIdentity(), role) },
    'a credential of its own making': {
      certificate,
      credential: issueCredential(
        { network: 'test/net', peer: identity.peer, role, name: role, domains: {}, issuedMs: now, expiresMs: now + 60_000 },
        identity.signKey,
      ),
    },
  } satisfies Record<string, Shown>
}

const frame = (type: number, payload: Uint8Array): Buffer => {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt8(type)
  header.writeUInt32BE(payload.length, 1)
  return Buffer.concat([header, payload])
}

function framesIn(bytes: Buffer): { type: number; payload: Buffer }[] {
  const found = []
  for (let at = 0; at < bytes.length;) {
    const end = at + HEADER_BYTES + bytes.readUInt32BE(at + 1)
    found.push({ type: bytes[at] ?? 0, payload: bytes.subarray(at + HEADER_BYTES, end) })
    at = end
  }
  return found
}

/** Everything that arrives until the end. */
function heard(socket: TLSSocket): Promise<Buffer> {
  const pieces: Buffer[] = []
  socket.on('error', () => undefined).on('data', (piece: Buffer) => pieces.push(piece))
  return new Promise((resolve) => socket.once('close', () => resolve(Buffer.concat(pieces))))
}

const CODES: Readonly<Record<string, { readonly byAnswerer: ErrorCode; readonly byAsker: ErrorCode }>> = {
  'no certificate': { byAnswerer: 'CREDENTIAL_REQUIRED', byAsker: 'PEER_UNREACHABLE' },
  'a certificate without the extension': { byAnswerer: 'CREDENTIAL_REQUIRED', byAsker: 'WRONG_PEER' },
  'a certificate with an extension of noise': { byAnswerer: 'CREDENTIAL_REQUIRED', byAsker: 'WRONG_PEER' },
  'an extension signed by another key': { byAnswerer: 'CREDENTIAL_REQUIRED', byAsker: 'WRONG_PEER' },
  'an expired certificate': { byAnswerer: 'CREDENTIAL_EXPIRED', byAsker: 'CREDENTIAL_EXPIRED' },
  'an expired credential': { byAnswerer: 'CREDENTIAL_EXPIRED', byAsker: 'CREDENTIAL_EXPIRED' },
  'a credential of another network': { byAnswerer: 'CREDENTIAL_REQUIRED', byAsker: 'CREDENTIAL_REQUIRED' },
  'a credential of another peer': { byAnswerer: 'CREDENTIAL_REQUIRED', byAsker: 'CREDENTIAL_REQUIRED' },
  'a credential of its own making': { byAnswerer: 'CREDENTIAL_REQUIRED', byAsker: 'CREDENTIAL_REQUIRED' },
}

test.serial('an asker that does not prove who it is, or is no member, is told so and runs no handler', async (t) => {
  const tracker = await peer(t, 'tracker')
  let handled = 0
  tracker.peers.answer(bulk, async ({ text }) => {
    handled++
    return { text }
  })
  const question = frame(FRAME.question, encodeHead({ exchange: 'test-bulk', question: { text: '' }, body: false }))
  const ask = async ({ certificate, credential }: Shown): Promise<ReturnType<typeof framesIn>> => {
    const socket = connect({
      host: tracker.address.host,
      port: tracker.address.dataPort,
      rejectUnauthorized: false,
      ALPNProtocols: [PROTOCOL],
      ...certificate,
    })
    const all = heard(socket)
    await once(socket, 'secureConnect')
    socket.write(Buffer.concat([frame(FRAME.hello, encodeHead({ credential })), question]))
    socket.end()
    return framesIn(await all)
  }
  const { honest, ...refused } = shownBy(newIdentity(), 'client')
  for (const [name, shown] of Object.entries(refused)) {
    const frames = await ask(shown)
    t.deepEqual(
      frames.map(({ type }) => type),
      [FRAME.error],
      name,
    )
    t.is(decodeError(frames[0]?.payload ?? new Uint8Array(0)).code, CODES[name]?.byAnswerer ?? 'INTERNAL', name)
    t.is(handled, 0, name)
  }
  t.deepEqual(
    (await ask(honest)).map(({ type }) => type),
    [FRAME.hello, FRAME.answer],
  )
  t.is(handled, 1)
})

/** A data port where somebody shows what he likes and notes what he is told. */
async function impostor(t: ExecutionContext, { certificate, credential }: Shown, peerId?: string) {
  const told: Buffer[] = []
  // without a certificate there is no TLS to serve but with pre-shared keys or anonymous ones, which TLS 1.3 does not have
  const server = createServer({ ...certificate, requestCert: true, rejectUnauthorized: false, ALPNProtocols: [PROTOCOL] }, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (piece: Buffer) => told.push(piece))
    socket.write(frame(FRAME.hello, encodeHead({ credential })))
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port: dataPort } = server.address() as AddressInfo
  const address: PeerAddress = { host: '127.0.0.1', controlPort: 1, dataPort, ...(peerId !== undefined && { peer: peerId }) }
  return { address, told: () => framesIn(Buffer.concat(told)).map(({ type }) => type) }
}

test.serial('an answerer that does not prove who it is, or is no member, is told no question', async (t) => {
  const client = await peer(t, 'client')
  const identity = newIdentity()
  const { honest, ...refused } = shownBy(identity, 'tracker')
  for (const [name, shown] of Object.entries(refused)) {
    const { address, told } = await impostor(t, shown)
    await t.throwsAsync(client.peers.ask(address, bulk, { text: '' }), { code: CODES[name]?.byAsker ?? 'INTERNAL' }, name)
    t.false(told().includes(FRAME.question), name)
  }
  const wrong = await impostor(t, honest, newIdentity().peer)
  await t.throwsAsync(client.peers.ask(wrong.address, bulk, { text: '' }), { code: 'WRONG_PEER' })
  t.deepEqual(wrong.told(), [], 'not even who we are')
  const right = await impostor(t, honest, identity.peer)
  await t.throwsAsync(client.peers.ask(right.address, bulk, { text: '' }, { timeoutMs: 300 }), { code: 'TIMEOUT' })
  t.deepEqual(right.told(), [FRAME.hello, FRAME.question])
})

test.serial('a member of another role runs no handler', async (t) => {
  const [provider, tracker] = [await peer(t, 'provider'), await peer(t, 'tracker')]
  tracker.peers.answer(bulk, async () => t.fail())
  await t.throwsAsync(provider.peers.ask(tracker.address, bulk, { text: '' }), { code: 'UNAUTHORIZED' })
})

test.serial('a stranger is not read beyond a credential: a long question before it is refused by its header', async (t) => {
  const tracker = await peer(t, 'tracker')
  const socket = connect({ host: '127.0.0.1', port: tracker.address.dataPort, rejectUnauthorized: false, ALPNProtocols: [PROTOCOL] })
  const all = heard(socket)
  await once(socket, 'secureConnect')
  // proved, but not a member yet: its certificate is right
  const { certificate } = shownBy(newIdentity(), 'client').honest
  const proved = connect({
    host: '127.0.0.1',
    port: tracker.address.dataPort,
    rejectUnauthorized: false,
    ALPNProtocols: [PROTOCOL],
    ...certificate,
  })
  const other = heard(proved)
  await once(proved, 'secureConnect')
  for (const one of [socket, proved]) one.write(Uint8Array.of(FRAME.question, 0, 0x3f, 0xff, 0xff)) // and nothing of its 4 MiB
  for (const said of [await all, await other])
    t.deepEqual(
      framesIn(said).map(({ payload }) => decodeError(payload).code),
      ['CREDENTIAL_REQUIRED'],
    )
})
