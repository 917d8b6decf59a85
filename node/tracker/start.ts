/**
 * The tracker role: places sets, keeps the map, judges the fleet, heals. This is its composition root, the same for pods, for
 * `lunarx dev` and for the simulation; `parts.ts` makes what it is composed of.
 *
 * @module
 */
import type { SignKey } from '@lunarx/core/crypto'
import type { SignedDocument } from '@lunarx/core/document'
import { serviceKey, type PeerId } from '@lunarx/core/membership'
import { keepPresent, type Peers } from '@lunarx/net/peers'
import type { Platform } from '@lunarx/runtime/platform'
import { Tasks } from '@lunarx/runtime/tasks'
import type { TrackerStatus } from '@lunarx/wire'
import { answerAll } from './answer-all.ts'
import { startBackground } from './background.ts'
import type { TrackerConfig } from './config.ts'
import { takeEpoch } from './epochs/index.ts'
import { compareAll, Handover } from './handover/index.ts'
import { makeParts } from './parts.ts'
import { adminRoutes, makeGauges, readStatus, type AdminRoutes } from './status/index.ts'

export interface Tracker extends AsyncDisposable {
  /** Answers exchanges. */
  ready(): boolean
  status(): TrackerStatus
  /**
   * The provider is gone for certain: its shards are rebuilt at once. Durable here when it resolves; trackers that were not told follow
   * once a majority of all declares it, so that nobody is lost by the word of one.
   * A peer that was never heard of holds nothing that is known, so that there is nothing to remember.
   */
  declareLost(peer: PeerId, reason: string): Promise<void>
  /**
   * The provider is to be removed, or stays after all: the newest order counts. Durable here when it resolves; trackers
   * that were not told, and the provider itself, follow once a majority has it.
   * How far it is shows in the status.
   * @throws {LunarError} UNKNOWN_PEER
   */
  orderDrain(peer: PeerId, isDraining: boolean): Promise<void>
  /** A drained provider and its volume are removed: as `declareLost`, but on purpose. */
  retire(peer: PeerId, reason: string): Promise<void>
  /** Takes a newer epoch and passes it on. Returns the newest number held. @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK */
  announceEpoch(document: SignedDocument): Promise<number>
  readEpoch(): SignedDocument | undefined
  /** Answers of the admin API; the server around them checks rights. */
  readonly admin: AdminRoutes
}

/**
 * Takes over neither `platform` nor `peers`: the caller disposes of `peers` after the tracker.
 * @throws {LunarError} STORE_FAILED
 */
export async function startTracker(config: TrackerConfig, platform: Platform, peers: Peers, signKey: SignKey): Promise<Tracker> {
  const { network, address } = config
  const { clock, metrics } = platform
  const log = platform.log.with({ role: 'tracker' })
  await using owned = new AsyncDisposableStack()
  const tasks = new Tasks({ clock, log })
  const parts = await makeParts(config, { platform: { ...platform, log }, peers, signKey, tasks, owned })
  owned.use(tasks) // ends first, before the stores are closed

  const { ring } = parts
  const handover = ring.isMember ? undefined : new Handover({ ring, compare: (tracker, signal) => compareAll(tracker, parts, signal) })
  const status = (): TrackerStatus => readStatus({ ...parts, peers, handover })
  const newestEpoch = (): SignedDocument | undefined => parts.epochs.documents[0]
  const announceEpoch = (document: SignedDocument): Promise<number> => takeEpoch(document, parts)
  const declareLost = async (peer: PeerId, reason: string): Promise<void> => {
    await parts.fleet.declareLost(peer, reason)
  }
  const orderDrain = async (peer: PeerId, isDraining: boolean): Promise<void> => {
    await parts.fleet.orderDrain(peer, isDraining)
  }
  const retire = async (peer: PeerId, reason: string): Promise<void> => {
    await parts.fleet.declareLost(peer, reason, true)
  }
  const writeGauges = makeGauges(metrics)
  answerAll(peers, parts)
  startBackground(tasks, { ...parts, handover, heartbeatMs: network.detection.heartbeatMs, writeGauges: () => writeGauges(status()) })
  keepPresent({
    directory: peers.directory,
    services: [serviceKey(network, 'tracker', platform.crypto)],
    known: () => parts.audience(),
    random: platform.random,
    tasks,
  })
  if (handover) log.warn('this tracker is not one of the network: it passes on what it is asked, and hands over what it has', { address })

  const running = owned.move()
  let isReady = true
  return {
    ready: () => isReady,
    status,
    declareLost,
    orderDrain,
    retire,
    announceEpoch,
    readEpoch: newestEpoch,
    admin: adminRoutes({
      fleet: parts.fleet,
      readStatus: status,
      newestEpoch,
      takeEpoch: announceEpoch,
      declareLost,
      standings: parts.standings,
      audits: parts.audits,
    }),
    async [Symbol.asyncDispose]() {
      isReady = false
      await running[Symbol.asyncDispose]()
    },
  }
}
