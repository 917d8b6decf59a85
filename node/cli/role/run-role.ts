/**
 * One provider, tracker or verifier in this process: what pods, `lunarx dev` and outsiders run. The composition root of a role.
 *
 * Health answers first, so that a pod that waits for its issuer is alive and not ready. What was opened last is closed first.
 *
 * @module
 */
import { keepRevoked } from '@lunarx/client/connect'
import { OutsidePeers } from '@lunarx/client/outside'
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import { openPeers } from '@lunarx/net'
import { serveAdmin } from '@lunarx/net/admin'
import { loadOrMakeIdentity, type Identity } from '@lunarx/net/identity'
import { keepCredential, tokenFromFile, type KeptCredential } from '@lunarx/net/issuer'
import type { Peers } from '@lunarx/net/peers'
import { startProvider, type ProviderConfig, type ProviderPlatform } from '@lunarx/provider'
import { serveHealth } from '@lunarx/runtime/health'
import { systemPlatform, type SystemPlatform } from '@lunarx/runtime/platform'
import { startTracker } from '@lunarx/tracker'
import { startVerifier } from '@lunarx/verifier'
import type { LoadedRunConfig } from '../config/read-config.ts'
import { askBackingStore, openBackend } from './open-backend.ts'
import { followFile } from './live-file.ts'
import { openTrackerStores } from './open-stores.ts'
import { OUTSIDE_FILE } from './outside-file.ts'
import { QUOTA_FILE } from './quota-file.ts'

/** Share of a volume that is left to stores, rows and logs when no capacity is given. */
const RESERVE = 0.05

/** Share of the grace period in which uploads and reads may end; the rest is for closing stores and sockets. */
const DRAIN = 0.6

interface RoleConfig extends LoadedRunConfig {
  readonly readAgain: () => Promise<LoadedRunConfig>
}

type BackedPlatform = SystemPlatform & Pick<ProviderPlatform, 'objects' | 'backingStore'>

interface Started {
  ready(): boolean
}

/**
 * Runs until `signal` is aborted, then stops within the grace period.
 * @param readAgain the configuration as it is now: a capacity that was raised is taken over without a restart
 * @param isTraced its spans go to the SDK of OpenTelemetry that is registered
 * @throws {LunarError} BAD_CONFIG, STORE_FAILED, FULL: it could not start
 */
export async function runRole(
  config: LoadedRunConfig,
  readAgain: () => Promise<LoadedRunConfig>,
  signal: AbortSignal,
  isTraced = false,
): Promise<void> {
  const platform = await systemPlatform({ dataFolder: config.dataFolder, logLevel: config.logLevel, isTraced })
  const { log, clock } = platform
  const stack = new AsyncDisposableStack()
  try {
    await start({ ...config, readAgain }, platform, stack, signal)
    await clock.sleep(Number.POSITIVE_INFINITY, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    const grace = new AbortController()
    const isStopped = await Promise.race([
      stack.disposeAsync().then(() => true),
      clock.sleep(config.graceSeconds * 1_000, grace.signal).then(() => false),
    ])
    grace.abort()
    log.info('stopped', { role: config.role, isGraceful: isStopped })
  }
}

async function start(config: RoleConfig, platform: SystemPlatform, stack: AsyncDisposableStack, signal: AbortSignal): Promise<void> {
  const { role, network, networkFile, listen, host } = config
  const { disk, random, crypto, clock, log, metrics } = platform
  let started: Started | undefined
  stack.use(await serveHealth({ port: listen.healthPort, host: listen.host, ready: { [role]: () => started?.ready() ?? false }, metrics }))
  const identity = await loadOrMakeIdentity(disk, random, crypto)
  const kept = stack.use(await keptCredential(config, identity, platform, signal))
  const credential = (): ReturnType<KeptCredential['current']> => kept.current()
  const { controlPort, dataPort, adminPort } = listen
  const address = { peer: identity.peer, host, controlPort, dataPort }
  const { isRevoked } = stack.use(await keepRevoked(networkFile, platform))
  const member = { ...network, identity, credential, isRevoked }
  const peers = stack.use(await openPeers({ ...member, listen, advertised: address, isStarted: () => started !== undefined }, platform))
  if (role === 'provider') {
    const objects = stack.use(await openBackend(config.backend, platform))
    const backingStore = await askBackingStore(config.backend, platform)
    started = stack.use(await provider(config, address, { ...platform, objects, backingStore }, peers, identity, isRevoked))
  } else if (role === 'verifier') {
    // from outside of a cluster, peers are named as inside and reached where the network says
    const reaching = network.outside ? new OutsidePeers({ network, peers, clock, log }) : peers
    started = stack.use(startVerifier({ network, address }, platform, reaching, identity.signKey))
  } else {
    const stores = await openTrackerStores(config, `${network.networkKey} ${peers.credential.name}`, platform, stack)
    const [outside, quotaBytes] = [followFile(OUTSIDE_FILE, config, platform), followFile(QUOTA_FILE, config, platform)]
    const tracker = stack.use(
      await startTracker({ network, address, outside, quotaBytes }, { ...platform, ...stores }, peers, identity.signKey),
    )
    const admin = { ...member, listen: { host: listen.host, port: adminPort }, routes: tracker.admin }
    stack.use(await serveAdmin(admin, { clock, random, log, crypto }))
    started = tracker
  }
  log.info('started', { role, peer: identity.peer, name: peers.credential.name, address })
}

async function keptCredential(
  { network, credential }: LoadedRunConfig,
  identity: Identity,
  platform: SystemPlatform,
  signal: AbortSignal,
): Promise<KeptCredential> {
  const url = credential.url ?? network.issuer?.url
  const ca = credential.ca ?? network.issuer?.ca
  if (url === undefined || ca === undefined)
    throw new LunarError('BAD_CONFIG', 'neither credential nor network names url and ca of an issuer')
  return await keepCredential({ ...network, url, ca, token: tokenFromFile(credential.tokenFile), identity }, platform, signal)
}

async function provider(
  config: RoleConfig,
  address: PeerAddress,
  platform: BackedPlatform,
  peers: Peers,
  identity: Identity,
  isRevoked: ProviderConfig['isRevoked'],
) {
  const { network, services } = config
  const { everyDays, ...pace } = config.scrub
  const scrub = { ...pace, periodMs: everyDays * 86_400_000 }
  return await startProvider(
    {
      network,
      address,
      capacityBytes: capacityOf(config, platform),
      services,
      scrub,
      isRevoked,
      quota: config.quota,
      drainMs: config.graceSeconds * 1_000 * DRAIN,
    },
    platform,
    peers,
    identity.signKey,
  )
}

/** What the configuration says now; where it says nothing, the volume as large as it is now. */
function capacityOf({ capacityBytes, readAgain }: RoleConfig, { disk, log }: SystemPlatform): () => Promise<number> {
  let stated = capacityBytes
  return async () => {
    try {
      stated = (await readAgain()).capacityBytes
    } catch (error) {
      log.warn('the configuration cannot be read again: its capacity stays', { error })
    }
    return stated ?? Math.floor((await disk.space()).totalBytes * (1 - RESERVE))
  }
}
