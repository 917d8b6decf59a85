/**
 * What is known of the outside verifiers of one round of the beacon: commitments, secrets that they opened, and what trackers closed. Pure but
 * for remembering.
 *
 * Bounded: what verifiers offer here, by those that a tracker remembers; of what others hold, as many as each participant may hold; one secret
 * of each commitment of the set, two closings of each participant.
 *
 * @module
 */
import {
  agreedClosing,
  BEACON_CLOSING,
  BEACON_COMMITMENT,
  BEACON_REVEAL,
  checkClosing,
  checkCommitment,
  checkReveal,
  drawnVerifiers,
  textOfIds,
  type BeaconClosing,
  type BeaconCommitment,
  type BeaconReveal,
  type BeaconRound,
  type BeaconRoundProof,
  type CheckedCommitment,
  type OpenSecret,
  type Verifier,
} from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { readDocument, type SignedDocument } from '@lunarx/core/document'
import { equalBytes, LunarError } from '@lunarx/core/model'
import type { AnswerOf, readBeacon } from '@lunarx/wire'
import { TRACKER_LIMITS } from '../../limits.ts'
import { KeptDocuments } from './kept-documents.ts'

/** Of the body of each of these documents: they name the network, a peer and a few hashes. */
const MAX_BODY_BYTES = 832
/** Closings of one participant: two show that it lies. */
const CLOSINGS_KEPT = 2

interface Offer extends Verifier {
  readonly document: SignedDocument
  readonly checked: CheckedCommitment
}

export type VerifierAnswer = Pick<AnswerOf<typeof readBeacon>, 'commitments' | 'reveals' | 'closings'>

export class VerifierDocuments {
  readonly #round: BeaconRound
  readonly #crypto: CryptoEngine
  readonly #offers: Offer[] = []
  readonly #commitments: KeptDocuments<BeaconCommitment, CheckedCommitment>
  readonly #reveals: KeptDocuments<BeaconReveal>
  readonly #closings: KeptDocuments<BeaconClosing>

  constructor(round: BeaconRound, crypto: CryptoEngine) {
    this.#round = round
    this.#crypto = crypto
    this.#commitments = new KeptDocuments(BEACON_COMMITMENT, MAX_BODY_BYTES, crypto)
    this.#reveals = new KeptDocuments(BEACON_REVEAL, MAX_BODY_BYTES, crypto)
    this.#closings = new KeptDocuments(BEACON_CLOSING, MAX_BODY_BYTES, crypto)
  }

