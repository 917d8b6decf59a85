/**
 * One participant's part in a round: deal → hold → publish → agree → open. Looks at all that is known and does what the moment asks; safe to
 * repeat at any time, in any order.
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
  signSet,
  type BeaconPhase,
  type BeaconRound,
  type BeaconSet,
  type CheckedDeal,
} from '@lunarx/core/audit'
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import type { SignedDocument } from '@lunarx/core/document'
import { peerIdOf } from '@lunarx/core/membership'
import { compareBytes, concatBytes, hexOf, utf8 } from '@lunarx/core/model'
import type { RoundDocuments } from './round-documents.ts'

const PHASES: readonly BeaconPhase[] = ['deal', 'hold', 'agree', 'open']
const PHASE_MS = BEACON_ROUND_MS / PHASES.length

/** What a participant must not forget within a round: or it would deal twice, or sign two sets. */
export interface OwnPart {
  /** 32 bytes of which nobody else knows anything. */
  readonly random: Uint8Array
  /** The set that it has signed. */
  readonly set: SignedDocument | null
}

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
 * @returns a set to be signed: it is absorbed once it is remembered
 */
export function takePart(
  documents: RoundDocuments,
  own: OwnDeal,
  part: OwnPart,
  sinceMs: number,
  key: SignKey,
): SignedDocument | undefined {
  const { round } = documents
  const self = peerIdOf(key.publicKey)
  if (sinceMs < PHASE_MS) documents.absorb({ deals: [own.document], shares: own.shares })
  if (sinceMs < 2 * PHASE_MS) hold(documents, key)
  if (sinceMs >= 1.5 * PHASE_MS) publish(documents, own)
  if (part.set) documents.absorb({ sets: [part.set] })
  if (documents.agreed) open(documents, own, sinceMs, key)
  if (part.set || sinceMs < 2 * PHASE_MS + turnOf(documents, self) * (PHASE_MS / 2 / round.participants.length)) return undefined
  const set = setToSign(documents)
  return set && signSet(round, set, key)
}

function hold(documents: RoundDocuments, key: SignKey): void {
  const { round } = documents
  const self = peerIdOf(key.publicKey)
  const holds = documents.deals.filter(({ id }) => documents.shareOf(id) && !documents.holdersOf(id).has(self))
  documents.absorb({ holds: holds.map(({ id }) => holdShare(round, id, key)) })
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

/** The set that most have signed, where it is acceptable here; else all deals that are qualified here. */
function setToSign(documents: RoundDocuments): readonly Uint8Array[] | undefined {
  const textOf = ({ deals }: BeaconSet): string => hexOf(concatBytes(...deals))
  const signed = [...Map.groupBy(documents.sets, textOf)].sort(([a, some], [b, others]) => others.length - some.length || (a < b ? -1 : 1))
  for (const [, [first]] of signed) if (first && documents.isAcceptable(first.deals)) return first.deals
  const qualified = documents.deals.filter((deal) => documents.isQualified(deal)).map(({ id }) => id)
  return qualified.length >= majorityOf(documents.round.participants.length) ? qualified : undefined
}

/** Its own secret at once; its shares of those that are still closed when half of the last quarter has passed. */
function open(documents: RoundDocuments, own: OwnDeal, sinceMs: number, key: SignKey): void {
  const { round, agreed } = documents
  const isIn = ({ id }: Pick<CheckedDeal, 'id'>): boolean => agreed?.some((one) => compareBytes(one, id) === 0) ?? false
  const opened = isIn(own) ? [openScalar(round, own.id, own.secret, key)] : []
  const closed = sinceMs >= 3.5 * PHASE_MS ? documents.deals.filter((deal) => isIn(deal) && !documents.isOpened(deal)) : []
  for (const { id } of closed) {
    const share = documents.shareOf(id)
    if (share) opened.push(openScalar(round, id, share, key))
  }
  documents.absorb({ openings: opened })
}
