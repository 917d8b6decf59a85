/**
 * The parts of a tracker, made and joined: nothing else constructs. Starts nothing.
 *
 * @module
 */
import { AUDIT_PROMISE } from '@lunarx/core/audit'
import type { SignKey } from '@lunarx/core/crypto'
import { bytesOfHex, type PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import type { Platform } from '@lunarx/runtime/platform'
import { InTurn, type Tasks } from '@lunarx/runtime/tasks'
import type { AnswerDeps } from './answer-all.ts'
import { makeAudits, SharedSets, Standings, Transcripts, type Audits } from './audit/index.ts'
import { AskTogether, isAway, makeAsk } from './ask/index.ts'
import { Epochs, type SpreadDeps } from './epochs/index.ts'
import { LeaseHolders, OverList, OwnerLeases } from './expiry/index.ts'
import { Fleet } from './fleet/index.ts'
import { TRACKER_LIMITS } from './limits.ts'
import { Keeps, LeaseEnds, LivedClock, Rebuilding } from './lease/index.ts'
import { openMap, type TrackerMap } from './map/index.ts'
import { NetworkQuota, Reservations } from './place/index.ts'
import { Changed, Evener, Healer, MovesUnderWay, Pace, ReportCheck, SetWatch } from './repair/index.ts'
import { TrackerRing } from './ring/index.ts'
import type { TrackerConfig } from './config.ts'

export interface Parts extends AnswerDeps, SpreadDeps {
  readonly watch: SetWatch
  readonly healer: Healer
  readonly evener: Evener
  readonly pace: Pace
  /** Undefined: the network wants none. */
  readonly audits: Audits | undefined
  readonly standings: Standings
}

export interface PartsDeps {
  readonly platform: Platform
  readonly peers: Peers
  readonly signKey: SignKey
  readonly tasks: Tasks
  /** Takes what is to be closed in the end. */
  readonly owned: AsyncDisposableStack
}

/** @throws {LunarError} STORE_FAILED */
export async function makeParts(
  {
    network,
    address,
    outside = () => Promise.resolve(new Map()),
    quotaBytes = () => Promise.resolve(Number.POSITIVE_INFINITY),
  }: TrackerConfig,
  { platform, peers, signKey, tasks, owned }: PartsDeps,
): Promise<Parts> {
  const { clock, random, crypto, erasure, metrics, log, openStore } = platform
  const { detection, repair, classes, survive, trackers } = network
  const changed = new Changed()
  const { scanEntries, providers: maxProviders } = TRACKER_LIMITS

  const classNames = classes.map(({ name }) => name)
  const onChange = (hex: string): void => void changed.sets.add(hex)
  const map = owned.use(await openMap({ network: network.network, openStore, classNames, scanEntries, onChange }))
  const auditStore = owned.use(await openStore('audit'))
  const standings = await Standings.open({ store: auditStore, clock, log, maxProviders })
  const fleet = await Fleet.open(
    { domainKey: network.domainKey, detection, trackers: trackers.length, maxProviders },
    { store: owned.use(await openStore('fleet')), clock, log, onChange: (peer) => changed.holders.add(peer), standings },
  )
  const store = owned.use(await openStore('leases'))
  const rebuilding = await Rebuilding.open({ store, clock, random })
  const lived = await LivedClock.open({ store, clock })
  const keeps = new Keeps({ store, lived })
  const { timedLeases: maxTimed, endedLeases: maxEnded } = TRACKER_LIMITS
  const ends = await LeaseEnds.open({ store, clock, lived, scanEntries, maxTimed, maxEnded, onChange: (hex) => changed.sets.add(hex) })
  const ownerLeases = await OwnerLeases.open({
    store,
    lived,
    log,
    scanEntries,
    maxOwners: TRACKER_LIMITS.ownerLeases,
    trackers: trackers.length,
    onRevival: (owner) => restartLeases(owner, map, ends),
  })
  const networkKey = bytesOfHex(network.networkKey)
  const epochs = await Epochs.open({ store: owned.use(await openStore('epochs')), crypto, network: network.network, networkKey })

  await fleet.expect(epochs.members)
  const ask = makeAsk({ peers, clock, metrics })
  const ring = new TrackerRing({ self: address, trackers, survive, suspectMs: detection.suspectMs }, { clock, crypto })
  const watch = new SetWatch({
    changed,
    map,
    fleet,
    ring,
    clock,
    assessed: metrics.counter('lunarx_tracker_assessed_sets_total', 'Looks at how whole a set is: its holders or their states had changed'),
    classes,
    uncommittedMs: TRACKER_LIMITS.uncommittedMs,
    isOver: (hex) => ends.isEnded(hex),
  })
  const pace = new Pace(clock, repair.bytesPerSecond)
  const run = runner({ ...platform, tasks })
  const shared = {
    network: network.network,
    crypto,
    erasure,
    clock,
    random,
    log,
    ask,
    together: new AskTogether(ask, clock),
    map,
    fleet,
    ring,
    keeps,
    ends,
    lived,
    rebuilding,
    ownerLeases,
    overList: new OverList(ownerLeases, random),
    sharedSets: new SharedSets(auditStore),
    leaseHolders: new LeaseHolders({ ask, fleet, crypto, log, wanted: survive + 1 }),
    onKept: (hex: string) => watch.noteKept(hex),
    watch,
    pace,
    run,
    classes,
    outside,
    quota: new NetworkQuota(fleet),
    quotaBytes,
  }
  const asking = { ...shared, self: peers.self, signKey }
  const isOver = (hex: string): boolean => ends.isEnded(hex)
  const audits = network.audit && {
    promise: { ...AUDIT_PROMISE, ...network.audit, sweepMs: network.audit.sweepMs ?? AUDIT_PROMISE.sweepMs },
    transcripts: await Transcripts.open({ store: auditStore, clock, crypto }),
  }
  const repaired = metrics.counter('lunarx_tracker_repaired_shards_total', 'Shards rebuilt and held again')
  const moved = metrics.counter(
    'lunarx_tracker_moved_shards_total',
    'Shards copied off providers that are drained, or that their set has too many with, and held',
  )
  const healer = new Healer({ ...asking, rebuildAfterMs: repair.rebuildAfterMs, repaired, moved })
  const evener = new Evener({
    ...asking,
    standings,
    healer,
    underWay: new MovesUnderWay({ fleet, clock, trackers: trackers.length }),
    evenPace: new Pace(clock, TRACKER_LIMITS.even.ofRepair * repair.bytesPerSecond),
    isUnwanted: ({ hex, owner }) => ends.isEnded(hex) || ownerLeases.isOver(owner),
    evenedShards: metrics.counter(
      'lunarx_tracker_evened_shards_total',
      'Shards moved, or held once in place of twice, so that all lie evenly',
    ),
    evenedBytes: metrics.counter('lunarx_tracker_evened_bytes_total', 'Bytes of these shards'),
  })
  return {
    ...shared,
    standings,
    audits:
      audits &&
      (await makeAudits({
        ...asking,
        ...audits,
        self: peers.credential,
        domainKey: network.domainKey,
        heartbeatMs: detection.heartbeatMs,
        metrics,
        standings,
        store: auditStore,
        trackerSlots: () => epochs.trackerSlots,
        rowEpoch: () => epochs.newest,
        isOver,
      })),
    epochs,
    expect: (members) => fleet.expect(members),
    audience: () => audienceOf(ring, fleet),
    limits: TRACKER_LIMITS,
    reservations: new Reservations(clock, TRACKER_LIMITS.reservedSets),
    inTurn: new InTurn(),
    reports: new ReportCheck(asking),
    healer,
    evener,
  }
}

/** Of all sets of an owner that are known: none of them has been left alone for any time. */
async function restartLeases(owner: Uint8Array, { records }: TrackerMap, ends: LeaseEnds): Promise<void> {
  const ids = [...records.ownedBy(owner)]
  for (let at = 0; at < ids.length; at += TRACKER_LIMITS.revivedAtOnce) await ends.restart(ids.slice(at, at + TRACKER_LIMITS.revivedAtOnce))
}

/** Background work in which a peer that is away is nothing to worry about: it is tried again. */
function runner({ tasks, log }: Pick<Platform, 'log'> & { readonly tasks: Tasks }): SpreadDeps['run'] {
  return (name, work) =>
    tasks.run(name, async (signal) => {
      try {
        await work(signal)
      } catch (error) {
        if (!isAway(error)) throw error
        log.info('a peer is away', { task: name, error })
      }
    })
}

/** Who is told of a new epoch: the other trackers, and the providers that are alive. */
function audienceOf(ring: TrackerRing, fleet: Fleet): PeerAddress[] {
  const providers = fleet.peers.flatMap((peer) => {
    const standing = fleet.standing(peer)
    return standing?.state === 'alive' ? [standing.address] : []
  })
  return [...ring.others, ...providers]
}
