/**
 * The beacon: every hour 32 bytes that nobody could foresee and nobody could choose. Commit–reveal, made in the hour before:
 *
 *   deal → hold → agree → (reveal → close) → open
 *
 * - deal: each participant commits to a secret and gives everybody else a verifiable share of it (share.ts). Outside verifiers commit to
 *   secrets of their own (beacon-verifiers.ts).
 * - hold: whoever has a share that fits says so. The dealer publishes the shares of those who did not (they are away, or lie).
 * - agree: each participant signs one set of qualified deals and commitments. The set that a majority signed is the round's.
 * - reveal, close: verifiers in the set open their secrets; participants sign whose came in time. Without verifiers nobody waits for it.
 * - open: dealers open their secrets; of those who do not, holders open shares. The value is the hash over all secrets.
 *
 * While fewer than half of the participants are dishonest or away: nobody knows a secret before the set stands, because honest
 * participants open nothing earlier; every secret of the set is opened whatever its dealer does, because every honest participant has a
 * checked share; and one honest secret makes the value uniform. Whoever comes late or withholds is left out, or opened. Signing two sets
 * is the one way to split a round: both signatures together prove it ({@link agreedSet}), and a split round has no value.
 *
 * Pure: checks what it is given. Who asks whom, and when, is in node/tracker.
 *
 * @module
 */
import type { CryptoEngine, SignKey } from '../crypto/engine.ts'
import { documentId, openDocument, signDocument, type DocumentKind, type SignedDocument } from '../document/signed.ts'
import { peerIdOf, publicKeyOf, type PeerId } from '../membership/peer-id.ts'
import { compareBytes, hexOf, utf8 } from '../model/bytes.ts'
import { LunarError } from '../model/error.ts'
import { itemAt } from '../model/item.ts'
import {
  BEACON_DEAL,
  BEACON_HOLD,
  BEACON_OPENING,
  BEACON_SET,
  BEACON_SHARE,
  type BeaconDeal,
  type BeaconHold,
  type BeaconOpening,
  type BeaconSet,
  type BeaconShare,
} from './beacon-documents.ts'
import { combineShares, dealShares, isSecret, isShare, majorityOf } from './share.ts'

const VALUE = utf8('lunarx/beacon-value/1\0')
/** A value is in use this long. */
export const BEACON_ROUND_MS = 3_600_000

/** What all participants of one round know beforehand. */
export interface BeaconRound {
  readonly network: string
  /** The value is in use from round · BEACON_ROUND_MS on. */
  readonly round: number
  /** Ascending, at most {@link BEACON_PARTICIPANTS}. */
  readonly participants: readonly PeerId[]
}

/** The trackers on slots, each once. */
export const beaconParticipants = (trackerSlots: readonly PeerId[]): PeerId[] => [...new Set(trackerSlots)].sort()

export type BeaconPhase = 'deal' | 'hold' | 'agree' | 'open'
const PHASES: readonly BeaconPhase[] = ['deal', 'hold', 'agree', 'open']

/** The round whose value is in use. */
export const beaconRoundAt = (nowMs: number): number => Math.floor(nowMs / BEACON_ROUND_MS)

/** What participants do now, for the round that comes next: a quarter of an hour for each step. */
export function beaconPhaseAt(nowMs: number): { readonly round: number; readonly phase: BeaconPhase } {
  const round = beaconRoundAt(nowMs)
  return { round: round + 1, phase: itemAt(PHASES, Math.floor((4 * (nowMs - round * BEACON_ROUND_MS)) / BEACON_ROUND_MS)) }
}

/** Since the hour in which a round is made began, which is the one before its own. Milliseconds. */
export const beaconSinceMs = (round: number, nowMs: number): number => nowMs - (round - 1) * BEACON_ROUND_MS

/** Of that hour: so long participants take secrets of verifiers. Two minutes before they close, so that all have heard of the same. */
export const BEACON_REVEAL_MS = 0.71 * BEACON_ROUND_MS

/** A deal that was checked. */
export interface CheckedDeal {
  /** Id of the document. */
  readonly id: Uint8Array
  readonly deal: BeaconDeal
}

/** The number of a round as 8 bytes, big-endian. */
export function roundBytes(number: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number))
  return bytes
}

