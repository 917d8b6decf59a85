import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { documentOfText, readDocument, signDocument, textOfDocument } from '@lunarx/core/document'
import { CREDENTIAL, ENROLMENT, type Enrolment } from '@lunarx/core/membership'
import { hexOf, utf8 } from '@lunarx/core/model'
import { NodeDisk, nodeCrypto } from '@lunarx/runtime'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import test, { type ExecutionContext } from 'ava'
import { clock, log, NETWORK, networkKey, newIdentity, random } from '../_network.test.ts'
import type { JsonServer } from '../https/json-server.ts'
import { makeServerCertificate } from '../tls/server-certificate.ts'
import type { Authenticate, Member } from './authenticate.ts'
import { enrol, type EnrolInit, tokenFromFile } from './enrol.ts'
import { keepCredential } from './keep.ts'
import { serveIssuer } from './serve.ts'
import { EnrolmentTokens } from './tokens.ts'

const member: Member = { role: 'provider', name: 'pool-a-0', domains: { 'kubernetes.io/hostname': 'n1' } }
const metrics = new RecordedMetrics()
const deps = { clock, random, log, metrics, crypto: nodeCrypto }
const tls = makeServerCertificate({ hosts: ['localhost', '127.0.0.1', '::1'] }, clock, random)

async function newDisk(t: ExecutionContext): Promise<NodeDisk> {
  const path = await mkdtemp(join(tmpdir(), 'lunarx-issuer-'))
  t.teardown(() => rm(path, { recursive: true }))
  return new NodeDisk(path)
}

async function issuer(t: ExecutionContext, authenticate: Authenticate, lifetimeMs = 3_600_000): Promise<JsonServer> {
  const keyOf = async (network: string) => (network === NETWORK ? networkKey : undefined)
  const server = await serveIssuer({ listen: { host: '127.0.0.1', port: 0 }, tls, networkKey: keyOf, authenticate, lifetimeMs }, deps)
  t.teardown(() => server[Symbol.asyncDispose]())
  return server
}

const enrolling = (port: number, token: string, change: Partial<EnrolInit> = {}): EnrolInit => ({
  url: `https://127.0.0.1:${port}`,
  ca: tls.cert,
  token: async () => token,
  identity: newIdentity(),
  network: NETWORK,
  networkKey: hexOf(networkKey.publicKey),
  ...change,
})

test.serial('a token of the file gets the credential of its member', async (t) => {
  const tokens = await EnrolmentTokens.open(await newDisk(t), nodeCrypto)
  const token = await tokens.add(member, random)
  const { port } = await issuer(t, tokens.authenticate)
  const init = enrolling(port, token)
  const credential = readDocument(CREDENTIAL, await enrol(init, deps))
  t.like(credential, { network: NETWORK, peer: init.identity.peer, ...member })
  t.is(credential.expiresMs - credential.issuedMs, 3_600_000)
  const byName = readDocument(CREDENTIAL, await enrol({ ...init, url: `https://localhost:${port}/` }, deps))
  t.is(byName.name, member.name)
})

test.serial('tokens outlive a restart and are kept hashed', async (t) => {
  const disk = await newDisk(t)
  const token = await (await EnrolmentTokens.open(disk, nodeCrypto)).add(member, random)
  const again = await EnrolmentTokens.open(disk, nodeCrypto)
  const applicant = { network: NETWORK, peer: newIdentity().peer, signal: AbortSignal.any([]) }
  t.deepEqual(await again.authenticate(token, applicant), member)
  t.deepEqual(await again.authenticate('guess', applicant), { refusal: 'the enrolment token is not known' })
  t.false(Buffer.from((await disk.readFile('enrolment-tokens.json')) ?? []).includes(token))
})

test.serial('what the authenticator refuses is refused with its reason', async (t) => {
  const { port } = await issuer(t, async () => ({ refusal: 'pod is gone' }))
  await t.throwsAsync(enrol(enrolling(port, 'x'), deps), { code: 'ENROLMENT_REFUSED', message: 'pod is gone' })
})

test.serial('a network that the issuer does not serve is refused', async (t) => {
  const { port } = await issuer(t, async () => member)
  await t.throwsAsync(enrol(enrolling(port, 'x', { network: 'other/net' }), deps), { code: 'UNKNOWN_NETWORK' })
})

test.serial('an issuer with another network key is not believed', async (t) => {
  const { port } = await issuer(t, async () => member)
  await t.throwsAsync(enrol(enrolling(port, 'x', { networkKey: '00'.repeat(32) }), deps), { code: 'CREDENTIAL_REQUIRED' })
})

