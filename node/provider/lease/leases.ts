/**
 * leases: asks the trackers about sets that nobody has kept here, again and again: the keep was missed, or the set was deleted, or its
 * lease has ended. Then, and only then, its shard goes: when this provider has had it for a whole lease, and a majority of the set's
 * owners on the ring have known it as long and hear of no keep.
 *
 * "Unknown" means keep, and send the record: trackers may have lost their memory. One that has gets the tombstones, too, and the owners'
 * leases that are remembered here.
 *
 * What an owner has kept is asked about the same way once a tracker tells that its own lease, for all it has, is over
 * (`lapsed-owners.ts`): it goes when a majority has left it alone for a whole lease, and when this provider has asked for as long.
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
import { leases, teach, teachLeases } from '@lunarx/wire'
import type { Unkept } from '../catalog/keeps.ts'
import { PROVIDER_LIMITS } from '../limits.ts'
import { discardShards, dropShard, type DiscardDeps } from '../remove/index.ts'
import type { HeldLeases } from './held-leases.ts'
import { Lapses, type Found, type Words } from './lapses.ts'
import { retainShards } from './retain.ts'

export interface LeasesDeps extends DiscardDeps {
  readonly peers: Peers
  readonly clock: Clock
  readonly tasks: Tasks
  readonly heldLeases: HeldLeases
}

type Asked = Pick<Unkept, 'segment'>

export class Leases {
  readonly #deps: LeasesDeps
  readonly #trackers: ReadonlyMap<string, PeerAddress>
  readonly #ring: Ring
  readonly #copies: number
  /** Tracker → the map, being made anew, that has got the tombstones. */
  readonly #taught = new Map<string, string>()
  readonly #lapses: Lapses

  /** @param network its trackers, and d of its rows: a record lives on 2d + 1 trackers */
  constructor(network: { readonly trackers: readonly PeerAddress[]; readonly survive: number }, deps: LeasesDeps) {
    this.#deps = deps
    this.#trackers = new Map(network.trackers.map((address) => [ringName(address), address]))
    this.#ring = makeRing([...this.#trackers.keys()], deps.crypto)
    this.#copies = 2 * network.survive + 1
    this.#lapses = new Lapses({
      ...deps,
      ask: (due, signal) => this.#ask(due, signal),
      isEnded: (segment, words) => this.#isEnded(segment, words),
    })
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
      const words = isFirst || due.length > 0 ? await this.#ask(due, signal) : new Map()
      for (const one of due) if (this.#isEnded(one.segment, words)) await this.#end(one)
      after = page.at(-1)?.segment
      if (page.length < limit) break
    }
    await this.#lapses.pass(signal)
  }

  /** A majority of those that own the set say so. */
  #isEnded(segment: Uint8Array, words: Words): boolean {
    const said = [...(words.get(hexOf(segment))?.values() ?? [])]
    return said.filter((word) => word === 'ended').length * 2 > this.#ownersOf(segment).length
  }

  /** All trackers are asked, if about nothing: one may have lost its memory. */
  async #ask(due: readonly Asked[], signal: AbortSignal): Promise<Words> {
    const words = new Map<string, Map<PeerId, Found>>()
    await Promise.all(
      [...this.#trackers].map(async ([name, tracker]) => {
        const asked = due.filter(({ segment }) => this.#ownersOf(segment).includes(name))
        try {
          const { peer, found } = await this.#askTracker(name, tracker, asked, signal)
          for (const [at, { segment }] of asked.entries()) {
            const word = found[at]
            if (word) words.set(hexOf(segment), (words.get(hexOf(segment)) ?? new Map<PeerId, Found>()).set(peer, word))
          }
        } catch (error) {
          if (!signal.aborted) this.#deps.log.debug('a tracker did not say how leases are', { tracker: tracker.host, error })
        }
      }),
    )
    signal.throwIfAborted()
    return words
  }

  /** @throws {LunarError} what asking throws; UNAUTHORIZED: whoever answers is no tracker, and says nothing of leases */
  async #askTracker(name: string, tracker: PeerAddress, asked: readonly Asked[], signal: AbortSignal) {
    const { peers } = this.#deps
    const options = { timeoutMs: PROVIDER_LIMITS.reportMs, signal }
    const question = { segments: asked.map(({ segment }) => segment), overUntil: this.#lapses.owners.toldBy(name) }
    const { answer, body, session } = await peers.ask(tracker, leases, question, options)
    await body[Symbol.asyncIterator]().return?.()
    const { peer, credential } = session
    if (credential.role !== 'tracker') throw new LunarError('UNAUTHORIZED', 'only a tracker knows of leases', { detail: { peer } })
    this.#lapses.hear(name, answer)
    await retainShards(answer.keeps, this.#deps)
    await discardShards(answer.tombstones, this.#deps)
    const unknown = asked.filter((_, at) => answer.leases[at] === 'unknown')
    for (const { segment } of unknown) await this.#teachRecord(segment, tracker, signal)
    if (answer.rebuilding !== null && this.#taught.get(name) !== answer.rebuilding) {
      await this.#teachTombstones(tracker, signal)
      await this.#teachLeases(tracker, signal)
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

  async #teachLeases(tracker: PeerAddress, signal: AbortSignal): Promise<void> {
    const { peers, heldLeases } = this.#deps
    for (let after: Uint8Array | undefined; ;) {
      const { documents, next } = await heldLeases.page(after)
      if (documents.length > 0)
        await askPeer(peers, tracker, teachLeases, { leases: documents }, { timeoutMs: PROVIDER_LIMITS.reportMs, signal })
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
