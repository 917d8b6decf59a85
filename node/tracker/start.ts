/**
 * The tracker role: places sets, keeps the map, judges the fleet, heals. This is its composition root, the same for pods, for
 * `lunarx dev` and for the simulation; everything else receives what it needs.
 *
 * @module
 */
import type { SignKey } from '@lunarx/core/crypto'
import type { SignedDocument } from '@lunarx/core/document'
import type { NetworkConfig, PeerId } from '@lunarx/core/membership'
import { bytesOfHex, LunarError, type PeerAddress } from '@lunarx/core/model'
import { ringName } from '@lunarx/core/placement'
import type { Peers } from '@lunarx/net/peers'
import type { Platform } from '@lunarx/runtime/platform'
import { Tasks } from '@lunarx/runtime/tasks'
import type { TrackerStatus } from '@lunarx/wire'
import { answerAll } from './answer-all.ts'
import { InTurn, isAway, makeAsk } from './ask/index.ts'
import { Epochs, fetchEpochs, takeEpoch } from './epochs/index.ts'
import { exchangeViews, Fleet } from './fleet/index.ts'
import { TRACKER_LIMITS } from './limits.ts'
import { compareWith, openMap, type TrackerMap } from './map/index.ts'
import { discardBuried, Reservations } from './place/index.ts'
import { Changed, Healer, Pace, SetWatch } from './repair/index.ts'
import { TrackerRing } from './ring/index.ts'
import { adminRoutes, makeGauges, readStatus, type AdminRoutes } from './status/index.ts'

export interface TrackerConfig {
  readonly network: NetworkConfig
  /** Where this tracker listens: as `network.trackers` names it. */
  readonly address: PeerAddress
}

export interface Tracker extends AsyncDisposable {
  /** Answers exchanges. */
  ready(): boolean
  status(): TrackerStatus
  /** The provider is gone for certain: its shards are rebuilt at once. Durable here when it resolves; the other trackers follow. */
  declareLost(peer: PeerId, reason: string): Promise<void>
  /** Takes a newer epoch and passes it on. Returns the newest number held. @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK */
  announceEpoch(document: SignedDocument): Promise<number>
  readEpoch(): SignedDocument | undefined
  /** Answers of the admin API; the server around them checks rights. */
  readonly admin: AdminRoutes
}

