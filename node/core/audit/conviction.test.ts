import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import { documentId, signDocument } from '../document/index.ts'
import { concatBytes, itemAt, LIMITS } from '../model/index.ts'
import { sweepAnswer } from '../proof/index.ts'
import { keyOf, NETWORK as network, peer, provider, signedShard, transcriptOf as transcriptBy } from './_papers.test.ts'
import {
  packEntries,
  SWEEP_CHALLENGE,
  TICKET,
  TICKET_OPENING,
  ticketCommitment,
  verifyConviction,
  type TicketConviction,
  type Transcript,
} from './index.ts'

const [tracker, verifier] = [keyOf('tracker'), keyOf('verifier')]
const shard = signedShard(stream('shard', 3 * LIMITS.leafBytes))
const { segment } = shard
const hash = stream('hash', 32)
const judge = { network, isVerifier: (one: string) => one === peer(verifier), quorum: 1 }
/** The second entry straddles two leaves. */
const OFFSETS = [100, LIMITS.leafBytes - 8]
const rightCodes = OFFSETS.map((offset) => shard.bytes.slice(offset, offset + 16))
const FRAMED = [itemAt(rightCodes, 0), stream('framed', 16)]

function transcriptOf(leaf: number): Transcript {
  const scope = { network, provider: peer(provider), verifier: peer(verifier), round: 0, sequence: 0, askedFor: 'place' as const }
  const answer = { proof: shard.proofOf(leaf), answeredMs: 0 }
  return transcriptBy(shard, {
    question: { ...scope, segment, index: 1, leaf, askedMs: 0 },
    answer,
    verdict: 'proved',
    verifiers: [verifier],
  })
}

function convictionOf(codes: readonly Uint8Array[], change: Partial<TicketConviction> = {}): TicketConviction {
  const key = stream('sweep key', 32)
  const [blind, digest] = [stream('blind', 32), sweepAnswer(key, codes, crypto)]
  const entries = packEntries(OFFSETS.map((offset) => ({ segment, index: 1, offset })))
  const batch = { network, provider: peer(provider), round: 9, key }
  const promised = { entries: crypto.sha256(entries), commitment: ticketCommitment(blind, digest, crypto), issuedMs: 0 }
  const ticket = signDocument(TICKET, { ...batch, tracker: peer(tracker), slot: 3, ...promised }, tracker)
  const id = documentId(TICKET, ticket, crypto)
  const challenge = signDocument(SWEEP_CHALLENGE, { ...batch, verifier: peer(verifier), ticket: id, entries, askedMs: 0 }, verifier)
  const opening = signDocument(TICKET_OPENING, { ticket: id, tracker: peer(tracker), blind, digest, codes: concatBytes(...codes) }, tracker)
  return { ticket, opening, challenge, at: 1, leaves: [transcriptOf(0), transcriptOf(1)], ...change }
}

const found = (conviction: TicketConviction): string => {
  const finding = verifyConviction(conviction, judge, crypto)
  return finding.kind === 'convicted' ? `${finding.kind} ${finding.slot}` : finding.reason
}

test('a ticket that expected other bytes than the address pins is convicted', (t) => {
  t.is(found(convictionOf(FRAMED)), 'convicted 3')
})

test('a right ticket is not, whatever is laid beside it', (t) => {
  t.is(found(convictionOf(rightCodes)), 'code-is-right')
  t.is(found(convictionOf(FRAMED, { at: 0, leaves: [transcriptOf(0)] })), 'code-is-right')
  t.is(found(convictionOf(FRAMED, { leaves: [transcriptOf(0), transcriptOf(2)] })), 'other-leaves')
  t.is(found(convictionOf(FRAMED, { leaves: [] })), 'other-leaves')
  t.is(found(convictionOf(FRAMED, { at: 2 })), 'other-batch')
  t.is(found(convictionOf(rightCodes, { opening: convictionOf(FRAMED).opening })), 'not-opened')
  t.is(found(convictionOf(FRAMED, { ticket: convictionOf(rightCodes).ticket })), 'other-batch')
  t.is(found(convictionOf(FRAMED, { leaves: [transcriptOf(0), { ...transcriptOf(1), answer: null }] })), 'not-proved')
  t.is(found({ ...convictionOf(FRAMED), opening: { ...convictionOf(FRAMED).opening, signature: stream('forged', 64) } }), 'bad-signature')
  t.is(found({ ...convictionOf(FRAMED), challenge: { body: hash, signature: stream('forged', 64) } }), 'malformed')
})
