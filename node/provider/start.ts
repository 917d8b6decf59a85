/**
 * The provider role: holds shards under reservations, gives them to whom their owners or the trackers allow, removes what owners
 * deleted, reports to the trackers, and hosts rows.
 *
 * The one composition root, for pods, `lunarx dev` and the simulation alike. Holds no key but its own, sees ciphertext only.
 *
 * @module
 */
import type { SignKey } from '@lunarx/core/crypto'
import { serviceKey, type NetworkConfig, type PeerId } from '@lunarx/core/membership'
import { hexOf, type PeerAddress } from '@lunarx/core/model'
import { startRowStore } from '@lunarx/index'
import { keepPresent, type Peers } from '@lunarx/net/peers'
import type { Objects } from '@lunarx/runtime/objects'
import type { Platform } from '@lunarx/runtime/platform'
import { Tasks } from '@lunarx/runtime/tasks'
import { startAnnouncing } from './announce/index.ts'
import { answerAll } from './answer-all.ts'
import { Catalog, Check } from './catalog/index.ts'
import { HeldLeases, Leases } from './lease/index.ts'
import { PROVIDER_LIMITS } from './limits.ts'
import { answerChallenges, countProofs, ProveLimits, SpentOrders } from './prove/index.ts'
import { GivingWay } from './remove/index.ts'
import { HeardTrackers, startHeartbeats } from './report/index.ts'
import { Ballast, Capacity, Draining, keepRoom, Quota, quotaOf, Reservations, type StatedQuota } from './reserve/index.ts'
import { Scrub, type ScrubConfig } from './scrub/index.ts'
import { RemoteStore, VolumeStore, type ShardKey } from './store/index.ts'
import { Transfers } from './transfers.ts'

export interface ProviderConfig {
  readonly network: NetworkConfig
  /** Where other peers reach this provider. */
  readonly address: PeerAddress
  /** Bytes of shards to hold at most; a function is asked now and then, since a claim may grow. */
  readonly capacityBytes: number | (() => Promise<number>)
  readonly services: readonly ('storage' | 'index')[]
  /** Default: every shard once in 14 days, at least 1 MiB/s, in at most a quarter of the time. */
  readonly scrub?: Partial<ScrubConfig> | undefined
  /** At a stop: time for uploads and reads under way to end. Then uploads are handed back, to go on after the start. Default: 10 s. */
  readonly drainMs?: number | undefined
  /** Whether the network has put a peer out, as of now. Default: nobody is. */
  readonly isRevoked?: ((peer: PeerId) => boolean) | undefined
  /** Default: `quotaOf`. */
  readonly quota?: StatedQuota | undefined
}

/** What a provider needs of the platform: it never decodes anything. */
export type ProviderPlatform = Omit<Platform, 'erasure'> & {
  /** Where shards lie; undefined: on the disk. Disposed of by the caller, after the provider. */
  readonly objects?: Objects | undefined
  /** Id of the store that `objects` lie on (`nameBackingStore`): providers that state the same are one failure domain. */
  readonly backingStore?: string | undefined
}

/** Disposed of, it takes nothing new, lets end what is under way, and makes durable what it can. */
export interface Provider extends AsyncDisposable {
  /** Serving, not about to stop, and heard by a tracker at least once since the start. */
  ready(): boolean
}

/**
 * @param peers disposed of by the caller, after the provider
 * @param signKey key of `peers.self`
 * @throws {LunarError} STORE_FAILED, FULL, BAD_CONFIG (see `RemoteStore`)
 */
