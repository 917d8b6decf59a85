import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import {
  brokenConviction,
  convictionOf,
  FRAMED,
  leafTranscript,
  rightCodes,
  segment,
  tracker,
  verifier,
} from './_conviction-papers.test.ts'
import { hexOf } from '../model/index.ts'
import { NETWORK as network, owner, peer, provider } from './_papers.test.ts'
import { convictionId, decodeAnyEvidence, encodeConviction, verifyConviction, type TicketConviction } from './index.ts'

const hash = stream('hash', 32)
const judge = { network, isVerifier: (one: string) => one === peer(verifier), quorum: 1 }

const found = (conviction: TicketConviction, by = judge): string => {
  const finding = verifyConviction(conviction, by, crypto)
  return finding.kind === 'convicted' ? `${finding.cause} ${finding.slot}` : finding.reason
}

test('a ticket that expected other bytes than the address pins is convicted', (t) => {
  const conviction = convictionOf(FRAMED)
  t.deepEqual(verifyConviction(conviction, judge, crypto), {
    kind: 'convicted',
    cause: 'leaf',
    tracker: peer(tracker),
    slot: 3,
    round: 9,
    provider: peer(provider),
    segment,
    owner: owner.publicKey,
    askedMs: 0,
    id: convictionId(conviction, crypto),
  })
})

test('a right ticket is not, whatever is laid beside it', (t) => {
  t.is(found(convictionOf(rightCodes)), 'code-is-right')
  t.is(found(convictionOf(FRAMED, { at: 0, leaves: [leafTranscript(0)] })), 'code-is-right')
  t.is(found(convictionOf(FRAMED, { leaves: [leafTranscript(0), leafTranscript(2)] })), 'other-leaves')
  t.is(found(convictionOf(FRAMED, { leaves: [] })), 'other-leaves')
  t.is(found(convictionOf(FRAMED, { at: 2 })), 'other-batch')
  t.is(found(convictionOf(rightCodes, { opening: convictionOf(FRAMED).opening })), 'other-batch')
  t.is(found(convictionOf(FRAMED, { ticket: convictionOf(rightCodes).ticket })), 'other-batch')
  t.is(found(convictionOf(FRAMED, { leaves: [leafTranscript(0), { ...leafTranscript(1), answer: null }] })), 'not-proved')
  t.is(found(convictionOf(FRAMED), { ...judge, network: 'another' }), 'other-network')
  t.is(found({ ...convictionOf(FRAMED), opening: { ...convictionOf(FRAMED).opening, signature: stream('forged', 64) } }), 'bad-signature')
  t.is(found({ ...convictionOf(FRAMED), challenge: { body: hash, signature: stream('forged', 64) } }), 'malformed')
})

test('so is one that was opened otherwise than it had committed to; one that was opened as promised is not', (t) => {
  t.is(found(brokenConviction()), 'opening 3')
  t.is(found({ ...convictionOf(rightCodes), at: null, leaves: [] }), 'opening-is-right')
  t.is(
    found({ ...brokenConviction(), at: 1, leaves: convictionOf(FRAMED).leaves }),
    'not-opened',
    'what is not opened says nothing of a place',
  )
  t.is(found({ ...brokenConviction(), leaves: [leafTranscript(0)] }), 'other-leaves')
  t.is(found({ ...brokenConviction(), opening: convictionOf(FRAMED).opening }), 'other-batch', 'the opening of another ticket')
})

test('it stays what it is from bytes', (t) => {
  for (const conviction of [convictionOf(FRAMED), brokenConviction()]) {
    const evidence = decodeAnyEvidence(encodeConviction(conviction))
    t.is(evidence.kind === 'ticket' && hexOf(encodeConviction(evidence.conviction)), hexOf(encodeConviction(conviction)))
  }
})
