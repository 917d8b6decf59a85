/**
 * What is known of one round of the beacon: documents that were checked, by whoever brought them, and what follows from them. Pure but for
 * remembering.
 *
 * Bounded: a dealer has two deals at most (the second excludes it), and everybody one word of each kind on each. What is longer than such a
 * document can be is passed over: a dealer could else make the proof of a round longer than one is kept.
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
  beaconValue,
  checkDeal,
  checkHold,
  checkOpening,
  checkSet,
  checkShare,
  isQualified,
  majorityOf,
  openedSecret,
  type BeaconHold,
  type BeaconOpening,
  type BeaconRound,
  type BeaconRoundProof,
  type BeaconSet,
  type BeaconShare,
  type CheckedDeal,
} from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentId, readDocument, type DocumentKind, type SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { compareBytes, equalBytes, hasCode, hexOf } from '@lunarx/core/model'
import type { AnswerOf, readBeacon } from '@lunarx/wire'

export type RoundAnswer = AnswerOf<typeof readBeacon>

interface Known<T> {
  readonly id: Uint8Array
  readonly document: SignedDocument
  readonly value: T
}

/** Of one dealer: more than this prove no more. */
const DEALS_KEPT = 2
/** Sets of one participant: two convict it. */
const SETS_KEPT = 2
/** Of one participant on one deal. */
const OPENINGS_KEPT = 2
/** Of the body of a document: the longest are deals, with the name of the network, every participant and commitments of a majority. */
const maxBodyBytes = (participants: number): number => 512 + 80 * participants

export class RoundDocuments {
  readonly round: BeaconRound
  readonly #self: PeerId
  readonly #crypto: CryptoEngine
  /** Each by id as hex. */
  readonly #deals = new Map<string, Known<CheckedDeal>>()
  readonly #shares = new Map<string, Known<BeaconShare>>()
  readonly #holds = new Map<string, Known<BeaconHold>>()
  readonly #sets = new Map<string, Known<BeaconSet>>()
  readonly #openings = new Map<string, Known<BeaconOpening>>()
  /** Holders whose shares this dealer has published. */
  readonly #published = new Set<PeerId>()

  constructor(round: BeaconRound, self: PeerId, crypto: CryptoEngine) {
    this.round = round
    this.#self = self
    this.#crypto = crypto
  }

