import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NetworkConfig } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'
import { serveIssuer } from '@lunarx/net/issuer'
import { makeServerCertificate } from '@lunarx/net/tls'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import { systemPlatform } from '@lunarx/runtime/platform'
import test from 'ava'
import { openOver, openSession } from './connect.ts'

const NETWORK = 'test/net'
const HALF_AN_HOUR = 1_800_000
const networkKey = nodeCrypto.signKey(new Uint8Array(32).fill(9))

const configOf = (port: number, ca: string): NetworkConfig => ({
  network: NETWORK,
  networkKey: hexOf(networkKey.publicKey),
  issuer: { url: `https://127.0.0.1:${port}`, ca },
  trackers: [{ host: '127.0.0.1', controlPort: 1, dataPort: 1 }],
  classes: [{ name: 'standard', required: 4, parity: 2, survive: 1, inlineBytes: 1024, versions: 1 }],
  defaultClass: 'standard',
  domainKey: 'kubernetes.io/hostname',
  survive: 1,
  detection: { heartbeatMs: 5_000, suspectMs: 15_000, lostMs: 60_000 },
  repair: { rebuildAfterMs: 900_000, bytesPerSecond: 1e8 },
})

test('a client that stays open renews its credential, and stops when it is closed', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lunarx-connect-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const issuing = await systemPlatform({ dataFolder: join(folder, 'issuer'), logLevel: 'error' })
  const tls = makeServerCertificate({ hosts: ['127.0.0.1'] }, issuing.clock, issuing.random)
  let asked = 0
  const renewed = Promise.withResolvers<void>()
  const authenticate = async () => {
    if (++asked === 3) renewed.resolve()
    return { role: 'client', name: 'dapp', domains: {} } as const
  }
  const listen = { host: '127.0.0.1', port: 0 }
  await using issuer = await serveIssuer({ listen, tls, networkKey: async () => networkKey, authenticate }, issuing)
  const [config, tokenFile] = [join(folder, 'network.json'), join(folder, 'token')]
  await writeFile(config, JSON.stringify(configOf(issuer.port, tls.cert)))
  await writeFile(tokenFile, 'token')

  const session = await openSession({ config, tokenFile, stateDir: join(folder, 'state') }, {})
  t.is(asked, 1)
  // two long pauses pass at once; later ones last as long as they should
  const { clock } = session.platform
  let long = 0
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> => clock.sleep(ms > HALF_AN_HOUR && ++long <= 2 ? 1 : ms, signal)
  const hurried = { now: () => clock.now(), elapsed: () => clock.elapsed(), after: clock.after.bind(clock), sleep }
  {
    await using client = await openOver({ ...session, platform: { ...session.platform, clock: hurried } }, new Uint8Array(32).fill(1))
    await renewed.promise
    t.is(typeof client.get, 'function')
  }
  t.is(asked, 3)
})
