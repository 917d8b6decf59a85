/**
 * A batch of two places at one shard, its ticket, opening and leaves: what the tests of convictions begin with.
 */
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { stream } from '../../../test/vectors/stream.ts'
import { documentId, signDocument } from '../document/index.ts'
import { concatBytes, itemAt, LIMITS } from '../model/index.ts'
import { sweepAnswer } from '../proof/index.ts'
import { keyOf, NETWORK as network, peer, provider, signedShard, transcriptOf as transcriptBy } from './_papers.test.ts'
import { packEntries, SWEEP_CHALLENGE, TICKET, TICKET_OPENING, ticketCommitment, type TicketConviction, type Transcript } from './index.ts'

export const [tracker, verifier] = [keyOf('tracker'), keyOf('verifier')]
const shard = signedShard(stream('shard', 3 * LIMITS.leafBytes))
export const { segment } = shard
/** The second entry straddles two leaves. */
const OFFSETS = [100, LIMITS.leafBytes - 8]
export const rightCodes = OFFSETS.map((offset) => shard.bytes.slice(offset, offset + 16))
/** The second code is another than the shard has. */
export const FRAMED = [itemAt(rightCodes, 0), stream('framed', 16)]

/** Of a right leaf. */
export function leafTranscript(leaf: number): Transcript {
  const scope = { network, provider: peer(provider), verifier: peer(verifier), round: 0, sequence: 0, askedFor: 'place' as const }
  const answer = { proof: shard.proofOf(leaf), answeredMs: 0 }
  return transcriptBy(shard, {
    question: { ...scope, segment, index: 1, leaf, askedMs: 0 },
    answer,
    verdict: 'proved',
    verifiers: [verifier],
  })
}

/** @param by whose ticket it is @param codes that the ticket expects */
export function convictionOf(codes: readonly Uint8Array[], change: Partial<TicketConviction> = {}, by = tracker): TicketConviction {
  const key = stream('sweep key', 32)
  const [blind, digest] = [stream('blind', 32), sweepAnswer(key, codes, crypto)]
  const entries = packEntries(OFFSETS.map((offset) => ({ segment, index: 1, offset })))
  const batch = { network, provider: peer(provider), round: 9, key }
  const promised = { entries: crypto.sha256(entries), commitment: ticketCommitment(blind, digest, crypto), issuedMs: 0 }
  const ticket = signDocument(TICKET, { ...batch, tracker: peer(by), slot: 3, ...promised }, by)
  const id = documentId(TICKET, ticket, crypto)
  const challenge = signDocument(SWEEP_CHALLENGE, { ...batch, verifier: peer(verifier), ticket: id, entries, askedMs: 0 }, verifier)
  const opening = signDocument(TICKET_OPENING, { ticket: id, tracker: peer(by), blind, digest, codes: concatBytes(...codes) }, by)
  return { ticket, opening, challenge, at: 1, leaves: [leafTranscript(0), leafTranscript(1)], ...change }
}

/** Opened with another blind than the ticket committed to. @param blind tells them apart */
export function brokenConviction(blind = 'other blind', by = tracker): TicketConviction {
  const { ticket, challenge } = convictionOf(rightCodes, {}, by)
  const id = documentId(TICKET, ticket, crypto)
  const digest = sweepAnswer(stream('sweep key', 32), rightCodes, crypto)
  const opening = signDocument(TICKET_OPENING, { ticket: id, tracker: peer(by), blind: stream(blind, 32), digest, codes: null }, by)
  return { ticket, challenge, opening, at: null, leaves: [] }
}
