/**
 * A verifier's part in one round of the beacon: its secret, what trackers signed about it, and what became of it. Pure but for remembering.
 *
 * The secret is opened for one set alone, after a majority of the trackers has signed it and it names the commitment: what trackers that
 * collude have to know before they fix their own secrets, they learn after. Where they never sign such a set, it is never opened.
 *
 * Bounded: of each tracker one hold, two sets, two closings.
 *
 * @module
 */
import {
  agreedClosing,
  agreedSet,
  beaconSetId,
  checkClosing,
  checkHold,
  checkSet,
  commitSecret,
  majorityOf,
  revealSecret,
  textOfIds,
  type BeaconClosing,
  type BeaconRound,
  type BeaconSet,
} from '@lunarx/core/audit'
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import type { SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { equalBytes, hasCode } from '@lunarx/core/model'
import type { AnswerOf, followBeacon } from '@lunarx/wire'

/**
 * - `counted`: its secret is in the value.
 * - `left-out`: a majority of trackers had its commitment, or its secret, in time; and another majority signed the round without it.
 * - `late`: its secret did not come to a majority in time.
 * - `not-held`: no majority signed to have its commitment: it did not reach them, more verifiers are enrolled than one round takes, or
 *   they do not want it.
 * - `no-value`: as far as it was told, no majority of trackers agreed.
 */
export const BEACON_OUTCOMES = ['counted', 'left-out', 'late', 'not-held', 'no-value'] as const
export type BeaconOutcome = (typeof BEACON_OUTCOMES)[number]

const WORDS_KEPT = 2

export class BeaconPart {
  readonly round: BeaconRound
  /** For every tracker. */
  readonly commitment: SignedDocument
  readonly #id: Uint8Array
  readonly #secret: Uint8Array
  readonly #key: SignKey
  readonly #crypto: CryptoEngine
  readonly #holders = new Set<PeerId>()
  readonly #sets: BeaconSet[] = []
  readonly #closings: BeaconClosing[] = []
  readonly #revealedTo = new Set<PeerId>()
  #revealed: { readonly set: Uint8Array; readonly document: SignedDocument } | undefined

  /** @param secret 32 bytes of which nobody else knows anything, drawn for this round */
  constructor(round: BeaconRound, secret: Uint8Array, key: SignKey, crypto: CryptoEngine) {
    const { document, id } = commitSecret(round, key, secret, crypto)
    this.round = round
    this.commitment = document
    this.#id = id
    this.#secret = secret
    this.#key = key
    this.#crypto = crypto
  }

  /** What a tracker answered. What does not check is passed over. @param isOpened it was given the secret, in time */
  absorb({ holds, sets, closings }: AnswerOf<typeof followBeacon>, tracker: PeerId, isOpened: boolean): void {
    const { round } = this
    const crypto = this.#crypto
    for (const hold of this.#checked(holds, (document) => checkHold(document, round, crypto)))
      if (equalBytes(hold.deal, this.#id)) this.#holders.add(hold.holder)
    for (const set of this.#checked(sets, (document) => checkSet(document, round, crypto)))
      keepWord(this.#sets, set, ({ deals }) => textOfIds(deals))
    for (const closing of this.#checked(closings, (document) => checkClosing(document, round, crypto)))
      keepWord(this.#closings, closing, ({ set, revealed }) => textOfIds([set, ...revealed]))
    if (isOpened && round.participants.includes(tracker)) this.#revealedTo.add(tracker)
  }

  /** The secret, opened for the set that a majority signed. Undefined: there is none yet that names its commitment. */
  reveal(): SignedDocument | undefined {
    const { agreed } = this
    if (!this.#revealed && agreed && this.#isIn(agreed)) {
      const set = beaconSetId(agreed, this.#crypto)
      const document = revealSecret(this.round, { commitment: this.#id, set, secret: this.#secret }, this.#key)
      this.#revealed = { set, document }
    }
    return this.#revealed?.document
  }

  /** Ids that a majority signed. */
  get agreed(): readonly Uint8Array[] | undefined {
    return agreedSet(this.round, this.#sets).deals
  }

  /** By what is known now. */
  get outcome(): BeaconOutcome {
    const { agreed } = this
    if (!agreed) return 'no-value'
    if (!this.#isIn(agreed)) return this.#isMost(this.#holders) ? 'left-out' : 'not-held'
    const closed = agreedClosing(this.round, beaconSetId(agreed, this.#crypto), this.#closings)
    if (!closed) return 'no-value'
    if (this.#isIn(closed)) return 'counted'
    return this.#isMost(this.#revealedTo) ? 'left-out' : 'late'
  }

  #isIn(ids: readonly Uint8Array[]): boolean {
    return ids.some((id) => equalBytes(id, this.#id))
  }

  #isMost(trackers: ReadonlySet<PeerId>): boolean {
    return trackers.size >= majorityOf(this.round.participants.length)
  }

  #checked<T>(documents: readonly SignedDocument[], check: (document: SignedDocument) => T): T[] {
    return documents.flatMap((document) => {
      try {
        return [check(document)]
      } catch (error) {
        if (!hasCode(error, 'BAD_MESSAGE', 'BAD_SIGNATURE')) throw error
        return []
      }
    })
  }
}

/** Each word of a participant once, and no more than show that it lies. */
function keepWord<T extends { readonly participant: PeerId }>(words: T[], word: T, textOf: (word: T) => string): void {
  const its = words.filter(({ participant }) => participant === word.participant)
  if (its.length < WORDS_KEPT && !its.some((one) => textOf(one) === textOf(word))) words.push(word)
}
