/**
 * The sets by margin, kept up to date: only sets whose holders or whose holders' state changed are assessed again, however many are
 * degraded.
 *
 * Counts the sets that are this tracker's to repair: committed ones of which it is the first live owner on the ring, so that sums
 * over trackers count each set once. A set whose upload was never committed is left alone while it is young, and then only taken
 * in if at least k of its shards are there. One whose lease has ended counts for nothing: its holders remove it. One with fewer than k
 * shards counts as lost once it is known that its owner has kept it (`lease/orphans.ts`): others are what uploads left that never came
 * to their end. While the tracker is deaf to some provider (`fleet.isDeaf`), sets with shards that nobody said to have count for nothing.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { bytesOfHex, type ErasureClass } from '@lunarx/core/model'
import { hingesOnClass, ruleOf, signedRule } from '@lunarx/core/placement'
import type { Clock } from '@lunarx/runtime/clock'
import type { Counter } from '@lunarx/runtime/metrics'
import type { Fleet } from '../fleet/index.ts'
import type { KnownSet, TrackerMap } from '../map/index.ts'
import type { TrackerRing } from '../ring/index.ts'
import { assessSet, type Assessment } from './assess.ts'
import { MoveTally, type Left } from './move-tally.ts'
import { isLeaving, movesOf, type Move, type MoveSight } from './moves.ts'
import type { DegradedSet } from './plan.ts'
import type { LeavingSet } from './plan-moves.ts'
import { RiskOrder } from './risk-order.ts'

/** What changed since the watch last looked. Whoever changes something adds to it. */
export class Changed {
  /** Sets that came, went, were committed, or whose holders changed; as hex. */
  readonly sets = new Set<string>()
  /** Providers whose state changed. */
  readonly holders = new Set<PeerId>()
}

export interface WatchDeps {
  readonly changed: Changed
  readonly map: TrackerMap
  readonly fleet: Fleet
  readonly ring: TrackerRing
  readonly clock: Clock
  readonly assessed: Counter
  /** Of the network: what they ask of their sets today. */
  readonly classes: readonly ErasureClass[]
  /** Its lease has ended: nobody wants it. */
  readonly isOver: (hex: string) => boolean
  /** Age from which an upload that was not committed counts as interrupted. */
  readonly uncommittedMs: number
}

export interface Margins {
  /** margin, or "lost" → sets. */
  readonly sets: Readonly<Record<string, number>>
  readonly degraded: number
  readonly backlogShards: number
  readonly backlogBytes: number
}

interface Young {
  readonly createdMs: number
  /** Since when (elapsed) it is known here. */
  readonly sinceMs: number
}

interface Counted {
  readonly key: string
  readonly missing: number
  readonly missingBytes: number
}

export class SetWatch {
  readonly #deps: WatchDeps
  /** Not committed, and neither complete nor old: to be looked at again when they are. */
  readonly #young = new Map<string, Young>()
  readonly #counted = new Map<string, Counted>()
  readonly #degraded = new RiskOrder()
  readonly #buriedHeld = new Set<string>()
  /** With fewer than k shards and not known to be kept. */
  readonly #orphans = new Set<string>()
  /** With fewer than k shards, and kept: lost. */
  readonly #keptLost = new Set<string>()
  readonly #tally = new MoveTally()
  /** Whose rule hangs on their class, which is not known: judged by what their owners signed until it is. */
  readonly #unread = new Set<string>()
  readonly #sets = new Map<string, number>()
  #missing = 0
  #missingBytes = 0
  #liveness: string
  #isDeaf: boolean

  constructor(deps: WatchDeps) {
    this.#deps = deps
    this.#liveness = deps.ring.liveness
    this.#isDeaf = deps.fleet.isDeaf
    this.#markAll()
  }

