import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { generateCertificate, verifyPeerCertificate } from '@libp2p/tls/utils'
import { makePeerCertificate, peerOfCertificate } from '@lunarx/net'
import type { Identity } from '@lunarx/net/identity'
import { SystemClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SystemRandom } from '@lunarx/runtime/random'
import { locate } from '@lunarx/wire'
import test from 'ava'
import { command, type CommandOptions } from './command.ts'
import { flipped } from './flipped.ts'
import { ANSWER, ERROR, frame, framesOf, HELLO, QUESTION } from './frames.ts'
import { credentialOf, openMember, type Member, someIdentity } from './network.ts'
import { scratchFolder } from './scratch.ts'

const clock = new SystemClock()
const rawOf = (pem: string): Uint8Array => Uint8Array.from(new X509Certificate(pem).raw)
const libp2pKeyOf = ({ seed }: Identity) => generateKeyPairFromSeed('Ed25519', seed)

/** `openssl s_client` against the data port of a member. */
const openssl = ({ address }: Member, args: readonly string[], options: CommandOptions = {}) =>
  command('openssl', ['s_client', '-connect', `${address.host}:${address.dataPort}`, ...args], 'as somebody else’s TLS', options)

/** Bytes both ways and nothing else, until the other side ends or has sent so many frames. */
const talk = (member: Member, args: readonly string[], input: Uint8Array, frames: number) =>
  openssl(member, ['-quiet', '-no_ign_eof', '-alpn', 'lunarx-data/1', ...args], {
    input,
    endWhen: (bytes) => framesOf(bytes).length >= frames,
  })

/** A certificate by @libp2p/tls, as arguments of `openssl s_client`. */
async function certificateArgs(folder: string, identity: Identity): Promise<string[]> {
  const { cert, key } = await generateCertificate(await libp2pKeyOf(identity))
  const [certPath, keyPath] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  await writeFile(certPath, cert)
  await writeFile(keyPath, key)
  return ['-cert', certPath, '-key', keyPath]
}

const segment = new Uint8Array(32).fill(9)
const question = frame(QUESTION, { exchange: 'locate', question: { segments: [segment], records: false }, body: false })
const helloOf = (identity: Identity): Buffer => frame(HELLO, { credential: credentialOf(identity, 'client') })

/** What a tracker says of a set that it does not know. */
const unknown = (id: Uint8Array) => ({
  segment: id,
  known: false,
  record: null,
  tombstones: [],
  buried: false,
  holders: new Uint8Array(),
})

async function openTracker(): Promise<Member> {
  const tracker = await openMember('tracker', 'tracker')
  tracker.peers.answer(locate, async (asked) => ({ providers: [], found: asked.segments.map(unknown) }))
  return tracker
}

test('openssl: TLS 1.3 is negotiated, our protocol chosen, a client certificate asked for', async (t) => {
  await using tracker = await openTracker()
  const { stdout } = await openssl(tracker, ['-alpn', 'lunarx-data/1', '-msg'])
  const said = stdout.toString()
  t.regex(said, /New, TLSv1\.3, Cipher is TLS_/)
  t.regex(said, /ALPN protocol: lunarx-data\/1/)
  t.regex(said, /<<< TLS 1\.3, Handshake \[.*\], CertificateRequest/)
})

test('openssl: TLS 1.2 is refused, and so is another protocol', async (t) => {
  await using tracker = await openTracker()
  const old = await openssl(tracker, ['-tls1_2', '-alpn', 'lunarx-data/1'])
  t.not(old.status, 0)
  t.regex(old.stderr, /alert protocol version/)
  const other = await openssl(tracker, ['-alpn', 'h2'])
  t.not(other.status, 0)
  t.regex(other.stderr, /no application protocol/)
})

test('openssl: a client without a certificate cannot ask, whatever credential it shows', async (t) => {
  await using tracker = await openTracker()
  const { stdout } = await talk(tracker, [], Buffer.concat([helloOf(someIdentity('client')), question]), 2)
  const [refusal, ...more] = framesOf(stdout)
  t.is(refusal?.type, ERROR)
  t.like(refusal?.head, { code: 'CREDENTIAL_REQUIRED' })
  t.deepEqual(more, [])
})

test('openssl: a client with the certificate of one peer and the credential of another cannot ask', async (t) => {
  await using tracker = await openTracker()
  await using scratch = await scratchFolder()
  const args = await certificateArgs(scratch.path, someIdentity('thief'))
  const { stdout } = await talk(tracker, args, Buffer.concat([helloOf(someIdentity('client')), question]), 2)
  t.deepEqual(
    framesOf(stdout).map(({ type }) => type),
    [ERROR],
  )
  t.like(framesOf(stdout)[0]?.head, { code: 'CREDENTIAL_REQUIRED' })
})

test('openssl: a client with a certificate by @libp2p/tls and its own credential asks and is answered', async (t) => {
  await using tracker = await openTracker()
  await using scratch = await scratchFolder()
  const client = someIdentity('client')
  const args = await certificateArgs(scratch.path, client)
  const { stdout } = await talk(tracker, args, Buffer.concat([helloOf(client), question]), 2)
  const [hello, answer] = framesOf(stdout)
  t.is(hello?.type, HELLO)
  t.is(answer?.type, ANSWER)
  t.deepEqual(answer?.head, { answer: { providers: [], found: [unknown(segment)] }, body: false })
})

test('@libp2p/tls: our certificate proves our peer id to its verifier', async (t) => {
  const identity = someIdentity('peer')
  const { cert } = makePeerCertificate(identity, clock, new SystemRandom())
  t.is((await verifyPeerCertificate(rawOf(cert))).toString(), identity.peer)
})

test('@libp2p/tls: its certificate proves its peer id to our verifier', async (t) => {
  const identity = someIdentity('peer')
  const { cert } = await generateCertificate(await libp2pKeyOf(identity))
  t.is(peerOfCertificate(rawOf(cert), clock, crypto), identity.peer)
})

test('@libp2p/tls: neither verifier takes our certificate with one byte of the proof flipped', async (t) => {
  const raw = rawOf(makePeerCertificate(someIdentity('peer'), clock, new SystemRandom()).cert)
  const proof = Buffer.from(raw).indexOf(Buffer.from([0x30, 0x68, 0x04, 0x24]))
  t.true(proof > 0)
  const damaged = flipped(raw, proof + 20)
  await t.throwsAsync(verifyPeerCertificate(damaged))
  t.throws(() => peerOfCertificate(damaged, clock, crypto), { code: 'WRONG_PEER' })
})