/** Deals a secret. @param random 32 bytes, kept until the round is opened: from them secret and shares come again */
export function dealSecret(round: BeaconRound, key: SignKey, random: Uint8Array, crypto: CryptoEngine) {
  const holders = round.participants.length
  const { commitments, shares, secret } = dealShares(random, holders, majorityOf(holders), crypto)
  const dealer = peerIdOf(key.publicKey)
  const { network, round: number } = round
  const document = signDocument(
    BEACON_DEAL,
    { network, round: number, dealer, participants: [...round.participants], commitments: [...commitments] },
    key,
  )
  const deal = documentId(BEACON_DEAL, document, crypto)
  const shareDocuments = round.participants.map((holder, i) =>
    signDocument(BEACON_SHARE, { network, round: number, dealer, deal, holder, share: itemAt(shares, i) }, key),
  )
  return { document, id: deal, /** By holder, in the order of participants. */ shares: shareDocuments, secret }
}

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE */
export function checkDeal(document: SignedDocument, round: BeaconRound, crypto: CryptoEngine): CheckedDeal {
  const deal = openFrom(BEACON_DEAL, document, ({ dealer }) => dealer, round, crypto)
  const isOfRound =
    deal.participants.length === round.participants.length &&
    deal.participants.every((peer, i) => peer === round.participants[i]) &&
    deal.commitments.length === majorityOf(round.participants.length)
  if (!isOfRound) throw new LunarError('BAD_MESSAGE', 'a deal is for other participants', { detail: { dealer: deal.dealer } })
  return { id: documentId(BEACON_DEAL, document, crypto), deal }
}

/** A share that fits its deal. @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE */
export function checkShare(document: SignedDocument, { id, deal }: CheckedDeal, round: BeaconRound, crypto: CryptoEngine): BeaconShare {
  const share = openFrom(BEACON_SHARE, document, ({ dealer }) => dealer, round, crypto)
  const holder = round.participants.indexOf(share.holder)
  const fits = compareBytes(share.deal, id) === 0 && share.dealer === deal.dealer && holder >= 0
  if (!fits || !isShare(deal.commitments, holder, share.share, round.participants.length))
    throw new LunarError('BAD_MESSAGE', 'a share does not fit its deal', { detail: { dealer: deal.dealer, holder: share.holder } })
  return share
}

/** A holder's word that it has a share, to be given after {@link checkShare}. */
export const holdShare = ({ network, round }: BeaconRound, deal: Uint8Array, key: SignKey): SignedDocument =>
  signDocument(BEACON_HOLD, { network, round, deal, holder: peerIdOf(key.publicKey) }, key)

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE */
export const checkHold = (document: SignedDocument, round: BeaconRound, crypto: CryptoEngine): BeaconHold =>
  openFrom(BEACON_HOLD, document, ({ holder }) => holder, round, crypto)

/**
 * True if every participant holds its share, or the dealer has published it; and it has published no more than a minority's, or the
 * secret would be open already.
 * @param holders who said that they hold; @param published holders whose shares the dealer gave to everybody, checked
 */
export function isQualified({ participants }: BeaconRound, holders: ReadonlySet<PeerId>, published: ReadonlySet<PeerId>): boolean {
  const isCovered = participants.every((peer) => holders.has(peer) || published.has(peer))
  return isCovered && published.size <= participants.length - majorityOf(participants.length)
}

/** Signs the deals that one will open. Once per round: a second, other set convicts its signer. */
export function signSet({ network, round }: BeaconRound, deals: readonly Uint8Array[], key: SignKey): SignedDocument {
  return signDocument(BEACON_SET, { network, round, participant: peerIdOf(key.publicKey), deals: [...deals].sort(compareBytes) }, key)
}

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE */
export const checkSet = (document: SignedDocument, round: BeaconRound, crypto: CryptoEngine): BeaconSet =>
  openFrom(BEACON_SET, document, ({ participant }) => participant, round, crypto)

export interface Agreement {
  /** Ids of the round's deals and commitments, ascending. undefined: no majority yet, or a split round, which will have no value. */
  readonly deals: readonly Uint8Array[] | undefined
  /** Who signed two sets. */
  readonly split: readonly PeerId[]
}

/**
 * The set that a majority signed. It has to name the deals of a majority, so that an honest secret is among them.
 * @param sets checked ones, in any order, repeated or not
 */