  /** Looks at what changed since the last time. Returns sets that are to be marked as committed, though nobody committed them here. */
  refresh(): string[] {
    const { liveness } = this.#deps.ring
    const { isDeaf } = this.#deps.fleet
    if (liveness !== this.#liveness || isDeaf !== this.#isDeaf) this.#markAll()
    this.#liveness = liveness
    this.#isDeaf = isDeaf
    const { sets, holders } = this.#deps.changed
    for (const peer of holders) for (const hex of this.#deps.map.statements.setsOf(peer)) sets.add(hex)
    for (const [hex, young] of this.#young) if (!this.#isYoung(young)) sets.add(hex)
    const grown = [...sets].filter((hex) => this.#look(hex))
    sets.clear()
    holders.clear()
    return grown
  }

  /** Sets that were not marked as committed: they are to be returned by the next look. */
  lookAgain(hexes: readonly string[]): void {
    for (const hex of hexes) this.#deps.changed.sets.add(hex)
  }

  /** Sets with missing shards in order of risk, as they were when they, or the state of a holder, changed last. */
  get degraded(): readonly DegradedSet[] {
    return this.#degraded.inOrder()
  }

  isDegraded(hex: string): boolean {
    return this.#degraded.has(hex)
  }

  /** Sets of which shards have to be copied off providers that are being drained, assessed now: as many as are asked for. */
  leaving(isOpen: (set: { readonly hex: string }) => boolean, limit: number): LeavingSet[] {
    const found: LeavingSet[] = []
    for (const hex of this.#tally.ownSets()) {
      if (found.length >= limit) break
      const set = isOpen({ hex }) && this.#deps.map.records.get(hex)
      if (set) found.push({ hex, moves: this.moves(set), ...this.assess(set) })
    }
    return found
  }

  /** Shards of this set have to be copied off a provider that is being drained. */
  isLeaving(hex: string): boolean {
    return this.#tally.has(hex)
  }

  /** What only this provider holds, of those that stay. */
  leftOn(peer: PeerId): Left {
    return this.#tally.leftOn(peer)
  }

  /** Nothing has happened since the last look that could change what is left on this provider. */
  hasSeenAllOf(peer: PeerId): boolean {
    const { sets, holders } = this.#deps.changed
    return holders.size === 0 && [...sets].every((hex) => !this.#deps.map.statements.holders(hex).some((holder) => holder.peer === peer))
  }

  /** Buried sets that somebody still says to hold. */
  get buriedHeld(): Iterable<string> {
    return this.#buriedHeld
  }

  /** Sets of which the class has to be read (`Records.readClasses`), at most so many. */
  unread(limit: number): string[] {
    return [...this.#unread.values().take(limit)]
  }

  get orphans(): Iterable<string> {
    return this.#orphans
  }

  /** Its owner has kept it: with fewer than k shards it is lost. */
  noteKept(hex: string): void {
    if (!this.#orphans.has(hex)) return
    this.#keptLost.add(hex)
    this.#deps.changed.sets.add(hex)
  }

  get margins(): Margins {
    const sets = Object.fromEntries([...this.#sets].filter(([, count]) => count > 0).sort(([a], [b]) => (a < b ? -1 : 1)))
    return { sets, degraded: this.#degraded.size, backlogShards: this.#missing, backlogBytes: this.#missingBytes }
  }

  assess(set: KnownSet): Assessment {
    const { map, fleet, assessed } = this.#deps
    assessed.add(1)
    return assessSet(set, map.statements.holders(set.hex), (peer) => fleet.standing(peer))
  }

  moves(set: KnownSet): Move[] {
    const rules = { signed: signedRule(set), today: ruleOf(set, this.#deps.classes) }
    return movesOf(rules, this.#deps.map.statements.holders(set.hex), this.#sight)
  }

  /** Takes a set out of the sums and, if it is this tracker's, in again. Returns true if it should count as committed from now on. */
  #look(hex: string): boolean {
    this.#uncount(hex)
    const { map, ring } = this.#deps
    if (map.records.isBuried(hex) && map.statements.hasHolders(hex)) this.#buriedHeld.add(hex)
    else this.#buriedHeld.delete(hex)
    const set = this.#deps.isOver(hex) ? undefined : map.records.get(hex)
    if (set && set.className === undefined && hingesOnClass(set, this.#deps.classes)) this.#unread.add(hex)
    else this.#unread.delete(hex)
    const isUpload = set?.isCommitted === false && this.#isYoung(this.#noteYoung(set))
    if (!isUpload) this.#young.delete(hex)
    const assessment = set && this.assess(set)
    const isUnheard = this.#isDeaf && assessment !== undefined && assessment.missing.some(({ cause }) => cause === 'unheld')
    const isOrphan = this.#isOrphan(hex, assessment, isUpload || isUnheard)
    if (!set || !assessment) {
      this.#tally.count(hex, { moves: this.#unknownMoves(hex), shardBytes: 0, isOwn: false })
      return false
    }
    const isOwn = set.isCommitted && ring.isFirst(set.id)
    const isGarbage = !set.isCommitted && !isUpload && assessment.margin < 0
    this.#tally.count(hex, {
      moves: isGarbage ? [] : this.moves(set),
      shardBytes: set.shardBytes,
      isOwn,
    })
    if (isOwn && !isOrphan && !isUnheard) this.#count(set, assessment)
    return !set.isCommitted && (assessment.missing.length === 0 || (!isUpload && assessment.margin >= 0))
  }

  /** @param mayGrow more of its shards may come to be known */
  #isOrphan(hex: string, assessment: Assessment | undefined, mayGrow: boolean): boolean {
    const isBroken = assessment !== undefined && assessment.margin < 0 && !mayGrow
    if (!isBroken) this.#keptLost.delete(hex)
    const isOrphan = isBroken && !this.#keptLost.has(hex)
    if (isOrphan) this.#orphans.add(hex)
    else this.#orphans.delete(hex)
    return isOrphan
  }

  /** A set whose record has not come yet, and that this tracker is to know: it counts as needed until then. */
  #unknownMoves(hex: string): Move[] {
    const { map, ring } = this.#deps
    if (map.records.isBuried(hex) || this.#deps.isOver(hex)) return []
    const leaving = map.statements.holders(hex).filter((holder) => isLeaving(holder, this.#sight))
    return leaving.length > 0 && ring.isOwner(bytesOfHex(hex)) ? leaving.map(({ index, peer }) => ({ index, peer })) : []
  }

  get #sight(): MoveSight {
    const { fleet } = this.#deps
    return {
      standingOf: (peer) => fleet.standing(peer),
      isDraining: (peer) => fleet.isDraining(peer),
      domainsOf: (peer) => fleet.domainsOf(peer),
    }
  }

  #noteYoung({ hex, createdMs }: KnownSet): Young {
    const young = this.#young.get(hex) ?? { createdMs, sinceMs: this.#deps.clock.elapsed() }
    this.#young.set(hex, young)
    return young
  }

  /** By its owner's clock or by this tracker's, whichever makes it older: a client's clock may be ahead. */
  #isYoung({ createdMs, sinceMs }: Young): boolean {
    const { clock, uncommittedMs } = this.#deps
    return Math.max(clock.now() - createdMs, clock.elapsed() - sinceMs) < uncommittedMs
  }

  #count(set: KnownSet, assessment: Assessment): void {
    const { margin, missing } = assessment
    const counted = { key: margin < 0 ? 'lost' : String(margin), missing: missing.length, missingBytes: missing.length * set.shardBytes }
    this.#counted.set(set.hex, counted)
    this.#add(counted, 1)
    if (missing.length > 0) this.#degraded.put({ hex: set.hex, shardBytes: set.shardBytes, ...assessment })
  }

  #uncount(hex: string): void {
    const counted = this.#counted.get(hex)
    if (!counted) return
    this.#counted.delete(hex)
    this.#degraded.remove(hex)
    this.#add(counted, -1)
  }

  #add({ key, missing, missingBytes }: Counted, sign: 1 | -1): void {
    this.#sets.set(key, (this.#sets.get(key) ?? 0) + sign)
    this.#missing += sign * missing
    this.#missingBytes += sign * missingBytes
  }

  #markAll(): void {
    for (const { hex } of this.#deps.map.records.all()) this.#deps.changed.sets.add(hex)
    for (const hex of this.#deps.map.statements.heldSets()) this.#deps.changed.sets.add(hex)
  }
}
