/**
 * A set that is being read: what its manifest says of it, who holds it, and asking them for its shards, in rounds with another
 * tracker's view each.
 *
 * @module
 */
import { copyKey, type SignKey } from '@lunarx/core/crypto'
import { readKeySeed } from '@lunarx/core/keys'
import { hexOf, LunarError, type PeerAddress } from '@lunarx/core/model'
import { segmentLayout, type SegmentLayout, type SegmentSecrets } from '@lunarx/core/segment'
import type { Log } from '@lunarx/runtime/log'
import type { Random } from '@lunarx/runtime/random'
import { pauseMs } from '@lunarx/runtime/tasks'
import type { RecentFailures } from '../failures.ts'
import type { StoredSets } from '../manifest/index.ts'
import { isAway } from '../trackers/index.ts'
import type { Span } from './cut.ts'
import { locate, type Holders, type LocateDeps } from './locate.ts'
import type { Pace } from './pace.ts'
import type { DamageReports } from './reports.ts'
import { badAddress, retrieve, type RetrieveDeps, type WantedShard } from './retrieve.ts'
import type { NamedSet } from './walk.ts'

/** Views of trackers that are tried before a set is given up. */
export const ROUNDS = 5
const FIRST_PAUSE_MS = 300
const MAX_PAUSE_MS = 3_000

export interface SetDeps extends RetrieveDeps, LocateDeps {
  readonly random: Random
  readonly log: Log
  readonly failures: RecentFailures
  readonly pace: Pace
  readonly reports: DamageReports
}

/** One version of an object, and the key that opens it. */
export interface OpenContent {
  readonly content: StoredSets
  readonly dataKey: Uint8Array
}

export class ReadSet {
  readonly named: NamedSet
  readonly layout: SegmentLayout
  readonly secrets: SegmentSecrets
  readonly deps: SetDeps
  /** Identity that signed its record. */
  readonly owner: Uint8Array
  readonly #readKey: SignKey
  readonly #rounds: number
  #holders: Holders
  /** `index peer` of holders whose bytes were wrong: never asked again for this set. */
  readonly #liars = new Set<string>()
  #failures: Record<string, number> = {}

  /** @param rounds after which it is given up */
  constructor(named: NamedSet, { content, ...opened }: OpenContent, holders: Holders, deps: SetDeps, rounds = ROUNDS) {
    const { salt, plaintextBytes, positionSeeds } = named.entry
    const dataKey = copyKey(opened.dataKey, named.copy, deps.crypto)
    this.named = named
    this.layout = segmentLayout({ required: content.required, parity: content.parity, plaintextBytes })
    this.secrets = { suite: content.suite, dataKey, salt, segmentIndex: named.sealIndex, positionSeeds }
    this.deps = deps
    this.#rounds = rounds
    this.owner = content.owner
    this.#readKey = deps.crypto.signKey(readKeySeed(dataKey, salt, deps.crypto))
    this.#holders = holders
  }

  /** Address of a shard. */
  addressOf(index: number): Uint8Array {
    const address = this.named.entry.addresses[index]
    if (!address) throw new RangeError(`no shard ${index} in the set`)
    return address
  }

  /** Indices that somebody is known to hold: by index (data first) among those whose best holder is in good repute, then the others. */
  inOrder(): number[] {
    return this.#holders
      .flatMap((_, index) => (this.#holdersOf(index).length > 0 ? [index] : []))
      .sort((a, b) => Number(this.isDoubtful(a)) - Number(this.isDoubtful(b)) || a - b)
  }

  /** Indices that trackers hear a holder of, whatever it gave when it was asked. */
  get indicesUp(): number[] {
    return this.#holders.flatMap((holders, index) => (holders.some(({ isAlive }) => isAlive) ? [index] : []))
  }

  /** As many as are needed may be had from holders in good repute. */
  get isPromising(): boolean {
    return this.inOrder().filter((index) => !this.isDoubtful(index)).length >= this.layout.required
  }

  /** Nobody is known to hold it, or who does is not heard of, or has just failed. */
  isDoubtful(index: number): boolean {
    const [best] = this.#holdersOf(index)
    return !best?.isAlive || this.deps.failures.hasFailed(best.address)
  }

  /**
   * Whole leaves of one shard, from its first holder that gives them.
   * @returns who gave them; undefined when nobody does
   */
  async ask(index: number, span: Span, into: Uint8Array, signal: AbortSignal): Promise<PeerAddress | undefined> {
    const { deps, layout, named } = this
    const address = this.addressOf(index)
    const wanted: WantedShard = { segment: named.entry.id, index, address, shardBytes: layout.shardBytes, readKey: this.#readKey }
    for (const holder of this.#holdersOf(index)) {
      const sinceMs = deps.clock.elapsed()
      try {
        await retrieve(wanted, span, into, holder.address, deps, signal)
        deps.failures.answered(holder.address)
        deps.pace.observe(into.length, deps.clock.elapsed() - sinceMs)
        return holder.address
      } catch (error) {
        if (signal.aborted || !(error instanceof LunarError)) throw error
        this.#failed(index, holder.address, error)
      }
    }
    return undefined
  }

  /** The shard that came from this holder is not what its address says. */
  spoiled(index: number, from: PeerAddress): void {
    this.#failed(index, from, badAddress({ index }, from, 'other bytes than the shard'))
  }

  /** Its holder was late when others were there: asked last for a while. */
  wasLate(index: number): void {
    const [best] = this.#holdersOf(index)
    if (best) this.deps.failures.failed(best.address)
  }

  /**
   * Until `work` gives something: again with what another tracker knows, a bounded number of times.
   * @throws {LunarError} TOO_FEW_SHARDS, TOMBSTONED
   */
  async inRounds<T>(work: (round: number) => Promise<T | undefined>, signal: AbortSignal): Promise<T> {
    const { deps, named } = this
    for (let round = 1; ; round++) {
      this.#failures = {}
      const given = await work(round)
      if (given !== undefined) return given
      if (round === this.#rounds) {
        const detail = { segment: hexOf(named.entry.id), required: this.layout.required, failures: this.#failures }
        throw new LunarError('TOO_FEW_SHARDS', 'fewer shards of a set can be read than its code requires', { detail })
      }
      await deps.clock.sleep(pauseMs(round, { firstPauseMs: FIRST_PAUSE_MS, maxPauseMs: MAX_PAUSE_MS, random: deps.random }), signal)
      const [again] = await locate([named], this.owner, round, deps, signal)
      if (again) this.#holders = again
    }
  }

  #holdersOf(index: number): Holders[number] {
    return (this.#holders[index] ?? []).filter(({ address }) => !this.#liars.has(liarKey(index, address)))
  }

  #failed(index: number, from: PeerAddress, error: LunarError): void {
    const { failures, log, reports } = this.deps
    if (error.code === 'BAD_ADDRESS') {
      this.#liars.add(liarKey(index, from))
      if (from.peer !== undefined) reports.report(this.named.entry.id, index, from.peer)
    }
    if (isAway(error)) failures.failed(from)
    this.#failures[error.code] = (this.#failures[error.code] ?? 0) + 1
    log.info('a shard could not be read, taking another', { index, provider: from.peer, error })
  }
}

const liarKey = (index: number, { peer, host, dataPort }: PeerAddress): string => `${index} ${peer ?? `${host}:${dataPort}`}`
