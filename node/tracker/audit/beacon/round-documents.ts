/**
 * What is known of one round of the beacon: documents that were checked, by whoever brought them, and what follows from them. Pure but for
 * remembering.
 *
 * Bounded: a dealer has two deals at most (the second excludes it), and everybody one word of each kind on each; each participant holds so
 * many verifiers' commitments as one round takes. What is longer than such a document can be is passed over: a dealer could else make the
 * proof of a round longer than one is kept.
 *
 * @module
 */
import {
  agreedSet,
  BEACON_DEAL,
  BEACON_HOLD,
  BEACON_OPENING,
  BEACON_SET,
  BEACON_SHARE,
  BEACON_VERIFIERS,
  beaconSetId,
  beaconValue,
  checkDeal,
  checkHold,
  checkOpening,
  checkSet,
  checkShare,
  isQualified,
  majorityOf,
  openedSecret,
  textOfIds,
  type BeaconDeal,
  type BeaconHold,
  type BeaconOpening,
  type BeaconRound,
  type BeaconRoundProof,
  type BeaconSet,
  type BeaconShare,
  type CheckedCommitment,
  type CheckedDeal,
} from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { readDocument, type SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { compareBytes, equalBytes, hexOf } from '@lunarx/core/model'
import type { AnswerOf, followBeacon, readBeacon } from '@lunarx/wire'
import { KeptDocuments } from './kept-documents.ts'
import { VerifierDocuments } from './verifier-documents.ts'

export type RoundAnswer = AnswerOf<typeof readBeacon>

/** Of one dealer: more than this prove no more. */
const DEALS_KEPT = 2
/** Sets of one participant: two convict it. */
const SETS_KEPT = 2
/** Of one participant on one deal. */
const OPENINGS_KEPT = 2
/** Of the body of a document: the longest are deals, with the name of the network, every participant and commitments of a majority. */
const maxBodyBytes = (participants: number): number => 512 + 80 * participants
/** Sets name commitments of verifiers beside deals. */
const maxSetBytes = (participants: number): number => maxBodyBytes(participants) + 40 * BEACON_VERIFIERS

export class RoundDocuments {
  readonly round: BeaconRound
  readonly verifiers: VerifierDocuments
  readonly #self: PeerId
  readonly #crypto: CryptoEngine
  readonly #deals: KeptDocuments<BeaconDeal, CheckedDeal>
  readonly #shares: KeptDocuments<BeaconShare>
  /** On deals, and on commitments of verifiers. */
  readonly #holds: KeptDocuments<BeaconHold>
  readonly #sets: KeptDocuments<BeaconSet>
  readonly #openings: KeptDocuments<BeaconOpening>
  /** Holders whose shares this dealer has published. */
  readonly #published = new Set<PeerId>()

  constructor(round: BeaconRound, self: PeerId, crypto: CryptoEngine) {
    const bodyBytes = maxBodyBytes(round.participants.length)
    this.round = round
    this.#self = self
    this.#crypto = crypto
    this.#deals = new KeptDocuments(BEACON_DEAL, bodyBytes, crypto)
    this.#shares = new KeptDocuments(BEACON_SHARE, bodyBytes, crypto)
    this.#holds = new KeptDocuments(BEACON_HOLD, bodyBytes, crypto)
    this.#sets = new KeptDocuments(BEACON_SET, maxSetBytes(round.participants.length), crypto)
    this.#openings = new KeptDocuments(BEACON_OPENING, bodyBytes, crypto)
    this.verifiers = new VerifierDocuments(round, crypto)
  }

  get ids(): Uint8Array[] {
    const own = [this.#deals, this.#shares, this.#holds, this.#sets, this.#openings].flatMap(({ ids }) => ids)
    return [...own, ...this.verifiers.ids]
  }

  get deals(): CheckedDeal[] {
    return this.#deals.values
  }

  get sets(): BeaconSet[] {
    return this.#sets.values
  }

  /** Checks and takes what is new; what does not check is passed over. Shares and holds after what they are of. */
  absorb(documents: Partial<RoundAnswer>): void {
    const { round } = this
    const crypto = this.#crypto
    this.#deals.take(documents.deals, (document) => this.#checkDeal(document))
    this.#shares.take(documents.shares, (document) => this.#checkShare(document))
    this.verifiers.absorbCommitments(documents)
    this.#holds.take(documents.holds, (document) => this.#checkHold(checkHold(document, round, crypto)))
    this.verifiers.keepHeld((id) => this.holdersOf(id).size > 0)
    this.#sets.take(documents.sets, (document) => this.#checkSet(document))
    this.#openings.take(documents.openings, (document) => this.#checkOpening(checkOpening(document, round, crypto)))
    this.verifiers.absorbOpened(documents, this.agreedVerifiers)
  }

  /** What somebody lacks who has documents of these ids. A share goes to its holder, and to all once it is published. */
  lacking(have: readonly Uint8Array[], asker: PeerId): Required<RoundAnswer> {
    const known = new Set(have.map(hexOf))
    return {
      deals: this.#deals.lacking(known),
      shares: this.#shares.lacking(known, (share) => this.#mayHave(share, asker)),
      holds: this.#holds.lacking(known),
      sets: this.#sets.lacking(known),
      openings: this.#openings.lacking(known),
      ...this.verifiers.lacking(known),
    }
  }

  /** What became of a verifier's commitment. */
  aboutCommitment(verifier: PeerId): AnswerOf<typeof followBeacon> {
    const its = this.verifiers.commitments.filter(({ commitment }) => commitment.verifier === verifier)
    const holds = this.#holds.all.filter(({ value }) => its.some(({ id }) => equalBytes(id, value.deal)))
    return {
      holds: holds.map(({ document }) => document),
      sets: this.#sets.all.map(({ document }) => document),
      closings: this.verifiers.closingDocuments,
    }
  }

  /** This participant's own share of a deal. */
  shareOf(deal: Uint8Array): Uint8Array | undefined {
    return this.#shares.values.find((share) => share.holder === this.#self && equalBytes(share.deal, deal))?.share
  }

  /** Who says to hold a share of a deal, or a verifier's commitment. */
  holdersOf(deal: Uint8Array): Set<PeerId> {
    return new Set(this.#holds.values.filter((hold) => equalBytes(hold.deal, deal)).map(({ holder }) => holder))
  }

  /** The dealer gives these holders' shares to everybody. */
  publish(holders: readonly PeerId[]): void {
    for (const holder of holders) this.#published.add(holder)
  }

  /** True if the deal may be part of the round: everybody's share is held or published, and its dealer has dealt once. */
  isQualified({ id, deal }: CheckedDeal): boolean {
    if (this.deals.filter(({ deal: { dealer } }) => dealer === deal.dealer).length > 1) return false
    return isQualified(this.round, this.holdersOf(id), this.#publishedOf(id, deal.dealer))
  }

  /** Commitments that may be part of the round: a majority has each of its verifier; one of a verifier, and no more than a round takes. */
  get heldCommitments(): CheckedCommitment[] {
    const held = this.verifiers.commitments.filter(({ id }) => this.#isHeldByMost(id)).sort((a, b) => compareBytes(a.id, b.id))
    const first = held.filter((one, i) => held.findIndex(({ commitment }) => commitment.verifier === one.commitment.verifier) === i)
    return first.slice(0, BEACON_VERIFIERS)
  }

  /** True if one may sign this set: a majority's deals, each qualified here too, and commitments that a majority holds. */
  isAcceptable(ids: readonly Uint8Array[]): boolean {
    const deals = this.#dealsOf(ids)
    const commitments = ids.flatMap((id) => this.verifiers.commitmentOf(id) ?? [])
    return (
      new Set(ids.map(hexOf)).size === deals.length + commitments.length &&
      deals.length >= majorityOf(this.round.participants.length) &&
      deals.every((deal) => this.isQualified(deal)) &&
      commitments.length <= BEACON_VERIFIERS &&
      new Set(commitments.map(({ commitment }) => commitment.verifier)).size === commitments.length &&
      commitments.every(({ id }) => this.#isHeldByMost(id))
    )
  }

  /** Ids that a majority signed: deals of a majority, and commitments of verifiers. */
  get agreed(): readonly Uint8Array[] | undefined {
    const { deals: ids } = agreedSet(this.round, this.sets)
    return ids && this.#dealsOf(ids).length >= majorityOf(this.round.participants.length) ? ids : undefined
  }

  /** The agreed set's id, and which of its names are no deals. */
  get agreedVerifiers(): { readonly id: Uint8Array; readonly named: readonly Uint8Array[] } | undefined {
    const { agreed } = this
    return agreed && { id: beaconSetId(agreed, this.#crypto), named: agreed.filter((id) => !this.#deals.has(id)) }
  }

  /** Ids of the commitments whose secrets the value takes. Undefined: that is not decided, and nobody opens a deal. */
  get closed(): readonly Uint8Array[] | undefined {
    const { agreedVerifiers: set } = this
    return set && (set.named.length === 0 ? [] : this.verifiers.closedIn(set.id))
  }

  isOpened(deal: CheckedDeal): boolean {
    return this.#secretOf(deal) !== undefined
  }

  /** Undefined: too little is open yet, or no majority has agreed. */
  get value(): Uint8Array | undefined {
    const { agreed, agreedVerifiers: set, closed } = this
    const ofVerifiers = closed && this.verifiers.secretsOf(closed)
    if (!agreed || !set || !ofVerifiers) return undefined
    const secrets = this.#dealsOf(agreed).flatMap((deal) => {
      const secret = this.#secretOf(deal)
      return secret ? [{ deal: deal.id, secret }] : []
    })
    const isWhole = secrets.length + set.named.length === agreed.length
    return isWhole ? beaconValue(this.round, [...secrets, ...ofVerifiers], this.#crypto) : undefined
  }

  /** What makes the value believable to who took no part. Undefined: there is none. */
  get proof(): BeaconRoundProof | undefined {
    const { agreed, agreedVerifiers: set, closed } = this
    if (!agreed || !set || !closed || !this.value) return undefined
    const deals = agreed.flatMap((id) => this.#deals.get(id) ?? [])
    const sets = this.#sets.all.filter(({ value }) => textOfIds(value.deals) === textOfIds(agreed))
    const { network, round, participants } = this.round
    const verifiers = this.verifiers.proofOf(set.id, set.named, closed)
    return {
      network,
      round,
      participants: [...participants],
      deals: deals.map(({ document }) => document),
      sets: sets.map(({ document }) => document),
      secrets: deals.flatMap(({ value }) => this.#secretOf(value) ?? []),
      ...(verifiers ? { verifiers } : {}),
    }
  }

  #dealsOf(ids: readonly Uint8Array[]): CheckedDeal[] {
    return ids.flatMap((id) => this.#deals.get(id)?.value ?? [])
  }

  #isHeldByMost(id: Uint8Array): boolean {
    return this.holdersOf(id).size >= majorityOf(this.round.participants.length)
  }

  #secretOf(deal: CheckedDeal): Uint8Array | undefined {
    return openedSecret(deal, this.#openings.values)
  }

  #publishedOf(id: Uint8Array, dealer: PeerId): Set<PeerId> {
    if (dealer === this.#self) return this.#published
    const ofOthers = this.#shares.values.filter(({ holder, deal }) => holder !== this.#self && equalBytes(deal, id))
    return new Set(ofOthers.map(({ holder }) => holder))
  }

  #mayHave({ dealer, holder }: BeaconShare, asker: PeerId): boolean {
    if (dealer === this.#self) return holder === asker || this.#published.has(holder)
    return holder !== this.#self
  }

  #checkDeal(document: SignedDocument): CheckedDeal | undefined {
    const checked = checkDeal(document, this.round, this.#crypto)
    return this.deals.filter(({ deal }) => deal.dealer === checked.deal.dealer).length < DEALS_KEPT ? checked : undefined
  }

  #checkShare(document: SignedDocument): BeaconShare | undefined {
    const { deal: id, holder } = readDocument(BEACON_SHARE, document)
    const deal = this.#deals.get(id)?.value
    const isKnown = this.#shares.values.some((share) => share.holder === holder && equalBytes(share.deal, id))
    return deal && !isKnown ? checkShare(document, deal, this.round, this.#crypto) : undefined
  }

  #checkSet(document: SignedDocument): BeaconSet | undefined {
    const set = checkSet(document, this.round, this.#crypto)
    return this.sets.filter(({ participant }) => participant === set.participant).length < SETS_KEPT ? set : undefined
  }

  #checkHold(hold: BeaconHold): BeaconHold | undefined {
    const its = this.#holds.values.filter(({ holder }) => holder === hold.holder)
    if (its.some(({ deal }) => equalBytes(deal, hold.deal))) return undefined
    if (this.#deals.has(hold.deal)) return hold
    const commitments = its.filter(({ deal }) => !this.#deals.has(deal)).length
    return this.verifiers.commitmentOf(hold.deal) && commitments < BEACON_VERIFIERS ? hold : undefined
  }

  /** A dealer has its secret to open, and its share. */
  #checkOpening(opening: BeaconOpening): BeaconOpening | undefined {
    const { opener, deal } = opening
    const known = this.#openings.values.filter((one) => one.opener === opener && equalBytes(one.deal, deal))
    return this.#deals.has(deal) && known.length < OPENINGS_KEPT ? opening : undefined
  }
}
