import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NetworkConfig } from '@lunarx/core/membership'
import { hexOf, LunarError } from '@lunarx/core/model'
import { identityOf } from '@lunarx/net/identity'
import { serveIssuer } from '@lunarx/net/issuer'
import { makeServerCertificate } from '@lunarx/net/tls'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import { systemPlatform } from '@lunarx/runtime/platform'
import test, { type ExecutionContext } from 'ava'
import { clientCredential } from './credential.ts'

const NETWORK = 'test/net'
const networkKey = nodeCrypto.signKey(new Uint8Array(32).fill(9))

/** Asks an issuer that is away for the first requests. Its pauses pass at once, and are told. */
async function ask(t: ExecutionContext, away: number) {
  const folder = await mkdtemp(join(tmpdir(), 'lunarx-credential-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const platform = await systemPlatform({ dataFolder: join(folder, 'state'), logLevel: 'error' })
  const tls = makeServerCertificate({ hosts: ['127.0.0.1'] }, platform.clock, platform.random)
  let asked = 0
  const authenticate = async () => {
    if (++asked <= away) throw new LunarError('CLUSTER_UNREACHABLE', 'a test')
    return { role: 'client', name: 'dapp', domains: {} } as const
  }
  const listen = { host: '127.0.0.1', port: 0 }
  await using issuer = await serveIssuer({ listen, tls, networkKey: async () => networkKey, authenticate }, platform)
  const network = {
    network: NETWORK,
    networkKey: hexOf(networkKey.publicKey),
    issuer: { url: `https://127.0.0.1:${issuer.port}`, ca: tls.cert },
  } as NetworkConfig
  const token = join(folder, 'token')
  await writeFile(token, 'token')
  let sleptMs = 0
  const { clock } = platform
  const hurried = {
    now: () => clock.now(),
    elapsed: () => clock.elapsed() + sleptMs,
    after: clock.after.bind(clock),
    sleep: async (ms: number) => void (sleptMs += ms),
  }
  const identity = identityOf(new Uint8Array(32).fill(7), nodeCrypto)
  const outcome = await clientCredential(network, identity, token, { ...platform, clock: hurried }, new AbortController().signal).catch(
    (error: unknown) => (error instanceof LunarError ? error.code : error),
  )
  return { outcome, asked, sleptMs }
}

test('a client waits for an issuer that moves to another node', async (t) => {
  const { outcome, asked } = await ask(t, 7)
  t.true(typeof outcome === 'object')
  t.is(asked, 8)
})

test('for half a minute, and says then what was wrong', async (t) => {
  const { outcome, sleptMs } = await ask(t, 1_000)
  t.is(outcome, 'CLUSTER_UNREACHABLE')
  t.true(sleptMs > 26_000 && sleptMs < 40_000, String(sleptMs))
})
