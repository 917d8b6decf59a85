/**
 * leases: asks the trackers about sets that nobody has kept here, again and again: the keep was missed, or the set was deleted, or its
 * lease has ended. Then, and only then, its shard goes: when this provider has had it for a whole lease, and a majority of the set's
 * owners on the ring have known it as long and hear of no keep.
 *
 * "Unknown" means keep, and send the record: trackers may have lost their memory. One that has gets the tombstones, too.
 *
 * @module
 */
import { LEASE } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { hexOf, LunarError, type PeerAddress } from '@lunarx/core/model'
import { makeRing, ringName, type Ring } from '@lunarx/core/placement'
import { askPeer } from '@lunarx/index'
import type { Peers } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { Tasks } from '@lunarx/runtime/tasks'
import { leases, teach, type AnswerOf } from '@lunarx/wire'
import type { Unkept } from '../catalog/keeps.ts'
import { PROVIDER_LIMITS } from '../limits.ts'
import { discardShards, dropShard, type DiscardDeps } from '../remove/index.ts'
import { retainShards } from './retain.ts'

export interface LeasesDeps extends DiscardDeps {
  readonly peers: Peers
  readonly clock: Clock
  readonly tasks: Tasks
}

type Found = AnswerOf<typeof leases>['leases'][number]

export class Leases {
  readonly #deps: LeasesDeps
  readonly #trackers: ReadonlyMap<string, PeerAddress>
  readonly #ring: Ring
  readonly #copies: number
  /** Tracker → the map, being made anew, that has got the tombstones. */
  readonly #taught = new Map<string, string>()

  /** @param network its trackers, and d of its rows: a record lives on 2d + 1 trackers */
  constructor(network: { readonly trackers: readonly PeerAddress[]; readonly survive: number }, deps: LeasesDeps) {
    this.#deps = deps
    this.#trackers = new Map(network.trackers.map((address) => [ringName(address), address]))
    this.#ring = makeRing([...this.#trackers.keys()], deps.crypto)
    this.#copies = 2 * network.survive + 1
  }

  /** For as long as `tasks` run. */
  start(): void {
    this.#deps.tasks.repeat(
      'look at leases',
      () => PROVIDER_LIMITS.leasePauseMs,
      (signal) => this.#pass(signal),
    )
  }

  async #pass(signal: AbortSignal): Promise<void> {
    const { catalog, clock } = this.#deps
    const limit = PROVIDER_LIMITS.leasesAsked
    for (let after: Uint8Array | undefined, isFirst = true; ; isFirst = false) {
      const page: Unkept[] = await catalog.keeps.unkept(after, limit)
      for (const { segment, sinceMs } of page) {
        const now = Math.floor(clock.now())
        // a clock that was ahead when the shard came would keep it for ever
        if (sinceMs === null || sinceMs > now) await catalog.inTurn(hexOf(segment), () => catalog.keeps.note(segment, now))
      }
      const due = page.filter(({ sinceMs }) => sinceMs !== null && clock.now() - sinceMs >= PROVIDER_LIMITS.leaseAskMs)
      if (isFirst || due.length > 0) await this.#ask(due, signal)
      after = page.at(-1)?.segment
      if (page.length < limit) return
    }
  }

  /** All trackers are asked, if about nothing: one may have lost its memory. */
  async #ask(due: readonly Unkept[], signal: AbortSignal): Promise<void> {
    /** Set → trackers, by peer id, that say its lease has ended. */
    const ended = new Map<string, Set<PeerId>>()
    await Promise.all(
      [...this.#trackers].map(async ([name, tracker]) => {
        const asked = due.filter(({ segment }) => this.#ownersOf(segment).includes(name))
        try {
          const { peer, found } = await this.#askTracker(name, tracker, asked, signal)
          for (const [at, { segment }] of asked.entries())
            if (found[at] === 'ended') ended.set(hexOf(segment), (ended.get(hexOf(segment)) ?? new Set()).add(peer))
        } catch (error) {
          if (!signal.aborted) this.#deps.log.debug('a tracker did not say how leases are', { tracker: tracker.host, error })
        }
      }),
    )
    signal.throwIfAborted()
    for (const one of due) if ((ended.get(hexOf(one.segment))?.size ?? 0) * 2 > this.#ownersOf(one.segment).length) await this.#end(one)
  }

  /** @throws {LunarError} what asking throws; UNAUTHORIZED: whoever answers is no tracker, and says nothing of leases */
  async #askTracker(name: string, tracker: PeerAddress, asked: readonly Unkept[], signal: AbortSignal) {
    const { peers } = this.#deps
    const options = { timeoutMs: PROVIDER_LIMITS.reportMs, signal }
    const { answer, body, session } = await peers.ask(tracker, leases, { segments: asked.map(({ segment }) => segment) }, options)
    await body[Symbol.asyncIterator]().return?.()
    const { peer, credential } = session
    if (credential.role !== 'tracker') throw new LunarError('UNAUTHORIZED', 'only a tracker knows of leases', { detail: { peer } })
    await retainShards(answer.keeps, this.#deps)
    await discardShards(answer.tombstones, this.#deps)
    const unknown = asked.filter((_, at) => answer.leases[at] === 'unknown')
    for (const { segment } of unknown) await this.#teachRecord(segment, tracker, signal)
    if (answer.rebuilding !== null && this.#taught.get(name) !== answer.rebuilding) {
      await this.#teachTombstones(tracker, signal)
      this.#taught.set(name, answer.rebuilding)
    }
    const found: readonly Found[] = answer.leases
    return { peer, found }
  }

  async #teachRecord(segment: Uint8Array, tracker: PeerAddress, signal: AbortSignal): Promise<void> {
    const { peers, catalog, store } = this.#deps
    const [key] = await catalog.ofSegment(segment)
    await using shard = key && (await store.open(key))
    if (shard)
      await askPeer(peers, tracker, teach, { records: [shard.document], tombstones: [] }, { timeoutMs: PROVIDER_LIMITS.reportMs, signal })
  }

  async #teachTombstones(tracker: PeerAddress, signal: AbortSignal): Promise<void> {
    const { peers, catalog } = this.#deps
    for (let after: Uint8Array | undefined; ;) {
      const { documents, next } = await catalog.tombstones(after, PROVIDER_LIMITS.taughtRecords)
      if (documents.length > 0)
        await askPeer(peers, tracker, teach, { records: [], tombstones: documents }, { timeoutMs: PROVIDER_LIMITS.reportMs, signal })
      if (!next) return
      after = next
    }
  }

  async #end({ segment, sinceMs }: Unkept): Promise<void> {
    const { catalog, clock, log } = this.#deps
    if (sinceMs === null || clock.now() - sinceMs < LEASE.setMs) return
    await catalog.inTurn(hexOf(segment), async () => {
      if (!(await catalog.keeps.isUnkept(segment))) return
      log.info('a set that nobody kept is removed: its lease has ended', { segment })
      for (const key of await catalog.ofSegment(segment)) await dropShard(key, [], this.#deps)
    })
  }

  #ownersOf(segment: Uint8Array): string[] {
    return this.#ring.owners(segment, this.#copies)
  }
}