export async function startProvider(config: ProviderConfig, platform: ProviderPlatform, peers: Peers, signKey: SignKey): Promise<Provider> {
  const { network, capacityBytes, services } = config
  const { clock, crypto, random, disk, objects, metrics, log } = platform
  const { self } = peers

  const ballast = await Ballast.open({ disk, crypto, log })
  const owner = `${network.networkKey} ${peers.credential.name}`
  const store = objects ? await RemoteStore.open({ disk, objects, crypto, owner }) : await VolumeStore.open(disk, crypto)
  const index = await platform.openStore('shards')
  const limitBytes = async () => (typeof capacityBytes === 'number' ? capacityBytes : await capacityBytes())
  const freeBytes = async () => (await store.freeBytes()) - ballast.owedBytes
  // uploads arrive on the volume, wherever shards lie
  const uploadBytes = async () => Math.min(await freeBytes(), (await disk.space()).freeBytes - ballast.owedBytes)
  const capacity = new Capacity(await limitBytes())
  const quota = new Quota(() => quotaOf(config.quota ?? {}, capacity.capacityBytes))
  const catalog = new Catalog(index, capacity, network.network)
  const check = new Check({ catalog, store, clock, log })
  await check.beforeServing()
  const reservations = await Reservations.open({ index, store, catalog, capacity, quota, clock, freeBytes: uploadBytes })
  const rows = await startRowStore({ network, self, signKey }, platform, peers)

  const tasks = new Tasks({ clock, log })
  const transfers = new Transfers()
  const draining = new Draining(network.trackers.length)
  const shared = {
    network: network.network,
    self,
    signKey,
    crypto,
    clock,
    random,
    log,
    metrics,
    peers,
    catalog,
    store,
    capacity,
    reservations,
    draining,
    givingWay: new GivingWay(),
    heldLeases: new HeldLeases({ index, network: network.network, crypto }),
  }
  const scrub = new Scrub({ ...SCRUB_DEFAULTS, ...config.scrub }, { ...shared, index, transfers, tasks })
  const trackers = new Set(network.trackers.flatMap(({ peer }) => peer ?? []))
  const heard = new HeardTrackers()
  const { isRevoked = () => false } = config
  const isTracker = (peer: PeerId) =>
    (trackers.has(peer) || rows.trackers().includes(peer) || heard.has(peer, clock.now())) && !isRevoked(peer)
  const suspect = (key: ShardKey): void => scrub.suspect(key)
  const proving = { ...shared, transfers, suspect, limits: new ProveLimits(clock), counts: countProofs(metrics) }
  const receiver = answerAll(peers, { ...proving, isTracker, spentOrders: new SpentOrders(crypto), services })

  keepRoom({ capacity, reservations, ballast, draining, freeBytes, limitBytes, metrics, tasks })
  const heartbeats = startHeartbeats(network.trackers, {
    ...shared,
    heard,
    proveTo: (challenges, tracker, session, signal) => answerChallenges(challenges, tracker, session, proving, signal),
    incarnation: hexOf(random.bytes(16)),
    address: { ...config.address, peer: self },
    services,
    backingStore: platform.backingStore ?? null,
    rows,
    tasks,
    heartbeatMs: network.detection.heartbeatMs,
  })
  check.whileServing(reservations, tasks)
  scrub.start()
  new Leases(network, { ...shared, tasks }).start()
  const { directory } = peers
  keepPresent({
    directory,
    services: services.includes('index') ? [serviceKey(network, 'rows', crypto)] : [],
    known: () => [...network.trackers, ...rows.members()],
    random,
    tasks,
  })
  startAnnouncing({ ...shared, directory, perHour: network.directory?.announcementsPerHour ?? 0, tasks })

  return {
    ready: () => heartbeats.isHeard() && !transfers.isStopping,
    async [Symbol.asyncDispose]() {
      await transfers.drain(config.drainMs ?? PROVIDER_LIMITS.drainMs, clock)
      await receiver.stop()
      await tasks[Symbol.asyncDispose]()
      await rows[Symbol.asyncDispose]()
      await catalog.close()
      await index[Symbol.asyncDispose]()
    },
  }
}

const SCRUB_DEFAULTS: ScrubConfig = {
  periodMs: PROVIDER_LIMITS.scrubPeriodMs,
  bytesPerSecond: PROVIDER_LIMITS.scrubBytesPerSecond,
  maxShare: PROVIDER_LIMITS.scrubMaxShare,
}