  get ids(): Uint8Array[] {
    return [...this.#commitments.ids, ...this.#reveals.ids, ...this.#closings.ids]
  }

  get commitments(): CheckedCommitment[] {
    return this.#commitments.values
  }

  get closings(): BeaconClosing[] {
    return this.#closings.values
  }

  get closingDocuments(): SignedDocument[] {
    return this.#closings.all.map(({ document }) => document)
  }

  commitmentOf(id: Uint8Array): CheckedCommitment | undefined {
    return this.#commitments.get(id)?.value
  }

  /**
   * A verifier gives its commitment itself; the same again changes nothing.
   * @throws {LunarError} UNAUTHORIZED: it is another's; BAD_MESSAGE: it is none of this round, or a second one; BAD_SIGNATURE;
   * TOO_MANY_REQUESTS: there are as many as are remembered
   */
  offer(document: SignedDocument, { peer, domain }: Verifier): void {
    const { outsiders, outsidersOfDomain } = TRACKER_LIMITS.audit
    const before = this.#offers.find((offer) => offer.peer === peer)
    if (before && equalBytes(before.document.body, document.body)) return
    if (document.body.length > MAX_BODY_BYTES) throw new LunarError('BAD_MESSAGE', 'that is longer than a commitment can be')
    const checked = checkCommitment(document, this.#round, this.#crypto)
    if (checked.commitment.verifier !== peer) throw new LunarError('UNAUTHORIZED', 'the commitment is of another verifier')
    if (before) throw new LunarError('BAD_MESSAGE', 'the verifier has committed to another secret in this round')
    if (this.#offers.length >= outsiders || this.#offers.filter((offer) => offer.domain === domain).length >= outsidersOfDomain)
      throw new LunarError('TOO_MANY_REQUESTS', 'there are as many commitments as are remembered, in all or by this token')
    this.#offers.push({ peer, domain, document, checked })
  }

  /** Of what was offered here, the commitments that this tracker is to hold. */
  get drawn(): { readonly id: Uint8Array; readonly document: SignedDocument }[] {
    const drawn = drawnVerifiers(this.#round, this.#offers, this.#crypto)
    return this.#offers.filter(({ peer }) => drawn.includes(peer)).map(({ document, checked: { id } }) => ({ id, document }))
  }

  /** Takes commitments until {@link keepHeld}: words on them come with them. */
  absorbCommitments({ commitments }: VerifierAnswer): void {
    this.#commitments.take(commitments, (document) => checkCommitment(document, this.#round, this.#crypto))
  }

  /** Forgets those that nobody holds. */
  keepHeld(isHeld: (id: Uint8Array) => boolean): void {
    this.#commitments.keepOnly(({ id }) => isHeld(id))
  }

  /** @param set id of the set that a majority signed, and the commitments in it */
  absorbOpened(
    { reveals, closings }: VerifierAnswer,
    set: { readonly id: Uint8Array; readonly named: readonly Uint8Array[] } | undefined,
  ): void {
    this.#closings.take(closings, (document) => this.#checkClosing(document))
    if (set) this.#reveals.take(reveals, (document) => this.#checkReveal(document, set))
  }

  lacking(known: ReadonlySet<string>): Required<VerifierAnswer> {
    return {
      commitments: this.#commitments.lacking(known),
      reveals: this.#reveals.lacking(known),
      closings: this.#closings.lacking(known),
    }
  }

  /** Ids of commitments whose secrets are open. */
  get revealed(): Uint8Array[] {
    return this.#reveals.values.map(({ commitment }) => commitment)
  }

  isRevealed(commitment: Uint8Array): boolean {
    return this.#revealOf(commitment) !== undefined
  }

  /** As a majority closed this set. */
  closedIn(set: Uint8Array): readonly Uint8Array[] | undefined {
    return agreedClosing(this.#round, set, this.closings)
  }

  /** Undefined: one of them is not open here. */
  secretsOf(commitments: readonly Uint8Array[]): OpenSecret[] | undefined {
    const reveals = commitments.flatMap((id) => this.#revealOf(id)?.value ?? [])
    return reveals.length === commitments.length ? reveals.map(({ commitment, secret }) => ({ deal: commitment, secret })) : undefined
  }

  /** Their part of the proof of a round. Undefined: the set names none of them. */
  proofOf(
    set: Uint8Array,
    named: readonly Uint8Array[],
    closed: readonly Uint8Array[],
  ): NonNullable<BeaconRoundProof['verifiers']> | undefined {
    if (named.length === 0) return undefined
    const closings = this.#closings.all.filter(({ value }) => equalBytes(value.set, set) && textOfIds(value.revealed) === textOfIds(closed))
    const documentsOf = (all: readonly ({ readonly document: SignedDocument } | undefined)[]) => all.flatMap((one) => one?.document ?? [])
    return {
      commitments: documentsOf(named.map((id) => this.#commitments.get(id))),
      closings: documentsOf(closings),
      reveals: documentsOf(closed.map((id) => this.#revealOf(id))),
    }
  }

  #revealOf(commitment: Uint8Array) {
    return this.#reveals.all.find(({ value }) => equalBytes(value.commitment, commitment))
  }

  #checkReveal(
    document: SignedDocument,
    set: { readonly id: Uint8Array; readonly named: readonly Uint8Array[] },
  ): BeaconReveal | undefined {
    const { commitment: id } = readDocument(BEACON_REVEAL, document)
    const commitment = this.commitmentOf(id)
    const isOfSet = set.named.some((one) => equalBytes(one, id))
    if (!commitment || !isOfSet || this.isRevealed(id)) return undefined
    return checkReveal(document, commitment, set.id, this.#round, this.#crypto)
  }

  #checkClosing(document: SignedDocument): BeaconClosing | undefined {
    const closing = checkClosing(document, this.#round, this.#crypto)
    return this.closings.filter(({ participant }) => participant === closing.participant).length < CLOSINGS_KEPT ? closing : undefined
  }
}
