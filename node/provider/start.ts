/**
 * The provider role: holds shards under reservations, gives them to whom their owners or the trackers allow, removes what owners
 * deleted, reports to the trackers, and hosts rows.
 *
 * The one composition root, for pods, `lunarx dev` and the simulation alike. Holds no key but its own, sees ciphertext only.
 *
 * @module
 */
import type { SignKey } from '@lunarx/core/crypto'
import type { NetworkConfig, PeerId } from '@lunarx/core/membership'
import { hexOf, type PeerAddress } from '@lunarx/core/model'
import { startRowStore } from '@lunarx/index'
import type { Peers } from '@lunarx/net/peers'
import type { Platform } from '@lunarx/runtime/platform'
import { Tasks } from '@lunarx/runtime/tasks'
import { confirm, discard, hold, retrieve, store as storeExchange, storeProgress, storeRelease, surplus } from '@lunarx/wire'
import { Catalog, checkShards } from './catalog/index.ts'
import { PROVIDER_LIMITS } from './limits.ts'
import { Receiver } from './receive/index.ts'
import { discardShards, removeSurplus } from './remove/index.ts'
import { startHeartbeats } from './report/index.ts'
import { Capacity, holdShard, Reservations } from './reserve/index.ts'
import { retrieveShard } from './retrieve/index.ts'
import { VolumeStore } from './store/index.ts'

export interface ProviderConfig {
  readonly network: NetworkConfig
  /** Where other peers reach this provider. */
  readonly address: PeerAddress
  /** Bytes of shards to hold at most. */
  readonly capacityBytes: number
  readonly services: readonly ('storage' | 'index')[]
}

/** What a provider needs of the platform: it never decodes anything. */
export type ProviderPlatform = Omit<Platform, 'erasure'>

export interface Provider extends AsyncDisposable {
  /** Serving, and heard by a tracker at least once since the start. */
  ready(): boolean
}

/**
 * @param peers disposed of by the caller, after the provider
 * @param signKey key of `peers.self`
 * @throws {LunarError} STORE_FAILED, FULL
 */
export async function startProvider(config: ProviderConfig, platform: ProviderPlatform, peers: Peers, signKey: SignKey): Promise<Provider> {
  const { network, capacityBytes, services } = config
  const { clock, crypto, random, disk, metrics, log } = platform
  const { self } = peers

  const store = await VolumeStore.open(disk, crypto)
  const index = await platform.openStore('shards')
  const capacity = new Capacity(capacityBytes)
  const catalog = new Catalog(index, capacity)
  await catalog.count()
  await checkShards({ catalog, store, log })
  const reservations = await Reservations.open({ index, store, capacity, clock })
  const rows = await startRowStore({ network, self }, platform, peers)

  const keys = { self, signKey, crypto, clock }
  const trackers = new Set(network.trackers.flatMap(({ peer }) => peer ?? []))
  const isTracker = (peer: PeerId) => trackers.has(peer) || rows.trackers().includes(peer)
  const storedBytes = metrics.counter('lunarx_provider_stored_bytes_total', 'Bytes of shards made durable')
  const retrievedBytes = metrics.counter('lunarx_provider_retrieved_bytes_total', 'Bytes of shards sent')
  const receiver = new Receiver({ ...keys, network: network.network, catalog, reservations, store, storedBytes })
  const removal = { network: network.network, catalog, store, crypto, log }

  if (services.includes('storage')) peers.answer(hold, (question) => holdShard(question, { ...keys, catalog, reservations, random }))
  peers.answer(storeProgress, (question, asked) => receiver.progress(question, asked))
  peers.answer(storeRelease, (question, asked) => receiver.release(question, asked))
  peers.answer(storeExchange, (question, asked) => receiver.store(question, asked))
  peers.answer(retrieve, (question, asked) => retrieveShard(question, asked, { catalog, store, crypto, clock, isTracker, retrievedBytes }))
  peers.answer(confirm, async ({ shards }) => ({ held: await Promise.all(shards.map((key) => catalog.has(key))) }))
  peers.answer(surplus, async (question, asked) => ({
    removed: await removeSurplus(question, asked, { ...removal, peers, clock, isTracker }),
  }))
  peers.answer(discard, async ({ tombstones }) => ({ removed: await discardShards(tombstones, removal) }))

  const tasks = new Tasks({ clock, log })
  const room = metrics.gauge('lunarx_provider_bytes', 'Bytes of shards: capacity, used, reserved', ['kind'])
  tasks.repeat(
    'expire reservations',
    () => PROVIDER_LIMITS.expiryPauseMs,
    async () => {
      await reservations.expire()
      room.set(capacity.capacityBytes, { kind: 'capacity' })
      room.set(capacity.usedBytes, { kind: 'used' })
      room.set(capacity.reservedBytes, { kind: 'reserved' })
    },
  )
  const report = { ...removal, peers, incarnation: hexOf(random.bytes(16)), address: { ...config.address, peer: self }, services }
  const heartbeats = startHeartbeats(network.trackers, {
    ...report,
    capacity,
    rows,
    clock,
    random,
    tasks,
    heartbeatMs: network.detection.heartbeatMs,
  })

  return {
    ready: heartbeats.isHeard,
    async [Symbol.asyncDispose]() {
      await tasks[Symbol.asyncDispose]()
      await rows[Symbol.asyncDispose]()
      await index[Symbol.asyncDispose]()
    },
  }
}
