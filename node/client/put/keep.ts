/**
 * keep: the owner's word that the sets of a put are to stay, given before a name is written that names them.
 *
 * In batches, one signature a set: all at once behind the last set, so that what is given up earlier frees itself when its leases end;
 * of an upload that takes hours, now and then before. A keep that was given long ago is given again before the name is written: that
 * fails for a set that was deleted meanwhile, and then the object has to be uploaded anew.
 *
 * @module
 */
import { KEEP, LEASE, signDocument } from '@lunarx/core/document'
import type { OwnerKeys } from '@lunarx/core/keys'
import { hexOf, LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import type { Random } from '@lunarx/runtime/random'
import { pauseMs } from '@lunarx/runtime/tasks'
import { keep as keepExchange, KEEPS_ASKED } from '@lunarx/wire'
import type { Trackers } from '../trackers/index.ts'

const ROUNDS = 6
const FIRST_PAUSE_MS = 500
const MAX_PAUSE_MS = 4_000
/** Between two looks at which sets cannot wait. */
const LOOK_MS = 10 * 60_000

export interface KeepDeps {
  readonly network: { readonly network: string }
  /** Of the owner that signed the sets. */
  readonly keys: Pick<OwnerKeys, 'identity'>
  readonly clock: Clock
  readonly random: Random
  readonly trackers: Trackers
  readonly log: Log
}

/** By both clocks: one may stand still, the other may be set. */
interface Moment {
  readonly elapsedMs: number
  readonly wallMs: number
}

interface KeptSet {
  readonly id: Uint8Array
  readonly storedAt: Moment
  keptAt: Moment | undefined
}

export class Keeping {
  readonly #deps: KeepDeps
  readonly #sets = new Map<string, KeptSet>()
  #lookedMs: number

  constructor(deps: KeepDeps) {
    this.#deps = deps
    this.#lookedMs = deps.clock.elapsed()
  }

  /** A set that its holders have confirmed. */
  add(id: Uint8Array): void {
    if (!this.#sets.has(hexOf(id))) this.#sets.set(hexOf(id), { id, storedAt: this.#now(), keptAt: undefined })
  }

  /** While the upload goes on: sets that cannot wait for its end. @throws as {@link all} */
  async due(signal: AbortSignal): Promise<void> {
    const nowMs = this.#deps.clock.elapsed()
    if (nowMs - this.#lookedMs < LOOK_MS) return
    this.#lookedMs = nowMs
    await this.#keep(
      [...this.#sets.values()].filter((set) => !this.#isFresh(set)),
      signal,
    )
  }

  /**
   * All sets are kept, and were a while ago at most, when it resolves: then the name may be written.
   * @throws {LunarError} TOMBSTONED: one was deleted meanwhile, or may be about to be freed; LEASE_OVER, NOT_ENOUGH_HOLDERS,
   * PEER_UNREACHABLE
   */
  async all(signal: AbortSignal): Promise<void> {
    const isRecent = ({ keptAt }: KeptSet): boolean => keptAt !== undefined && this.#ageMs(keptAt) < LEASE.nameWithinMs / 2
    await this.#keep(
      [...this.#sets.values()].filter((set) => !isRecent(set)),
      signal,
    )
  }

  /** The name is about to be written. @throws {LunarError} TIMEOUT: a keep is older than it may be then */
  assertRecent(): void {
    const isOld = ({ keptAt }: KeptSet): boolean => keptAt === undefined || this.#ageMs(keptAt) > LEASE.nameWithinMs
    if ([...this.#sets.values()].some(isOld)) throw new LunarError('TIMEOUT', 'the keeps of the object’s sets are too old to name it now')
  }

  #isFresh({ keptAt, storedAt }: KeptSet): boolean {
    return keptAt ? this.#ageMs(keptAt) < LEASE.renewAfterMs : this.#ageMs(storedAt) < LEASE.nameWithinMs
  }

  async #keep(sets: readonly KeptSet[], signal: AbortSignal): Promise<void> {
    if (sets.some(({ keptAt }) => keptAt && this.#ageMs(keptAt) > LEASE.renewUntilMs))
      throw new LunarError('TOMBSTONED', 'a set of the object was kept so long ago that it may have been freed')
    const { clock, random, log } = this.#deps
    let open = sets
    for (let round = 1; open.length > 0; round++) {
      open = (await Promise.all(this.#batches(open).map((batch) => this.#ask(batch, signal)))).flat()
      if (open.length === 0) return
      if (round === ROUNDS)
        throw new LunarError('NOT_ENOUGH_HOLDERS', 'too few trackers and holders have taken the keeps of sets', {
          detail: { sets: open.length },
        })
      log.info('sets are not kept yet', { sets: open.length, round })
      await clock.sleep(pauseMs(round, { firstPauseMs: FIRST_PAUSE_MS, maxPauseMs: MAX_PAUSE_MS, random }), signal)
    }
  }

  /** By the tracker that knows them best. */
  #batches(sets: readonly KeptSet[]): KeptSet[][] {
    const byOwner = Map.groupBy(sets, ({ id }) => this.#deps.trackers.owners(id)[0])
    return [...byOwner.values()].flatMap((group) =>
      Array.from({ length: Math.ceil(group.length / KEEPS_ASKED) }, (_, i) => group.slice(i * KEEPS_ASKED, (i + 1) * KEEPS_ASKED)),
    )
  }

  /** @returns those that are to be asked about again */
  async #ask(batch: readonly KeptSet[], signal: AbortSignal): Promise<KeptSet[]> {
    const { network, keys, trackers } = this.#deps
    const [first] = batch
    if (!first) return []
    const keptAt = this.#now()
    const owner = keys.identity.publicKey
    const keeps = batch.map(({ id }) =>
      signDocument(KEEP, { network: network.network, owner, segment: id, keptMs: Math.max(0, Math.floor(keptAt.wallMs)) }, keys.identity),
    )
    const { outcomes } = await trackers.ask(keepExchange, { keeps, records: [] }, { about: first.id, signal })
    if (outcomes.includes('over')) throw new LunarError('LEASE_OVER', 'the owner’s lease is over: what is put is kept once it is renewed')
    if (outcomes.includes('buried')) throw new LunarError('TOMBSTONED', 'a set of the object was deleted while it was put')
    return batch.filter((set, at) => {
      if (outcomes[at] !== 'kept') return true
      set.keptAt = keptAt
      return false
    })
  }

  #now(): Moment {
    const { clock } = this.#deps
    return { elapsedMs: clock.elapsed(), wallMs: clock.now() }
  }

  #ageMs({ elapsedMs, wallMs }: Moment): number {
    const now = this.#now()
    return Math.max(now.elapsedMs - elapsedMs, now.wallMs - wallMs)
  }
}