  get ids(): Uint8Array[] {
    return [this.#deals, this.#shares, this.#holds, this.#sets, this.#openings].flatMap((known) => [...known.values()].map(({ id }) => id))
  }

  get deals(): CheckedDeal[] {
    return [...this.#deals.values()].map(({ value }) => value)
  }

  get sets(): BeaconSet[] {
    return [...this.#sets.values()].map(({ value }) => value)
  }

  /** Checks and takes what is new; what does not check is passed over. Shares last: they need their deals. */
  absorb({ deals, shares, holds, sets, openings }: Partial<RoundAnswer>): void {
    const { round } = this
    const crypto = this.#crypto
    for (const document of deals ?? []) this.#take(BEACON_DEAL, document, this.#deals, () => this.#checkDeal(document))
    for (const document of shares ?? []) this.#take(BEACON_SHARE, document, this.#shares, () => this.#checkShare(document))
    for (const document of holds ?? [])
      this.#take(BEACON_HOLD, document, this.#holds, () => this.#checkHold(checkHold(document, round, crypto)))
    for (const document of sets ?? []) this.#take(BEACON_SET, document, this.#sets, () => this.#checkSet(document))
    for (const document of openings ?? [])
      this.#take(BEACON_OPENING, document, this.#openings, () => this.#checkOpening(checkOpening(document, round, crypto)))
  }

  /** What somebody lacks who has documents of these ids. A share goes to its holder, and to all once it is published. */
  lacking(have: readonly Uint8Array[], asker: PeerId): RoundAnswer {
    const known = new Set(have.map(hexOf))
    const of = <T>(documents: ReadonlyMap<string, Known<T>>): SignedDocument[] =>
      [...documents].filter(([hex]) => !known.has(hex)).map(([, { document }]) => document)
    const shares = [...this.#shares].filter(([hex, { value }]) => !known.has(hex) && this.#mayHave(value, asker))
    return {
      deals: of(this.#deals),
      shares: shares.map(([, { document }]) => document),
      holds: of(this.#holds),
      sets: of(this.#sets),
      openings: of(this.#openings),
    }
  }

  /** This participant's own share of a deal. */
  shareOf(deal: Uint8Array): Uint8Array | undefined {
    return [...this.#shares.values()].find(({ value }) => value.holder === this.#self && compareBytes(value.deal, deal) === 0)?.value.share
  }

  /** Who says to hold a share of a deal. */
  holdersOf(deal: Uint8Array): Set<PeerId> {
    return new Set([...this.#holds.values()].filter(({ value }) => compareBytes(value.deal, deal) === 0).map(({ value }) => value.holder))
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

  /** True if one may sign this set: a majority's deals, each qualified here too. */
  isAcceptable(deals: readonly Uint8Array[]): boolean {
    const known = deals.flatMap((id) => this.#deals.get(hexOf(id))?.value ?? [])
    return (
      new Set(deals.map(hexOf)).size === known.length &&
      known.length >= majorityOf(this.round.participants.length) &&
      known.every((deal) => this.isQualified(deal))
    )
  }

  /** Ids of the deals that a majority signed. */
  get agreed(): readonly Uint8Array[] | undefined {
    return agreedSet(this.round, this.sets).deals
  }

  isOpened(deal: CheckedDeal): boolean {
    return this.#secretOf(deal) !== undefined
  }

  /** Undefined: too little is open yet, or no majority has agreed. */
  get value(): Uint8Array | undefined {
    const deals = this.agreed?.map((id) => this.#deals.get(hexOf(id))?.value)
    if (!deals) return undefined
    const secrets = deals.flatMap((deal) => {
      const secret = deal && this.#secretOf(deal)
      return secret ? [{ deal: deal.id, secret }] : []
    })
    return secrets.length === deals.length ? beaconValue(this.round, secrets, this.#crypto) : undefined
  }

  /** What makes the value believable to who took no part. Undefined: there is none. */
  get proof(): BeaconRoundProof | undefined {
    const { agreed } = this
    const known = (agreed ?? []).flatMap((id) => this.#deals.get(hexOf(id)) ?? [])
    const secrets = known.flatMap(({ value }) => this.#secretOf(value) ?? [])
    if (!agreed || secrets.length < agreed.length) return undefined
    const named = agreed.map(hexOf).join()
    const sets = [...this.#sets.values()].filter(({ value }) => value.deals.map(hexOf).join() === named)
    const { network, round, participants } = this.round
    return {
      network,
      round,
      participants: [...participants],
      deals: known.map(({ document }) => document),
      sets: sets.map(({ document }) => document),
      secrets,
    }
  }

  #secretOf(deal: CheckedDeal): Uint8Array | undefined {
    return openedSecret(
      deal,
      [...this.#openings.values()].map(({ value }) => value),
    )
  }

  #publishedOf(id: Uint8Array, dealer: PeerId): Set<PeerId> {
    if (dealer === this.#self) return this.#published
    const ofOthers = [...this.#shares.values()].filter(({ value }) => value.holder !== this.#self && compareBytes(value.deal, id) === 0)
    return new Set(ofOthers.map(({ value }) => value.holder))
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
    const deal = this.#deals.get(hexOf(id))?.value
    const isKnown = isAmong(this.#shares, (share) => share.holder === holder && equalBytes(share.deal, id))
    return deal && !isKnown ? checkShare(document, deal, this.round, this.#crypto) : undefined
  }

  #checkSet(document: SignedDocument): BeaconSet | undefined {
    const set = checkSet(document, this.round, this.#crypto)
    return this.sets.filter(({ participant }) => participant === set.participant).length < SETS_KEPT ? set : undefined
  }

  #checkHold(hold: BeaconHold): BeaconHold | undefined {
    const isKnown = isAmong(this.#holds, ({ holder, deal }) => holder === hold.holder && equalBytes(deal, hold.deal))
    return this.#deals.has(hexOf(hold.deal)) && !isKnown ? hold : undefined
  }

  /** A dealer has its secret to open, and its share. */
  #checkOpening(opening: BeaconOpening): BeaconOpening | undefined {
    const { opener, deal } = opening
    const known = [...this.#openings.values()].filter(({ value }) => value.opener === opener && equalBytes(value.deal, deal))
    return this.#deals.has(hexOf(deal)) && known.length < OPENINGS_KEPT ? opening : undefined
  }

  #take<V, T>(kind: DocumentKind<V>, document: SignedDocument, into: Map<string, Known<T>>, check: () => T | undefined): void {
    if (document.body.length > maxBodyBytes(this.round.participants.length)) return
    const id = documentId(kind, document, this.#crypto)
    if (into.has(hexOf(id))) return
    try {
      const value = check()
      if (value) into.set(hexOf(id), { id, document, value })
    } catch (error) {
      if (!hasCode(error, 'BAD_MESSAGE', 'BAD_SIGNATURE')) throw error
    }
  }
}

const isAmong = <T>(known: ReadonlyMap<string, Known<T>>, is: (value: T) => boolean): boolean =>
  [...known.values()].some(({ value }) => is(value))