export function agreedSet(round: BeaconRound, sets: readonly BeaconSet[]): Agreement {
  const signed = Map.groupBy(sets, ({ participant }) => participant)
  const textOf = ({ deals }: BeaconSet): string => textOfIds(deals)
  const split = [...signed].filter(([, its]) => new Set(its.map(textOf)).size > 1).map(([peer]) => peer)
  const only = backedByMajority(round, sets, textOf)?.deals
  return { deals: only && only.length >= majorityOf(round.participants.length) ? only : undefined, split }
}

/** The one word that a majority of the participants gave. Undefined: there is none, or there are two. */
export function backedByMajority<T extends { readonly participant: PeerId }>(
  { participants }: BeaconRound,
  words: readonly T[],
  textOf: (word: T) => string,
): T | undefined {
  const backed = [...Map.groupBy(words, textOf).values()].filter(
    (same) => new Set(same.map(({ participant }) => participant)).size >= majorityOf(participants.length),
  )
  return backed.length === 1 ? backed[0]?.[0] : undefined
}

/** Ids in their order: two lists are one if their texts are. */
export const textOfIds = (ids: readonly Uint8Array[]): string => ids.map(hexOf).join()

/** The dealer opens its secret, or a holder its share. Only once {@link agreedSet} has named the deal. */
export const openScalar = ({ network, round }: BeaconRound, deal: Uint8Array, scalar: Uint8Array, key: SignKey): SignedDocument =>
  signDocument(BEACON_OPENING, { network, round, deal, opener: peerIdOf(key.publicKey), scalar }, key)

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE */
export const checkOpening = (document: SignedDocument, round: BeaconRound, crypto: CryptoEngine): BeaconOpening =>
  openFrom(BEACON_OPENING, document, ({ opener }) => opener, round, crypto)

/**
 * The secret of a deal: as its dealer opened it, or from a majority's shares. What fits the deal neither as the secret nor as the
 * opener's share is passed over.
 * @returns undefined while too little is open
 */
export function openedSecret({ id, deal }: CheckedDeal, openings: readonly BeaconOpening[]): Uint8Array | undefined {
  const shares = new Map<number, Uint8Array>()
  for (const { deal: of, opener, scalar } of openings) {
    if (compareBytes(of, id) !== 0) continue
    if (opener === deal.dealer && isSecret(deal.commitments, scalar)) return scalar
    const holder = deal.participants.indexOf(opener)
    if (holder >= 0 && isShare(deal.commitments, holder, scalar, deal.participants.length)) shares.set(holder, scalar)
  }
  return combineShares(shares, deal.commitments.length, deal.participants.length)
}

/** A secret of the round that is open. */
export interface OpenSecret {
  /** Id of its deal, or of a verifier's commitment. */
  readonly deal: Uint8Array
  readonly secret: Uint8Array
}

/**
 * The value: SHA-256 over round and secrets, in the order of their deals.
 * @param secrets one per deal of the set, and one per commitment that its closing names
 */
export function beaconValue({ network, round }: BeaconRound, secrets: readonly OpenSecret[], crypto: CryptoEngine): Uint8Array {
  const sorted = secrets.toSorted((a, b) => compareBytes(a.deal, b.deal))
  return crypto.sha256(VALUE, utf8(`${network}\0`), roundBytes(round), ...sorted.flatMap(({ deal, secret }) => [deal, secret]))
}

/**
 * Opens what a peer signed of this round.
 * @throws {LunarError} BAD_MESSAGE: it is of another round or network; BAD_SIGNATURE
 */
export function openOfRound<T extends { readonly network: string; readonly round: number }>(
  kind: DocumentKind<T>,
  document: SignedDocument,
  signer: (value: T) => PeerId,
  round: BeaconRound,
  crypto: CryptoEngine,
): T {
  const value = openDocument(kind, document, (one) => publicKeyOf(signer(one)), crypto)
  if (value.network !== round.network || value.round !== round.round)
    throw new LunarError('BAD_MESSAGE', `a ${kind.kind} is of another round`, { detail: { round: value.round, signer: signer(value) } })
  return value
}

/** The same, of a participant alone. */
export function openFrom<T extends { readonly network: string; readonly round: number }>(
  kind: DocumentKind<T>,
  document: SignedDocument,
  signer: (value: T) => PeerId,
  round: BeaconRound,
  crypto: CryptoEngine,
): T {
  const value = openOfRound(kind, document, signer, round, crypto)
  if (!round.participants.includes(signer(value)))
    throw new LunarError('BAD_MESSAGE', `a ${kind.kind} is of no participant`, { detail: { round: value.round, signer: signer(value) } })
  return value
}
