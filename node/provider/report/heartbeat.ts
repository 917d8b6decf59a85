/**
 * Heartbeats to every tracker: alive, this much room, this epoch. The answers say which epoch is the newest and which state of the
 * inventory the tracker has; what is behind is then brought up.
 *
 * To all of them, not to the ring owners alone: any tracker may place a set here and needs to know the room, each owns other sets,
 * and a loss is judged by a majority of all. A network has 99 at most.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import type { PeerAddress } from '@lunarx/core/model'
import { ringName } from '@lunarx/core/placement'
import type { RowStore } from '@lunarx/index'
import type { Session } from '@lunarx/net/peers'
import type { Random } from '@lunarx/runtime/random'
import type { Tasks } from '@lunarx/runtime/tasks'
import { heartbeat } from '@lunarx/wire'
import { PROVIDER_LIMITS } from '../limits.ts'
import type { Capacity, Draining } from '../reserve/index.ts'
import { compareAll } from './compare.ts'
import type { HeardTrackers } from './heard-trackers.ts'
import { tellChanges, type InventoryDeps } from './inventory.ts'

export interface HeartbeatDeps extends InventoryDeps {
  readonly self: PeerId
  readonly address: PeerAddress
  readonly services: readonly ('storage' | 'index')[]
  /** Id of the store that shards lie on; null: the volume. */
  readonly backingStore: string | null
  readonly capacity: Capacity
  readonly rows: RowStore
  readonly random: Random
  readonly tasks: Tasks
  readonly heartbeatMs: number
  readonly draining: Draining
  /** Told of each tracker that answers. */
  readonly heard: HeardTrackers
  /** Answers challenges that came with the answer of this tracker. */
  readonly proveTo: (challenges: readonly SignedDocument[], tracker: PeerAddress, session: Session, signal: AbortSignal) => Promise<void>
}

/** A heartbeat that was lost comes again after this part of the pause, then after twice as much: one lost message makes nobody suspect. */
const RETRY = 1 / 5

const pauseAfter = (failures: number, heartbeatMs: number): number =>
  failures === 0 ? heartbeatMs : Math.min(heartbeatMs, heartbeatMs * RETRY * 2 ** (failures - 1))

/** Beats for as long as `tasks` run. @returns whether some tracker has answered yet */
export function startHeartbeats(trackers: readonly PeerAddress[], deps: HeartbeatDeps): { readonly isHeard: () => boolean } {
  const { tasks, heartbeatMs, random } = deps
  let isHeard = false
  for (const tracker of trackers) {
    const watched = new WatchedBy(tracker, deps)
    let failures = 0
    const pauseMs = () => pauseAfter(failures, heartbeatMs) * (0.8 + 0.2 * random.uniform())
    tasks.repeat('heartbeat', pauseMs, async (signal) => {
      const isTaken = await watched.beat(signal)
      failures = isTaken ? 0 : failures + 1
      isHeard ||= isTaken
    })
  }
  return { isHeard: () => isHeard }
}

/** This provider, as one tracker watches it. */
class WatchedBy {
  readonly #tracker: PeerAddress
  readonly #deps: HeartbeatDeps
  #isReporting = false
  #rounds = 0
  /** When (elapsed) everything was compared last. */
  #comparedMs: number

  constructor(tracker: PeerAddress, deps: HeartbeatDeps) {
    this.#tracker = tracker
    this.#deps = deps
    this.#comparedMs = deps.clock.elapsed()
  }

  /** @returns true if the tracker answered */
  async beat(signal: AbortSignal): Promise<boolean> {
    const { peers, rows, tasks, catalog, draining, heard, log, heartbeatMs } = this.#deps
    try {
      const options = { timeoutMs: Math.max(1_000, heartbeatMs), signal }
      const { answer, body, session } = await peers.ask(this.#tracker, heartbeat, this.#state(), options)
      await body[Symbol.asyncIterator]().return?.()
      heard.note(this.#tracker, session)
      draining.hear(ringName(this.#tracker), answer.drain)
      // apart: heartbeats must not wait for them
      if (answer.epoch > rows.epoch()) tasks.run('fetch epochs', (stop) => this.#fetchEpochs(stop))
      const isBehind = answer.inventorySequence !== catalog.changes.sequence || this.#isComparisonDue
      if (isBehind && !this.#isReporting) tasks.run('report inventory', (stop) => this.#report(answer.inventorySequence, stop))
      if (answer.challenges.length > 0)
        tasks.run('answer challenges', (stop) => this.#deps.proveTo(answer.challenges, this.#tracker, session, stop))
      return true
    } catch (error) {
      if (!signal.aborted) log.debug('tracker did not take the heartbeat', { tracker: this.#tracker.host, error })
      return false
    }
  }

  #state() {
    const { address, services, backingStore, capacity, catalog, rows, draining, incarnation } = this.#deps
    return {
      address,
      // before all is counted there is no room to promise
      services: services.filter((service) => service !== 'storage' || catalog.isCounted),
      store: backingStore,
      capacityBytes: capacity.capacityBytes,
      usedBytes: capacity.usedBytes,
      reservedBytes: capacity.reservedBytes,
      shards: catalog.shards,
      epoch: rows.epoch(),
      mergedEpoch: rows.mergedEpoch(),
      inventorySequence: catalog.changes.sequence,
      drain: draining.order,
      incarnation,
    }
  }

  async #fetchEpochs(signal: AbortSignal): Promise<void> {
    try {
      await this.#deps.rows.fetchEpochs(this.#tracker, signal)
    } catch (error) {
      if (!signal.aborted) this.#deps.log.debug('tracker gave no epoch', { tracker: this.#tracker.host, error })
    }
  }

  /** Now and then whether something is known to differ or not: what is believed elsewhere may have gone astray. */
  get #isComparisonDue(): boolean {
    return this.#deps.clock.elapsed() - this.#comparedMs >= PROVIDER_LIMITS.comparePauseMs
  }

  /** @param known the sequence that the tracker has; −1: nothing */
  async #report(known: number, signal: AbortSignal): Promise<void> {
    const report = { ...this.#deps, tracker: this.#tracker, signal }
    this.#isReporting = true
    try {
      if (known >= 0 && !this.#isComparisonDue && (await tellChanges(known, null, report))) return
      if (await compareAll({ ...report, round: ++this.#rounds, sizes: PROVIDER_LIMITS.comparison }))
        this.#comparedMs = this.#deps.clock.elapsed()
    } catch (error) {
      if (!signal.aborted) this.#deps.log.debug('tracker did not take the inventory', { tracker: this.#tracker.host, error })
    } finally {
      this.#isReporting = false
    }
  }
}
