/**
 * What was last seen of each network's fleet, so that pools need not ask the trackers again. In memory only: seen anew after a start.
 *
 * @module
 */
import type { Fleet, RepairRecord, Shrink } from '../healing/index.ts'
import type { TrackerShrink } from './shrink-trackers.ts'

export class Observatory {
  readonly #fleets = new Map<string, Fleet>()
  readonly #writtenMs = new Map<string, number>()
  readonly #shrinks = new Map<string, Shrink>()
  readonly #trackerShrinks = new Map<string, TrackerShrink>()
  readonly #repairs = new Map<string, RepairRecord>()
  /** Network → names of tracker pods that did not answer when they were last asked. */
  readonly #silent = new Map<string, Set<string>>()

  /** Undefined: no tracker of the network answers. */
  fleet(network: string): Fleet | undefined {
    return this.#fleets.get(network)
  }

  see(network: string, fleet: Fleet | undefined): void {
    if (fleet === undefined) this.#fleets.delete(network)
    else this.#fleets.set(network, fleet)
  }

  /** True: that it answers, or does not, is news. One that was never asked is taken for one that answers. */
  hears(network: string, tracker: string, isAnswering: boolean): boolean {
    const silent = this.#silent.get(network) ?? new Set()
    const isNews = silent.has(tracker) === isAnswering
    if (isAnswering) silent.delete(tracker)
    else silent.add(tracker)
    if (silent.size === 0) this.#silent.delete(network)
    else this.#silent.set(network, silent)
    return isNews
  }

  /** The network is gone. */
  forgetNetwork(network: string): void {
    this.#fleets.delete(network)
    this.#silent.delete(network)
  }

  /** Which pods of a pool may go, for as many as are wanted now; undefined: not judged yet. By the UID of the resource. */
  shrink(uid: string, wanted: number): Shrink | undefined {
    const shrink = this.#shrinks.get(uid)
    return shrink?.wanted === wanted ? shrink : undefined
  }

  seeShrink(uid: string, shrink: Shrink | undefined): void {
    if (shrink === undefined) this.#shrinks.delete(uid)
    else this.#shrinks.set(uid, shrink)
  }

  /** The same of a pool of trackers; undefined: not judged yet, or it is not too large. */
  trackerShrink(uid: string, wanted: number): TrackerShrink | undefined {
    const shrink = this.#trackerShrinks.get(uid)
    return shrink?.wanted === wanted ? shrink : undefined
  }

  seeTrackerShrink(uid: string, shrink: TrackerShrink | undefined): void {
    if (shrink === undefined) this.#trackerShrinks.delete(uid)
    else this.#trackerShrinks.set(uid, shrink)
  }

  /** How repair of a network went; undefined: it has not been looked at since this process leads, and its status says more. */
  repairRecord(uid: string): RepairRecord | undefined {
    return this.#repairs.get(uid)
  }

  seeRepair(uid: string, record: RepairRecord): void {
    this.#repairs.set(uid, record)
  }

  /** This process does not lead any more: others go on from what the status says, and so does it if it leads again. */
  resign(): void {
    this.#repairs.clear()
  }

  /** When the status of this object was last written (Clock.elapsed). */
  writtenMs(uid: string): number | undefined {
    return this.#writtenMs.get(uid)
  }

  wrote(uid: string, nowMs: number): void {
    this.#writtenMs.set(uid, nowMs)
  }

  /** The object is gone. */
  forget(uid: string): void {
    this.#writtenMs.delete(uid)
    this.#shrinks.delete(uid)
    this.#trackerShrinks.delete(uid)
    this.#repairs.delete(uid)
  }
}