test.serial('an issuer under another authority is not spoken to', async (t) => {
  let asked = 0
  const { port } = await issuer(t, async () => {
    asked++
    return member
  })
  const other = makeServerCertificate({ hosts: ['127.0.0.1'] }, clock, random)
  await t.throwsAsync(enrol(enrolling(port, 'x', { ca: other.cert }), deps), { code: 'PEER_UNREACHABLE' })
  t.is(asked, 0)
})

test.serial('an issuer that is reached by another name than its certificate has is judged by that one', async (t) => {
  const { port } = await issuer(t, async () => member)
  const inside = makeServerCertificate({ hosts: ['operator.sys.svc'] }, clock, random)
  const keyOf = async (): Promise<typeof networkKey> => networkKey
  const named = await serveIssuer(
    { listen: { host: '127.0.0.1', port: 0 }, tls: inside, networkKey: keyOf, authenticate: async () => member },
    deps,
  )
  t.teardown(() => named[Symbol.asyncDispose]())
  const init = enrolling(named.port, 'x', { ca: inside.cert })
  await t.throwsAsync(enrol(init, deps), { code: 'PEER_UNREACHABLE' })
  t.is(readDocument(CREDENTIAL, await enrol({ ...init, certificateName: 'operator.sys.svc' }, deps)).name, member.name)
  const other = enrolling(port, 'x', { certificateName: 'operator.sys.svc' })
  await t.throwsAsync(enrol(other, deps), { code: 'PEER_UNREACHABLE' })
})

test.serial('an issuer that is away is unreachable', async (t) => {
  await t.throwsAsync(enrol(enrolling(1, 'x'), deps), { code: 'PEER_UNREACHABLE' })
})

