import { request } from 'node:https'
import type { SignedCredential } from '@lunarx/core/membership'
import { LunarError, type Role } from '@lunarx/core/model'
import { nodeCrypto } from '@lunarx/runtime'
import { ADMIN, CREDENTIAL_HEADER, type TrackerStatus } from '@lunarx/wire'
import test, { type ExecutionContext } from 'ava'
import { textOfDocument } from '@lunarx/core/document'
import { clock, credentialOf, log, membershipOf, newIdentity, random } from '../_network.test.ts'
import type { Identity } from '../identity/identity.ts'
import { makePeerCertificate } from '../tls/peer-certificate.ts'
import { adminClient } from './client.ts'
import { openApi } from './open-api.ts'
import type { AdminRoutes } from './routes.ts'
import { serveAdmin } from './serve.ts'

const deps = { clock, random, log, crypto: nodeCrypto }
const someone = newIdentity().peer

const status: TrackerStatus = {
  tracker: someone,
  name: 't-0',
  epoch: 3,
  sets: { margin: { 2: 10 }, degraded: 1, backlogShards: 1, backlogBytes: 2, etaMs: null, repairedShards: 0 },
  records: 11,
  providers: [],
  trackers: [],
  timeMs: 1,
}

const routes: AdminRoutes = {
  status: async () => status,
  declareLost: async ({ peer, reason }) => {
    if (reason === 'unknown') throw new LunarError('UNKNOWN_SET', 'no such provider', { detail: { peer } })
    if (reason === 'defect') throw new Error('inner secret')
    return { peer, state: 'lost' }
  },
  drain: async ({ peer }) => ({ peer, drain: { revision: 1, isDraining: true } }),
  undrain: async ({ peer }) => ({ peer, drain: { revision: 2, isDraining: false } }),
  retire: async ({ peer }) => ({ peer, state: 'lost' }),
  maintenance: async ({ peer, forMs }) => ({ peer, maintenanceLeftMs: forMs }),
  orderAudit: async ({ peer, id }) => ({
    peer,
    order: { id, leaves: 22, verdicts: { proved: 0, disproved: 0, lost: 0, silent: 0 }, isOver: false },
  }),
  listTranscripts: async () => ({ transcripts: [] }),
  readTranscript: async () => ({ transcript: null }),
  readBeacon: async () => ({ proof: null }),
  readEpoch: async () => ({ epoch: null }),
  announceEpoch: async ({ epoch }) => ({ number: epoch.length }),
}

async function tracker(t: ExecutionContext, role: Role = 'tracker') {
  const identity = newIdentity()
  const credential = credentialOf(identity, role)
  const server = await serveAdmin({ ...membershipOf(identity, () => credential), listen: { host: '127.0.0.1', port: 0 }, routes }, deps)
  t.teardown(() => server[Symbol.asyncDispose]())
  return { identity, address: { host: '127.0.0.1', port: server.port, peer: identity.peer } }
}

function caller(
  role: Role,
  address: Parameters<typeof adminClient>[0]['address'],
  identity = newIdentity(),
  credential?: SignedCredential,
) {
  const shown = credential ?? credentialOf(identity, role)
  return adminClient({ ...membershipOf(identity, () => shown), address }, deps)
}

test.serial('an operator asks everything', async (t) => {
  const { address } = await tracker(t)
  const operator = caller('operator', address)
  t.deepEqual(await operator.status({}), status)
  t.deepEqual(await operator.declareLost({ peer: someone, reason: 'volume gone' }), { peer: someone, state: 'lost' })
  t.deepEqual(await operator.readEpoch({}), { epoch: null })
  t.deepEqual(await operator.announceEpoch({ epoch: 'x'.repeat(2_000_000) }), { number: 2_000_000 })
})

test.serial('others read, and order nothing', async (t) => {
  const { address } = await tracker(t)
  for (const role of ['client', 'provider', 'tracker'] as const) {
    const { peer: _, ...anyPeer } = address
    t.deepEqual(await caller(role, anyPeer).status({}), status)
    await t.throwsAsync(caller(role, address).declareLost({ peer: someone, reason: '' }), { code: 'UNAUTHORIZED' })
    await t.throwsAsync(caller(role, address).orderAudit({ peer: someone, id: 'a' }), { code: 'UNAUTHORIZED' })
    await t.throwsAsync(caller(role, address).announceEpoch({ epoch: '' }), { code: 'UNAUTHORIZED' })
  }
})

