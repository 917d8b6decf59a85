/**
 * One participant's part in a round: deal → hold → publish → agree → close → open. Looks at all that is known and does what the moment asks;
 * safe to repeat at any time, in any order.
 *
 * Where the set names verifiers, nothing is opened before it is closed: then it is decided whose secrets count, and those who kept theirs
 * back did not know any other. Secrets of verifiers are no longer taken from them a while before, so that all have the same when they close.
 *
 * Who signs first is drawn by the round's number, and the others sign the same set where they can: so that one deal which some heard of
 * late does not split the round.
 *
 * @module
 */
import {
  BEACON_ROUND_MS,
  dealSecret,
  holdShare,
  isQualified,
  majorityOf,
  openScalar,
  signClosing,
  signSet,
  textOfIds,
  type BeaconPhase,
  type BeaconRound,
  type CheckedDeal,
} from '@lunarx/core/audit'
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import type { SignedDocument } from '@lunarx/core/document'
import { peerIdOf } from '@lunarx/core/membership'
import { compareBytes, equalBytes, hexOf, utf8 } from '@lunarx/core/model'
import type { RoundDocuments } from './round-documents.ts'

const PHASES: readonly BeaconPhase[] = ['deal', 'hold', 'agree', 'open']
const PHASE_MS = BEACON_ROUND_MS / PHASES.length

/** What a participant must not forget within a round: or it would deal twice, or sign two sets, or two closings. */
export interface OwnPart {
  /** 32 bytes of which nobody else knows anything. */
  readonly random: Uint8Array
  /** The set that it has signed. */
  readonly set: SignedDocument | null
  /** Which secrets of verifiers it has signed to have come in time. */
  readonly closing: SignedDocument | null
}

/** A set or a closing to be signed: it is absorbed once it is remembered. */
export type ToRemember = Pick<OwnPart, 'set'> | Pick<OwnPart, 'closing'>

/** A secret dealt to the participants: the same again from the same random. */
export type OwnDeal = ReturnType<typeof dealSecret>

/** Undefined: the key's owner is no participant. */
export function dealOf(round: BeaconRound, { random }: OwnPart, key: SignKey, crypto: CryptoEngine): OwnDeal | undefined {
  if (!round.participants.includes(peerIdOf(key.publicKey))) return undefined
  return dealSecret(round, key, crypto.sha256(random, utf8(round.participants.join(' '))), crypto)
}

/**
 * @param own of the key's owner, by {@link dealOf}
 * @param sinceMs since the hour before the round began
 */
export function takePart(documents: RoundDocuments, own: OwnDeal, part: OwnPart, sinceMs: number, key: SignKey): ToRemember | undefined {
  const { round } = documents
  if (sinceMs < PHASE_MS) documents.absorb({ deals: [own.document], shares: own.shares })
  if (sinceMs < 2 * PHASE_MS) hold(documents, key)
  if (sinceMs >= PHASE_MS && sinceMs < 2 * PHASE_MS) holdCommitments(documents, key)
  if (sinceMs >= 1.5 * PHASE_MS) publish(documents, own)
  documents.absorb({ sets: part.set ? [part.set] : [], closings: part.closing ? [part.closing] : [] })
  if (documents.closed) open(documents, own, sinceMs, key)
  const turnMs = turnOf(documents, peerIdOf(key.publicKey)) * (PHASE_MS / 2 / round.participants.length)
  if (!part.set && sinceMs >= 2 * PHASE_MS + turnMs) {
    const set = setToSign(documents)
    if (set) return { set: signSet(round, set, key) }
  }
  const { agreedVerifiers: set } = documents
  if (part.closing || !set || set.named.length === 0 || sinceMs < 3 * PHASE_MS + turnMs) return undefined
  return { closing: signClosing(round, set.id, closingToSign(documents, set.id), key) }
}

function hold(documents: RoundDocuments, key: SignKey): void {
  const { round } = documents
  const self = peerIdOf(key.publicKey)
  const holds = documents.deals.filter(({ id }) => documents.shareOf(id) && !documents.holdersOf(id).has(self))
  documents.absorb({ holds: holds.map(({ id }) => holdShare(round, id, key)) })
}

/** Once no more are taken of verifiers, so that all who heard of the same hold the same. */
function holdCommitments(documents: RoundDocuments, key: SignKey): void {
  const self = peerIdOf(key.publicKey)
  const drawn = documents.verifiers.drawn.filter(({ id }) => !documents.holdersOf(id).has(self))
  documents.absorb({
    commitments: drawn.map(({ document }) => document),
    holds: drawn.map(({ id }) => holdShare(documents.round, id, key)),
  })
}

/** Of those who do not say that they hold theirs: a minority's at most, or the secret would be open. */
function publish(documents: RoundDocuments, { id, shares }: OwnDeal): void {
  const { round } = documents
  if (!documents.deals.some((deal) => compareBytes(deal.id, id) === 0)) return
  const holders = documents.holdersOf(id)
  const absent = round.participants.filter((peer) => !holders.has(peer))
  if (!isQualified(round, holders, new Set(absent))) return
  documents.absorb({ shares })
  documents.publish(absent)
}

/** 0 signs first. */
function turnOf({ round: { participants, round } }: RoundDocuments, self: string): number {
  return (participants.indexOf(self) + round) % participants.length
}

/** The set that most have signed, where it is acceptable here; else all deals that are qualified here, and commitments that most hold. */
function setToSign(documents: RoundDocuments): readonly Uint8Array[] | undefined {
  const signed = mostSigned(documents.sets.map(({ deals }) => deals))
  const acceptable = signed.find((ids) => documents.isAcceptable(ids))
  if (acceptable) return acceptable
  const qualified = documents.deals.filter((deal) => documents.isQualified(deal)).map(({ id }) => id)
  if (qualified.length < majorityOf(documents.round.participants.length)) return undefined
  return [...qualified, ...documents.heldCommitments.map(({ id }) => id)]
}

/** What most have closed, where all of it is open here; else all that is open here. */
function closingToSign({ verifiers }: RoundDocuments, set: Uint8Array): readonly Uint8Array[] {
  const ofSet = verifiers.closings.filter((closing) => equalBytes(closing.set, set))
  const signed = mostSigned(ofSet.map(({ revealed }) => revealed))
  return (
    signed.find((ids) => new Set(ids.map(hexOf)).size === ids.length && ids.every((id) => verifiers.isRevealed(id))) ?? verifiers.revealed
  )
}

/** Each once, what most have signed first. */
function mostSigned(lists: readonly (readonly Uint8Array[])[]): (readonly Uint8Array[])[] {
  const signed = [...Map.groupBy(lists, textOfIds)].sort(([a, some], [b, others]) => others.length - some.length || (a < b ? -1 : 1))
  return signed.flatMap(([, [first]]) => (first ? [first] : []))
}

/** Its own secret at once; its shares of those that are still closed when three quarters of the last quarter have passed. */
function open(documents: RoundDocuments, own: OwnDeal, sinceMs: number, key: SignKey): void {
  const { round, agreed } = documents
  const isIn = ({ id }: Pick<CheckedDeal, 'id'>): boolean => agreed?.some((one) => compareBytes(one, id) === 0) ?? false
  const opened = isIn(own) ? [openScalar(round, own.id, own.secret, key)] : []
  const closed = sinceMs >= 3.75 * PHASE_MS ? documents.deals.filter((deal) => isIn(deal) && !documents.isOpened(deal)) : []
  for (const { id } of closed) {
    const share = documents.shareOf(id)
    if (share) opened.push(openScalar(round, id, share, key))
  }
  documents.absorb({ openings: opened })
}
