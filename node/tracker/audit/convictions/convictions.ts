/**
 * Convictions of tickets: found here or read from the other trackers, judged here whoever brought them, kept, counted.
 *
 * Trackers read from each other what they lack, as with the beacon: one that was away hears of all of them when it is back. A set whose
 * owner dealt other codes than it sealed, which a quorum of trackers' tickets show, is asked for leaves only by every tracker. One tracker
 * alone brings that about for its own slots: else it could take the sets of others out of the sweep by tickets against itself.
 *
 * @module
 */
import {
  convictionId,
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
import type { Log } from '@lunarx/runtime/log'
import type { Counter } from '@lunarx/runtime/metrics'
import { CONVICTIONS_READ, readConvictions, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import { isAway, type Ask } from '../../ask/index.ts'
import { TRACKER_LIMITS } from '../../limits.ts'
import type { TrackerRing } from '../../ring/index.ts'
import type { LeavesOnly } from '../sweep/leaves-only.ts'
import type { Verifiers } from '../verifiers.ts'
import type { KeptConvictions } from './kept.ts'

export interface ConvictionsDeps {
  readonly network: string
  readonly crypto: CryptoEngine
  readonly log: Log
  readonly ask: Ask
  readonly ring: TrackerRing
  readonly verifiers: Verifiers
  readonly kept: KeptConvictions
  readonly leavesOnly: LeavesOnly
  /** Trackers by slot, of the epoch in force. */
  readonly trackerSlots: () => readonly PeerId[]
  /** Convictions that were kept here, by cause. */
  readonly convicted: Counter
}

export class Convictions {
  readonly #deps: ConvictionsDeps
  /** Ids as hex of those that others have and that are not taken here: they are not read again. */
  readonly #passedOver = new Map<string, Uint8Array>()

  constructor(deps: ConvictionsDeps) {
    this.#deps = deps
  }

  get kept(): KeptConvictions {
    return this.#deps.kept
  }

  get tally(): ConvictionTally {
    return tallyConvictions(this.#deps.kept.list(), this.#deps.verifiers.quorum)
  }

  /** Judges one, and keeps it where it says something new. Durable when it resolves. @returns true if it was kept */
  async settle(conviction: TicketConviction): Promise<boolean> {
    const { kept, log, convicted } = this.#deps
    const finding = this.#judge(conviction)
    if (finding.kind === 'invalid' || !this.#isTracker(finding.tracker) || !(await kept.keep(conviction, finding))) return false
    const { cause, tracker, slot, provider, segment, id } = finding
    log.warn('a ticket is convicted', { cause, tracker, slot, peer: provider, segment: segment && hexOf(segment), conviction: hexOf(id) })
    convicted.add(1, { cause })
    await this.#askForLeavesOnly(finding)
    return true
  }

  /** Reads from each tracker that can be reached what this one lacks: some at a time, the rest at the next call. */
  async read(signal: AbortSignal): Promise<void> {
    const { ring, ask, log } = this.#deps
    for (const { address } of ring.reachable) {
      try {
        const have = [...this.#deps.kept.ids, ...this.#passedOver.values()]
        const { convictions } = await ask(address, readConvictions, { have }, { signal })
        for (const conviction of convictions) if (!(await this.settle(conviction))) this.#passOver(conviction)
      } catch (error) {
        if (!isAway(error)) throw error
        log.info('a tracker was not heard on convictions', { tracker: address.host, error })
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

  /** What its parts say is computed, so that it does not matter who asked: quorum and verifiers are of no concern. */
  #judge(conviction: TicketConviction): ConvictionFinding {
    const { network, crypto } = this.#deps
    return verifyConviction(conviction, { network, isVerifier: () => true, quorum: 1 }, crypto)
  }

  /** Anybody can sign a ticket: one of the network's trackers has to have. */
  #isTracker(peer: PeerId): boolean {
    const { verifiers, trackerSlots } = this.#deps
    return verifiers.domainOf(peer) !== undefined || trackerSlots().includes(peer)
  }

  async #askForLeavesOnly({ segment }: Convicted): Promise<void> {
    const hex = segment && hexOf(segment)
    if (hex && this.tally.ownerWrong.has(hex) && !this.#deps.leavesOnly.has(hex)) await this.#deps.leavesOnly.add(hex)
  }

  #passOver(conviction: TicketConviction): void {
    const id = convictionId(conviction, this.#deps.crypto)
    this.#passedOver.set(hexOf(id), id)
    const [oldest] = this.#passedOver.keys()
    if (this.#passedOver.size > TRACKER_LIMITS.audit.convictions && oldest !== undefined) this.#passedOver.delete(oldest)
  }
}