test.serial('errors of the tracker cross by code, defects show nothing', async (t) => {
  const { address } = await tracker(t)
  const operator = caller('operator', address)
  const error = await t.throwsAsync(operator.declareLost({ peer: someone, reason: 'unknown' }), { code: 'UNKNOWN_SET' })
  t.deepEqual((error as LunarError).detail, { peer: someone })
  const defect = await t.throwsAsync(operator.declareLost({ peer: someone, reason: 'defect' }), { code: 'INTERNAL' })
  t.false(defect.message.includes('secret'))
  await t.throwsAsync(operator.declareLost({ peer: 'nobody', reason: '' }), { code: 'BAD_MESSAGE' })
  await t.throwsAsync(operator.announceEpoch({ epoch: 'x'.repeat(5_000_000) }), { code: 'BAD_MESSAGE' })
})

test.serial('credentials are judged', async (t) => {
  const { address } = await tracker(t)
  const [identity, other] = [newIdentity(), newIdentity()]
  const shows = (credential: SignedCredential) => caller('operator', address, identity, credential).status({})
  await t.throwsAsync(shows(credentialOf(other, 'operator')), { code: 'CREDENTIAL_REQUIRED' })
  await t.throwsAsync(shows(credentialOf(identity, 'operator', { network: 'other/net' })), { code: 'CREDENTIAL_REQUIRED' })
  await t.throwsAsync(shows(credentialOf(identity, 'operator', { expiresMs: clock.now() - 1 })), { code: 'CREDENTIAL_EXPIRED' })
  const forged = { ...credentialOf(identity, 'operator'), signature: new Uint8Array(64) }
  await t.throwsAsync(shows(forged), { code: 'CREDENTIAL_REQUIRED' })
})

test.serial('a caller believes only a tracker of the network, and the one it means', async (t) => {
  const impostor = await tracker(t, 'provider')
  await t.throwsAsync(caller('operator', impostor.address).status({}), { code: 'CREDENTIAL_REQUIRED' })
  const { address } = await tracker(t)
  await t.throwsAsync(caller('operator', { ...address, peer: someone }).status({}), { code: 'WRONG_PEER' })
  await t.throwsAsync(caller('operator', { host: '127.0.0.1', port: 1 }).status({}), { code: 'PEER_UNREACHABLE' })
})

test.serial('an abort ends a call', async (t) => {
  const { address } = await tracker(t)
  await t.throwsAsync(caller('operator', address).status({}, { signal: AbortSignal.abort() }), { code: 'ABORTED' })
})

/** As curl would ask: any certificate, any headers. */
function get(
  port: number,
  path: string,
  headers: Record<string, string>,
  identity?: Identity,
): Promise<{ status: number; json: Record<string, unknown> }> {
  const certificate = identity ? makePeerCertificate(identity, clock, random) : {}
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, headers, rejectUnauthorized: false, ...certificate }, (response) => {
      let text = ''
      response.on('data', (piece: Buffer) => (text += piece.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, json: JSON.parse(text) as Record<string, unknown> }))
    })
    asking.on('error', reject)
    asking.end()
  })
}

test.serial('without certificate or credential there is nothing but the description', async (t) => {
  const { address } = await tracker(t)
  const identity = newIdentity()
  const header = { [CREDENTIAL_HEADER]: textOfDocument(credentialOf(identity, 'client'), 'base64url') }
  t.is((await get(address.port, '/v1/status', header, identity)).status, 200)
  t.is((await get(address.port, '/v1/status', header)).status, 401)
  t.is((await get(address.port, '/v1/status', {}, identity)).status, 401)
  t.is((await get(address.port, '/v1/status', { [CREDENTIAL_HEADER]: '!' }, identity)).status, 401)
  t.is((await get(address.port, '/v2/status', header, identity)).status, 404)
  const described = await get(address.port, '/v1/openapi.json', {})
  t.is(described.status, 200)
  t.deepEqual(described.json, JSON.parse(JSON.stringify(openApi())))
})

test.serial('the description has every call of the table', (t) => {
  const { openapi, paths } = openApi() as { openapi: string; paths: Record<string, Record<string, { operationId: string }>> }
  t.is(openapi, '3.1.0')
  for (const [name, { method, path }] of Object.entries(ADMIN)) t.is(paths[path]?.[method.toLowerCase()]?.operationId, name)
  t.is(Object.values(paths).flatMap((methods) => Object.keys(methods)).length, Object.keys(ADMIN).length)
})
