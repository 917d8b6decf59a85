import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { NetworkConfig } from '@lunarx/core/membership'
import { hexOf, LunarError } from '@lunarx/core/model'
import { identityOf } from '@lunarx/net/identity'
import { serveIssuer } from '@lunarx/net/issuer'
import { makeServerCertificate } from '@lunarx/net/tls'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import { type Platform, systemPlatform } from '@lunarx/runtime/platform'
import test, { type ExecutionContext } from 'ava'
import { clientCredential } from './credential.ts'

const NETWORK = 'test/net'
const networkKey = nodeCrypto.signKey(new Uint8Array(32).fill(9))

interface Again {
  readonly lifeMs: number
  readonly againAfterMs: number
}

/**
 * Asks an issuer that is away for the first requests. Its pauses pass at once, and are told.
 *
 * @param again another command that much later, with what the first one left
 */
async function ask(t: ExecutionContext, away: number, again?: Again) {
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
  await using issuer = await serveIssuer(
    { listen, tls, networkKey: async () => networkKey, authenticate, lifetimeMs: again?.lifeMs },
    platform,
  )
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
  const command = (own: Platform['clock']) =>
    clientCredential(network, identity, token, { ...platform, clock: own }, new AbortController().signal)
  const outcome = await command(hurried).catch((error: unknown) => (error instanceof LunarError ? error.code : error))
  // to the issuer the clock of a later command is wrong: it may refuse, but it was asked
  const later = again && (await command({ ...hurried, now: () => clock.now() + again.againAfterMs }).catch(() => undefined))
  return { outcome, asked, sleptMs, isUsedAgain: isDeepStrictEqual(later, outcome) }
}

test('a client waits for an issuer that moves to another node', async (t) => {
  const { outcome, asked } = await ask(t, 7)
  t.true(typeof outcome === 'object')
  t.is(asked, 8)
})

for (const [lifeMs, againAfterMs, isAsked] of [
  [86_400_000, 22 * 3_600_000, false],
  [86_400_000, 23 * 3_600_000 + 60_000, true],
  [120_000, 80_000, false],
  [120_000, 95_000, true],
] as const)
  test(`a command ${againAfterMs / 1000} s after another: the credential that lives for ${lifeMs / 1000} s is ${isAsked ? 'renewed' : 'used again'}`, async (t) => {
    const { isUsedAgain } = await ask(t, 0, { lifeMs, againAfterMs })
    t.is(isUsedAgain, !isAsked)
  })

test('for half a minute, and says then what was wrong', async (t) => {
  const { outcome, sleptMs } = await ask(t, 1_000)
  t.is(outcome, 'CLUSTER_UNREACHABLE')
  t.true(sleptMs > 26_000 && sleptMs < 40_000, String(sleptMs))
})