/** A request as curl would make it. */
function post(port: number, body: string, path = '/v1/credentials'): Promise<{ status: number; code: string }> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, method: 'POST', ca: tls.cert }, (response) => {
      let text = ''
      response.on('data', (piece: Buffer) => (text += piece.toString()))
      response.on('end', () => {
        const { error } = JSON.parse(text) as { error?: { code: string } }
        resolve({ status: response.statusCode ?? 0, code: error?.code ?? 'OK' })
      })
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

test.serial('proofs that do not fit are refused', async (t) => {
  const { port } = await issuer(t, async () => member)
  const [mine, theirs] = [newIdentity(), newIdentity()]
  const statement = (change: Partial<Enrolment> = {}): Enrolment => ({
    network: NETWORK,
    peer: mine.peer,
    tokenHash: nodeCrypto.sha256(utf8('token')),
    signedMs: clock.now(),
    ...change,
  })
  const ask = (enrolment: Enrolment, key = mine.signKey) =>
    post(port, JSON.stringify({ token: 'token', proof: textOfDocument(signDocument(ENROLMENT, enrolment, key)) }))
  t.deepEqual(await ask(statement()), { status: 200, code: 'OK' })
  const refused = { status: 403, code: 'ENROLMENT_REFUSED' }
  t.deepEqual(await ask(statement(), theirs.signKey), refused)
  t.deepEqual(await ask(statement({ tokenHash: nodeCrypto.sha256(utf8('another')) })), refused)
  t.deepEqual(await ask(statement({ signedMs: clock.now() - 3 * 3_600_000 })), refused)
})

test.serial('requests that are none are refused', async (t) => {
  const { port } = await issuer(t, async () => member)
  t.deepEqual(await post(port, 'no json'), { status: 400, code: 'BAD_MESSAGE' })
  t.deepEqual(await post(port, '{"token": 7}'), { status: 400, code: 'BAD_MESSAGE' })
  t.deepEqual(await post(port, JSON.stringify({ token: 't', proof: '!!' })), { status: 400, code: 'BAD_MESSAGE' })
  t.deepEqual(await post(port, JSON.stringify({ token: 'x'.repeat(40_000), proof: '' })), { status: 400, code: 'BAD_MESSAGE' })
  t.deepEqual(await post(port, '{}', '/v1/other'), { status: 404, code: 'UNKNOWN_EXCHANGE' })
})

test.serial('one address gets so many answers a minute', async (t) => {
  const { port } = await issuer(t, async () => member)
  const codes = []
  for (let i = 0; i < 121; i++) codes.push((await post(port, '{}')).code)
  t.is(codes[119], 'BAD_MESSAGE')
  t.is(codes[120], 'TOO_MANY_REQUESTS')
})

test.serial('a failing authenticator shows nothing of itself', async (t) => {
  const { port } = await issuer(t, async () => {
    throw new Error('inner secret')
  })
  const error = await t.throwsAsync(enrol(enrolling(port, 'x'), deps), { code: 'INTERNAL' })
  t.false(error.message.includes('secret'))
})

test.serial('a token file is read again each time', async (t) => {
  const path = await mkdtemp(join(tmpdir(), 'lunarx-token-'))
  t.teardown(() => rm(path, { recursive: true }))
  const token = tokenFromFile(join(path, 'token'))
  await t.throwsAsync(token(), { code: 'BAD_CONFIG' })
  await writeFile(join(path, 'token'), 'one\n')
  t.is(await token(), 'one')
  await writeFile(join(path, 'token'), 'two\n')
  t.is(await token(), 'two')
  await writeFile(join(path, 'token'), '\n')
  await t.throwsAsync(token(), { code: 'BAD_CONFIG' })
})

/** Its first pauses pass at once; all of them are told. */
function hurriedClock(first: number) {
  const pauses: number[] = []
  const hurried = {
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
    after: clock.after.bind(clock),
    sleep: (ms: number, signal?: AbortSignal) => {
      pauses.push(ms)
      return clock.sleep(pauses.length > first ? ms : 1, signal)
    },
  }
  return { pauses, hurried }
}

test.serial('a credential is renewed at about half of its life', async (t) => {
  const { port } = await issuer(t, async () => member)
  const { pauses, hurried } = hurriedClock(2)
  await using kept = await keepCredential(enrolling(port, 'x'), { ...deps, disk: await newDisk(t), clock: hurried })
  const seen = new Set([kept.current()])
  while (pauses.length < 3) {
    await clock.sleep(10)
    seen.add(kept.current())
  }
  t.true(seen.size >= 2)
  for (const pause of pauses) t.true(pause > 0.39 * 3_600_000 && pause <= 0.5 * 3_600_000, String(pause))
})

test.serial('an issuer that does not answer is asked again within an eighth of the life of a credential', async (t) => {
  const { port, ...server } = await issuer(t, async () => member, 120_000)
  const { pauses, hurried } = hurriedClock(10)
  await using kept = await keepCredential(enrolling(port, 'x'), { ...deps, disk: await newDisk(t), clock: hurried })
  t.is(metrics.value('lunarx_credential_lifetime_seconds'), 120)
  const first = kept.current()
  await server[Symbol.asyncDispose]()
  while (pauses.length < 10) await clock.sleep(10)
  const [renewal = 0, ...tries] = pauses
  t.true(renewal > 0.39 * 120_000 && renewal <= 0.5 * 120_000, String(renewal))
  for (const pause of tries) t.true(pause <= 15_000, String(pause))
  t.is(kept.current(), first)
})

test.serial('with a good one at hand nobody is asked before half of its life is over', async (t) => {
  let asked = 0
  const { port } = await issuer(t, async () => {
    asked++
    return member
  })
  const disk = await newDisk(t)
  const init = enrolling(port, 'x')
  const first = await enrol(init, deps)
  const { promise: slept, resolve } = Promise.withResolvers<number>()
  const watched = {
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
    after: clock.after.bind(clock),
    sleep: (ms: number, signal?: AbortSignal) => {
      resolve(ms)
      return clock.sleep(ms, signal)
    },
  }
  await using kept = await keepCredential({ ...init, first }, { ...deps, disk, clock: watched })
  t.is(kept.current(), first)
  const pause = await slept
  t.true(pause > 0.39 * 3_600_000 && pause <= 0.5 * 3_600_000, String(pause))
  t.is(asked, 1)
})

test.serial('a restart works while the issuer is away, not with an expired or foreign credential', async (t) => {
  const disk = await newDisk(t)
  const { port, ...server } = await issuer(t, async () => member)
  const init = enrolling(port, 'x')
  let first
  {
    await using kept = await keepCredential(init, { ...deps, disk })
    first = kept.current()
  }
  await server[Symbol.asyncDispose]()
  {
    await using kept = await keepCredential(init, { ...deps, disk })
    t.deepEqual(kept.current(), first)
    t.is(metrics.value('lunarx_credential_expires_timestamp_seconds'), readDocument(CREDENTIAL, first).expiresMs / 1000)
  }
  const late = {
    now: () => clock.now() + 2 * 3_600_000,
    elapsed: () => clock.elapsed(),
    sleep: clock.sleep.bind(clock),
    after: clock.after.bind(clock),
  }
  for (const [change, other] of [
    [{ identity: newIdentity() }, {}],
    [{}, { clock: late }],
  ] as const) {
    const asking = new AbortController()
    const kept = keepCredential({ ...init, ...change }, { ...deps, disk, ...other }, asking.signal)
    await clock.sleep(300)
    asking.abort(new Error('enough'))
    await t.throwsAsync(kept, { message: 'enough' })
  }
})

test.serial('a damaged credential of before is asked for again', async (t) => {
  const disk = await newDisk(t)
  await disk.writeFileDurably('credential', Uint8Array.of(1, 2, 3))
  const { port } = await issuer(t, async () => member)
  await using kept = await keepCredential(enrolling(port, 'x'), { ...deps, disk })
  t.is(readDocument(CREDENTIAL, documentOfText(textOfDocument(kept.current()))).role, 'provider')
})
