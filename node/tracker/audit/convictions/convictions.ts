/**
 * Convictions of tickets: found here or read from the other trackers, judged here whoever brought them, kept, counted.
 *
 * Trackers read from each other what they lack, as with the beacon: one that was away hears of all of them when it is back. A set whose
 * owner dealt other codes than it sealed, which a quorum of trackers' tickets show, is asked for leaves only by every tracker. One tracker
 * alone brings that about for its own slots: else it could take the sets of others out of the sweep by tickets against itself.
 *
 * What others have and this tracker does not take is passed over, until it would: when its tracker is known, or there is room again.
 *
 * @module
 */
import {
  convictionId,
  encodeConviction,
  EVIDENCE_BYTES,
  tallyConvictions,
  verifyConviction,
  type Convicted,
  type ConvictionFinding,
  type ConvictionTally,
  type TicketConviction,
} from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { PeerId } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import type { Counter } from '@lunarx/runtime/metrics'
import { CONVICTIONS_READ, readConvictions, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import type { Ask } from '../../ask/index.ts'
import { TRACKER_LIMITS } from '../../limits.ts'
import type { TrackerRing } from '../../ring/index.ts'
import { hear } from '../hear.ts'
import type { LeavesOnly } from '../sweep/leaves-only.ts'
import type { Verifiers } from '../verifiers.ts'
import type { KeptConvictions } from './kept.ts'

export interface ConvictionsDeps {
  readonly network: string
  readonly crypto: CryptoEngine
  readonly clock: Clock
  readonly log: Log
  readonly ask: Ask
  readonly ring: TrackerRing
  readonly verifiers: Verifiers
  readonly kept: KeptConvictions
  readonly leavesOnly: LeavesOnly
  /** Trackers by slot, of the epoch in force. */
  readonly trackerSlots: () => readonly PeerId[]
  /** Convictions that this process found, or that were asked since it began, by cause: what it only heard again is no news. */
  readonly convicted: Counter
}

interface PassedOver {
  readonly id: Uint8Array
  readonly finding: ConvictionFinding
}

export class Convictions {
  readonly #deps: ConvictionsDeps
  readonly #startedMs: number
  /** By id as hex: what others have and is not taken here. It is not read again. */
  readonly #passedOver = new Map<string, PassedOver>()

  private constructor(deps: ConvictionsDeps) {
    this.#deps = deps
    this.#startedMs = deps.clock.now()
  }

  /** Makes good what a crash left undone. @throws {LunarError} STORE_FAILED */
  static async open(deps: ConvictionsDeps): Promise<Convictions> {
    const convictions = new Convictions(deps)
    await convictions.#askForLeavesOnly()
    return convictions
  }

  get kept(): KeptConvictions {
    return this.#deps.kept
  }

  get tally(): ConvictionTally {
    return tallyConvictions(this.#deps.kept.list(), this.#deps.verifiers.quorum)
  }

  /** Judges one that was found here, and keeps it where it says something new. Durable when it resolves. @returns true if it was kept */
  async settle(conviction: TicketConviction): Promise<boolean> {
    return await this.#keep(conviction, this.#judge(conviction), true)
  }

  /** Reads from each tracker that can be reached what this one lacks: some at a time, the rest at the next call. */
  async read(signal: AbortSignal): Promise<void> {
    await this.#deps.kept.forgetOld()
    await this.#askForLeavesOnly()
    for (const [name, { finding }] of this.#passedOver) if (this.#isWanted(finding)) this.#passedOver.delete(name)
    for (const { address } of this.#deps.ring.reachable) {
      const have = [...this.#deps.kept.ids, ...[...this.#passedOver.values()].map(({ id }) => id)]
      const answer = await hear(address, readConvictions, { have }, this.#deps, { signal })
      for (const conviction of answer?.convictions ?? []) {
        const finding = this.#judge(conviction)
        if (!(await this.#keep(conviction, finding, false))) this.#passOver(conviction, finding)
      }
    }
  }

  /** For another tracker. */
  async answer({ have }: QuestionOf<typeof readConvictions>): Promise<AnswerOf<typeof readConvictions>> {
    const { kept } = this.#deps
    const known = new Set(have.map(hexOf))
    const lacking = kept.ids.filter((id) => !known.has(hexOf(id))).slice(0, CONVICTIONS_READ)
    const convictions = []
    for (const id of lacking) {
      const conviction = await kept.conviction(id)
      if (conviction) convictions.push(conviction)
    }
    return { convictions }
  }

  async #keep(conviction: TicketConviction, finding: ConvictionFinding, isFoundHere: boolean): Promise<boolean> {
    const { kept, log, convicted, verifiers } = this.#deps
    if (!this.#isWanted(finding) || !(await kept.keep(conviction, finding, verifiers.quorum))) return false
    const { cause, tracker, slot, provider, segment, id } = finding
    log.warn('a ticket is convicted', { cause, tracker, slot, peer: provider, segment: segment && hexOf(segment), conviction: hexOf(id) })
    if (isFoundHere || finding.askedMs >= this.#startedMs) convicted.add(1, { cause })
    await this.#askForLeavesOnly()
    return true
  }

  /** What its parts say is computed, so that it does not matter who asked: quorum and verifiers are of no concern. */
  #judge(conviction: TicketConviction): ConvictionFinding {
    const { network, crypto, log } = this.#deps
    const { length } = encodeConviction(conviction)
    if (length > EVIDENCE_BYTES) {
      log.warn('a conviction is longer than one can be', { bytes: length })
      return { kind: 'invalid', reason: 'malformed' }
    }
    return verifyConviction(conviction, { network, isVerifier: () => true, quorum: 1 }, crypto)
  }

  #isWanted(finding: ConvictionFinding): finding is Convicted {
    const { kept, verifiers } = this.#deps
    return finding.kind === 'convicted' && this.#isTracker(finding.tracker) && kept.takes(finding, verifiers.quorum)
  }

  /** Anybody can sign a ticket: one of the network's trackers has to have. */
  #isTracker(peer: PeerId): boolean {
    const { verifiers, trackerSlots } = this.#deps
    return verifiers.domainOf(peer) !== undefined || trackerSlots().includes(peer)
  }

  /** Of every set whose owner is known to be wrong, also of those whose conviction was kept when this could not be written. */
  async #askForLeavesOnly(): Promise<void> {
    const { leavesOnly } = this.#deps
    for (const hex of this.tally.ownerWrong) if (!leavesOnly.has(hex)) await leavesOnly.add(hex)
  }

  #passOver(conviction: TicketConviction, finding: ConvictionFinding): void {
    const id = convictionId(conviction, this.#deps.crypto)
    this.#passedOver.set(hexOf(id), { id, finding })
    const [oldest] = this.#passedOver.keys()
    if (this.#passedOver.size > TRACKER_LIMITS.audit.convictions && oldest !== undefined) this.#passedOver.delete(oldest)
  }
}
