/**
 * Outside verifiers in a round of the beacon: each commits to a secret before anybody's is open, and opens it before trackers open theirs.
 *
 *   commit → hold → (agree) → reveal → close
 *
 * - commit: a verifier gives every tracker the hash of its secret.
 * - hold: a tracker that has it of the verifier itself, which is enrolled, signs so. What a majority holds may be in the set.
 * - reveal: once a majority has signed a set that names it, the verifier opens its secret, for this set alone.
 * - close: trackers sign whose secrets came in time, and only then open their own. The value takes no others.
 *
 * While a majority of trackers is honest, a verifier knows no tracker's secret when it has to open its own: to withhold it, or to choose it,
 * bends nothing, and nobody waits for it. While one verifier whose secret is in the value is honest, trackers that all collude could not
 * choose the value: the set, which fixes every other secret, was signed before they knew this one, and it counts for no other set. They can
 * leave verifiers out, each of which sees it, and the proof of the round names.
 *
 * A verifier's secret is not shared among trackers as their own are: they could open it before they fix theirs (docs/adr/0024).
 *
 * Pure: checks what it is given.
 *
 * @module
 */
import type { CryptoEngine, SignKey } from '../crypto/engine.ts'
import { documentId, signDocument, type SignedDocument } from '../document/signed.ts'
import { peerIdOf, type PeerId } from '../membership/peer-id.ts'
import { compareBytes, equalBytes, utf8 } from '../model/bytes.ts'
import { LunarError } from '../model/error.ts'
import { backedByMajority, openFrom, openOfRound, roundBytes, textOfIds, type BeaconRound } from './beacon.ts'
import {
  BEACON_CLOSING,
  BEACON_COMMITMENT,
  BEACON_REVEAL,
  BEACON_VERIFIERS,
  type BeaconClosing,
  type BeaconCommitment,
  type BeaconReveal,
} from './beacon-documents.ts'
import { verifierOrder, type Verifier } from './choose.ts'

const SECRET = utf8('lunarx/beacon-secret/1\0')
const DEALS = utf8('lunarx/beacon-deals/1\0')
const ORDER = utf8('lunarx/beacon-verifiers/1\0')
const NONE: ReadonlySet<string> = new Set()

/** A commitment that was checked. */
export interface CheckedCommitment {
  /** Id of the document. */
  readonly id: Uint8Array
  readonly commitment: BeaconCommitment
}

/** @param secret 32 bytes of which nobody else knows anything, drawn anew for each round */
export function commitSecret(
  round: Pick<BeaconRound, 'network' | 'round'>,
  key: SignKey,
  secret: Uint8Array,
  crypto: CryptoEngine,
): { readonly document: SignedDocument; readonly id: Uint8Array } {
  const verifier = peerIdOf(key.publicKey)
  const about = { network: round.network, round: round.round, verifier }
  const document = signDocument(BEACON_COMMITMENT, { ...about, commitment: hashOfSecret(about, secret, crypto) }, key)
  return { document, id: documentId(BEACON_COMMITMENT, document, crypto) }
}

/** Whether its signer is enrolled is not said here. @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE */
export function checkCommitment(document: SignedDocument, round: BeaconRound, crypto: CryptoEngine): CheckedCommitment {
  const commitment = openOfRound(BEACON_COMMITMENT, document, ({ verifier }) => verifier, round, crypto)
  const { verifier } = commitment
  if (round.participants.includes(verifier))
    throw new LunarError('BAD_MESSAGE', 'a tracker deals, and does not commit', { detail: { verifier } })
  return { id: documentId(BEACON_COMMITMENT, document, crypto), commitment }
}

/**
 * Whose commitments a tracker holds, of all that it has: one of each failure domain, {@link BEACON_VERIFIERS} in all, others in every round.
 * By domain: whoever has a token may have as many keys as it likes, and could choose among them.
 */