/** Takes over neither `platform` nor `peers`: the caller disposes of them, `peers` first. */
export async function startTracker(
  { network, address }: TrackerConfig,
  platform: Platform,
  peers: Peers,
  signKey: SignKey,
): Promise<Tracker> {
  const { clock, random, crypto, erasure, metrics } = platform
  const log = platform.log.with({ role: 'tracker' })
  const { detection, repair } = network
  await using cleanup = new AsyncDisposableStack()
  const ask = makeAsk({ peers, clock, metrics })
  const ring = new TrackerRing(
    { self: address, trackers: network.trackers, survive: network.survive, suspectMs: detection.suspectMs },
    { clock, crypto },
  )
  const changed = new Changed()

  const map: TrackerMap = cleanup.use(
    await openMap({ openStore: platform.openStore, scanEntries: TRACKER_LIMITS.scanEntries, onChange: (hex) => changed.sets.add(hex) }),
  )
  const fleetStore = cleanup.use(await platform.openStore('fleet'))
  const fleet = await Fleet.open(
    { domainKey: network.domainKey, detection, trackers: network.trackers.length, maxProviders: TRACKER_LIMITS.providers },
    { store: fleetStore, clock, log, onChange: (peer) => changed.holders.add(peer) },
  )
  const epochStore = cleanup.use(await platform.openStore('epochs'))
  const epochs = await Epochs.open({ store: epochStore, crypto, network: network.network, networkKey: bytesOfHex(network.networkKey) })
  const watch = new SetWatch({ changed, map, fleet, ring, clock, uncommittedMs: TRACKER_LIMITS.uncommittedMs })

  const tasks = cleanup.use(new Tasks({ clock, log }))
  const run = (name: string, work: (signal: AbortSignal) => Promise<void>): void =>
    tasks.run(name, async (signal) => {
      try {
        await work(signal)
      } catch (error) {
        if (!isAway(error)) throw error
        log.info('a peer is away', { task: name, error })
      }
    })
  const reservations = new Reservations(clock, TRACKER_LIMITS.reservedSets)
  const pace = new Pace(clock, repair.bytesPerSecond)
  const inTurn = new InTurn()
  const spread = { ask, epochs, run, audience: () => audienceOf(ring, fleet) }
  const deps = { network: network.network, crypto, erasure, clock, random, log, ask, map, fleet, ring, watch, pace, limits: TRACKER_LIMITS }
  const repaired = metrics.counter('lunarx_tracker_repaired_shards_total', 'Shards rebuilt and held again')
  const healer = new Healer({ ...deps, self: peers.self, signKey, rebuildAfterMs: repair.rebuildAfterMs, repaired, run })
  const status = (): TrackerStatus => readStatus({ peers, clock, map, fleet, ring, watch, healer, pace, epochs })

  answerAll(peers, { ...deps, spread, classes: network.classes, reservations, inTurn })

  const learning = new Set<string>()
  const learnFrom = (tracker: PeerAddress): void => {
    if (learning.has(ringName(tracker))) return
    learning.add(ringName(tracker))
    run('learn from a tracker', async (signal) => {
      try {
        await fetchEpochs(tracker, spread, signal)
        await compareWith(tracker, deps, signal)
      } finally {
        learning.delete(ringName(tracker))
      }
    })
  }
  const gauges = makeGauges(metrics)
  tasks.repeat(
    'exchange views',
    () => detection.heartbeatMs,
    (signal) => exchangeViews({ ask, ring, fleet, onBack: learnFrom }, signal),
  )
  tasks.repeat(
    'heal',
    () => 0,
    (signal) => healer.beat(signal),
  )
  tasks.repeat(
    'discard',
    () => detection.heartbeatMs,
    (signal) => discardBuried({ ...deps, buried: watch.buriedHeld }, signal),
  )
  tasks.repeat(
    'compare',
    () => TRACKER_LIMITS.compareMs,
    async () => ring.others.filter((tracker) => ring.peerAt(tracker) && ring.isReachable(tracker)).forEach(learnFrom),
  )
  tasks.repeat(
    'keep house',
    () => detection.heartbeatMs,
    async () => {
      reservations.expire()
      gauges(status())
    },
  )
  if (!network.trackers.some((tracker) => ring.isSelf(tracker)))
    log.warn('this tracker is not one of the network: it passes on what it is asked', { address })

  const owned = cleanup.move()
  let isReady = true
  const declareLost = async (peer: PeerId, reason: string): Promise<void> => {
    if (!fleet.standing(peer))
      throw new LunarError('PEER_UNREACHABLE', 'no provider of this peer id was ever heard of', { detail: { peer } })
    await fleet.declareLost(peer, reason)
  }
  return {
    ready: () => isReady,
    status,
    declareLost,
    announceEpoch: (document) => takeEpoch(document, spread),
    readEpoch: () => epochs.documents[0],
    admin: adminRoutes({
      fleet,
      readStatus: status,
      newestEpoch: () => epochs.documents[0],
      takeEpoch: (document) => takeEpoch(document, spread),
      declareLost,
    }),
    async [Symbol.asyncDispose]() {
      isReady = false
      await owned[Symbol.asyncDispose]()
    },
  }
}

/** Who is told of a new epoch: the other trackers, and the providers that are alive. */
function audienceOf(ring: TrackerRing, fleet: Fleet): PeerAddress[] {
  const providers = fleet.peers.flatMap((peer) => {
    const standing = fleet.standing(peer)
    return standing?.state === 'alive' ? [standing.address] : []
  })
  return [...ring.others, ...providers]
}
