/**
 * What owners have kept whose leases are over: asked about, again and again, as if nobody had kept it, and removed when this provider has
 * asked for a whole lease and a majority of the set's owners on the ring say that it has ended. What they all say is kept, is.
 *
 * @module
 */
import { LEASE } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { AnswerOf, leases } from '@lunarx/wire'
import type { Kept } from '../catalog/keeps.ts'
import { PROVIDER_LIMITS } from '../limits.ts'
import { dropShard, type DiscardDeps } from '../remove/index.ts'
import { LapsedOwners } from './lapsed-owners.ts'

export type Found = AnswerOf<typeof leases>['leases'][number]
/** Set, as hex → what trackers that own it say, by their peer ids. */
export type Words = ReadonlyMap<string, ReadonlyMap<PeerId, Found>>

export interface LapsesDeps extends DiscardDeps {
  readonly clock: Clock
  readonly ask: (asked: readonly Kept[], signal: AbortSignal) => Promise<Words>
  /** A majority of those that own the set say so. */
  readonly isEnded: (segment: Uint8Array, words: Words) => boolean
}

export class Lapses {
  readonly owners: LapsedOwners
  readonly #deps: LapsesDeps
  /** When (elapsed) is to be looked next. */
  #dueMs = 0

  constructor(deps: LapsesDeps) {
    this.owners = new LapsedOwners(deps)
    this.#deps = deps
  }

  /** What a tracker tells of owners: one that is new is looked for at once. */
  hear(tracker: string, told: Pick<AnswerOf<typeof leases>, 'over' | 'overUntil'>): void {
    if (this.owners.hear(tracker, told)) this.#dueMs = 0
  }

  /** One look at everything that is kept, if it is time, in at most half of the time. */
  async pass(signal: AbortSignal): Promise<void> {
    const { catalog, clock } = this.#deps
    if (this.owners.size === 0 || clock.elapsed() < this.#dueMs) return
    const seen = new Map<string, { readonly owner: Uint8Array; readonly isKept: boolean }>()
    for (let after: Uint8Array | undefined; ;) {
      const startedMs = clock.elapsed()
      const page: Kept[] = await catalog.keeps.kept(after, PROVIDER_LIMITS.leasesAsked)
      for (const { owner, isKept } of await this.#look(page, signal))
        seen.set(hexOf(owner), { owner, isKept: isKept && seen.get(hexOf(owner))?.isKept !== false })
      after = page.at(-1)?.segment
      if (page.length < PROVIDER_LIMITS.leasesAsked) break
      await clock.sleep(clock.elapsed() - startedMs, signal)
    }
    for (const { owner, isKept } of seen.values()) if (isKept) this.owners.forget(owner)
    this.#dueMs = clock.elapsed() + (seen.size > 0 ? PROVIDER_LIMITS.lapsedPauseMs : PROVIDER_LIMITS.noneLapsedPauseMs)
  }

  async #look(page: readonly Kept[], signal: AbortSignal): Promise<{ readonly owner: Uint8Array; readonly isKept: boolean }[]> {
    const lapsed = page.filter(({ owner }) => this.owners.has(owner))
    if (lapsed.length === 0) return []
    const words = await this.#deps.ask(lapsed, signal)
    const found = []
    for (const { segment, owner } of lapsed) found.push({ owner, isKept: await this.#settle(segment, words) })
    return found
  }

  /** @returns true: whoever answers says that the set is kept all the same */
  async #settle(segment: Uint8Array, words: Words): Promise<boolean> {
    const { catalog, clock, log, isEnded } = this.#deps
    const said = [...(words.get(hexOf(segment))?.values() ?? [])]
    const isKept = said.length > 0 && said.every((word) => word === 'kept')
    await catalog.inTurn(hexOf(segment), async () => {
      const sinceMs = await catalog.keeps.lapsingSince(segment)
      const now = Math.floor(clock.now())
      if (isKept) {
        if (sinceMs !== undefined) await catalog.keeps.noteLapsing(segment, null)
        return
      }
      // a clock that was ahead at the first look would keep it for ever
      if (sinceMs === undefined || sinceMs > now) await catalog.keeps.noteLapsing(segment, now)
      else if (now - sinceMs >= LEASE.setMs && isEnded(segment, words)) {
        log.info('a set is removed: its owner has not renewed its lease', { segment })
        for (const key of await catalog.ofSegment(segment)) await dropShard(key, [], this.#deps)
      }
    })
    return isKept
  }
}