export function drawnVerifiers({ network, round }: BeaconRound, offered: readonly Verifier[], crypto: CryptoEngine): PeerId[] {
  const seed = crypto.sha256(ORDER, utf8(`${network}\0`), roundBytes(round))
  const byDomain = Map.groupBy(offered, ({ domain }) => domain)
  const domains = [...byDomain.keys()].map((domain) => ({ peer: domain, domain }))
  const drawn = verifierOrder(seed, domains, NONE, crypto).slice(0, BEACON_VERIFIERS)
  return drawn.flatMap(({ domain }) => verifierOrder(seed, byDomain.get(domain) ?? [], NONE, crypto)[0]?.peer ?? [])
}

/** Names a set: what a majority of trackers has signed, whoever signed it. @param deals ids of deals and commitments, ascending */
export const beaconSetId = (deals: readonly Uint8Array[], crypto: CryptoEngine): Uint8Array => crypto.sha256(DEALS, ...deals)

/** Opens a secret for one set. Only once a majority has signed that set, and it names the commitment; and once per round. */
export function revealSecret(
  { network, round }: Pick<BeaconRound, 'network' | 'round'>,
  { commitment, set, secret }: Pick<BeaconReveal, 'commitment' | 'set' | 'secret'>,
  key: SignKey,
): SignedDocument {
  return signDocument(BEACON_REVEAL, { network, round, verifier: peerIdOf(key.publicKey), commitment, set, secret }, key)
}

/** A secret that its verifier opened for this set. @throws {LunarError} BAD_MESSAGE: it is another's, or for another set; BAD_SIGNATURE */
export function checkReveal(
  document: SignedDocument,
  { id, commitment }: CheckedCommitment,
  set: Uint8Array,
  round: BeaconRound,
  crypto: CryptoEngine,
): BeaconReveal {
  const reveal = openOfRound(BEACON_REVEAL, document, ({ verifier }) => verifier, round, crypto)
  const fits =
    reveal.verifier === commitment.verifier &&
    equalBytes(reveal.commitment, id) &&
    equalBytes(reveal.set, set) &&
    equalBytes(hashOfSecret(commitment, reveal.secret, crypto), commitment.commitment)
  if (!fits) throw new LunarError('BAD_MESSAGE', 'a secret does not fit its commitment, or is for another set')
  return reveal
}

/** Once per round: a second, other one can keep the round from having a value. @param revealed ids of commitments */
export function signClosing(
  { network, round }: BeaconRound,
  set: Uint8Array,
  revealed: readonly Uint8Array[],
  key: SignKey,
): SignedDocument {
  const participant = peerIdOf(key.publicKey)
  return signDocument(BEACON_CLOSING, { network, round, participant, set, revealed: revealed.toSorted(compareBytes) }, key)
}

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE */
export const checkClosing = (document: SignedDocument, round: BeaconRound, crypto: CryptoEngine): BeaconClosing =>
  openFrom(BEACON_CLOSING, document, ({ participant }) => participant, round, crypto)

/**
 * Ids of the commitments whose secrets the value takes: as a majority closed this set. Undefined: none has yet, or the round is split, and
 * will have no value.
 * @param closings checked ones, in any order, repeated or not
 */
export function agreedClosing(round: BeaconRound, set: Uint8Array, closings: readonly BeaconClosing[]): readonly Uint8Array[] | undefined {
  const ofSet = closings.filter((closing) => equalBytes(closing.set, set))
  return backedByMajority(round, ofSet, ({ revealed }) => textOfIds(revealed))?.revealed
}

/** Hides the secret, which is as long as the hash, and is worth nothing to another verifier, or in another round. */
const hashOfSecret = (
  { network, round, verifier }: Pick<BeaconCommitment, 'network' | 'round' | 'verifier'>,
  secret: Uint8Array,
  crypto: CryptoEngine,
): Uint8Array => crypto.sha256(SECRET, utf8(`${network}\0`), roundBytes(round), utf8(`${verifier}\0`), secret)
