import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import type { SignedDocument } from '../document/index.ts'
import { itemAt, LIMITS } from '../model/index.ts'
import { keyOf, NETWORK, owner, peer, provider, signedShard, transcriptOf as transcriptBy, type Told } from './_papers.test.ts'
import {
  decodeTranscript,
  drawnLeafOf,
  drawSeed,
  encodeTranscript,
  verifyTranscript,
  type LeafAnswer,
  type LeafChallenge,
  type Transcript,
  type TranscriptJudge,
  type Verdict,
} from './index.ts'

const verifiers = ['a', 'b', 'c'].map(keyOf)
const value = stream('beacon', 32)
const shard = signedShard(stream('shard', 5 * LIMITS.leafBytes + 100))
const { proofOf } = shard
const leaf = drawnLeafOf(drawSeed(value, peer(provider), 3, crypto), shard.bytes.length)
const question: LeafChallenge = {
  network: NETWORK,
  provider: peer(provider),
  verifier: peer(itemAt(verifiers, 0)),
  round: 9,
  sequence: 3,
  askedFor: 'draw',
  segment: shard.segment,
  index: 1,
  leaf,
  askedMs: 1,
}
const judge: TranscriptJudge = {
  network: NETWORK,
  isVerifier: (one) => verifiers.map(peer).includes(one),
  quorum: 3,
  beaconValue: () => value,
}

interface Change {
  readonly question?: Partial<LeafChallenge>
  readonly proof?: LeafAnswer['proof'] | 'none'
  readonly answer?: Partial<LeafAnswer>
  readonly verdict?: Partial<Verdict>
  readonly signers?: Told['signers']
}

function transcriptOf(verdict: Verdict['verdict'], { proof = proofOf(leaf), ...change }: Change = {}): Transcript {
  const answer = proof === 'none' ? undefined : { proof, answeredMs: 2 }
  const wrong = { answer: change.answer, verdict: change.verdict }
  return transcriptBy(shard, { question: { ...question, ...change.question }, answer, verdict, verifiers, signers: change.signers, wrong })
}

const found = (transcript: Transcript): string => {
  const finding = verifyTranscript(decodeTranscript(encodeTranscript(transcript)), judge, crypto)
  return finding.kind === 'valid' ? finding.verdict : finding.reason
}
const wrongLeaf = { ...proofOf(leaf), bytes: new Uint8Array(proofOf(leaf).bytes.length) }

test('anybody finds what the quorum found', (t) => {
  t.is(found(transcriptOf('proved')), 'proved')
  t.is(found(transcriptOf('disproved', { proof: wrongLeaf })), 'disproved')
  t.is(found(transcriptOf('lost', { proof: null })), 'lost')
  t.is(found(transcriptOf('silent', { proof: 'none' })), 'silent')
})

test('verifiers that collude can make neither a right answer wrong, nor a wrong one right, nor silence a proof', (t) => {
  t.is(found(transcriptOf('disproved')), 'verdict-is-wrong')
  t.is(found(transcriptOf('silent')), 'verdict-is-wrong')
  t.is(found(transcriptOf('proved', { proof: wrongLeaf })), 'verdict-is-wrong')
  t.is(found(transcriptOf('proved', { proof: 'none' })), 'verdict-is-wrong')
  t.is(found(transcriptOf('disproved', { proof: 'none' })), 'verdict-is-wrong')
})

test('each part is bound to the others', (t) => {
  t.is(found(transcriptOf('proved', { question: { network: 'other' } })), 'other-network')
  t.is(found(transcriptOf('proved', { question: { segment: stream('other', 32) } })), 'other-set')
  t.is(found(transcriptOf('proved', { question: { index: 2 } })), 'no-such-leaf')
  t.is(found(transcriptOf('proved', { question: { leaf: 6 } })), 'no-such-leaf')
  t.is(found(transcriptOf('proved', { question: { leaf: (leaf + 1) % 6 } })), 'not-the-drawn-leaf')
  t.is(found(transcriptOf('proved', { answer: { challenge: stream('older', 32) } })), 'answer-to-another-question')
  t.is(found(transcriptOf('proved', { verdict: { challenge: stream('older', 32) } })), 'verdict-on-another-question')
  t.is(found(transcriptOf('proved', { verdict: { answer: stream('older', 32) } })), 'verdict-is-wrong')
  t.is(found(transcriptOf('proved', { signers: verifiers.slice(1) })), 'too-few-verdicts')
  t.is(found(transcriptOf('proved', { signers: [itemAt(verifiers, 0), itemAt(verifiers, 0), itemAt(verifiers, 1)] })), 'too-few-verdicts')
})

test('what others signed beside those that may verify has to be right, and counts for nothing; who may have asked is another matter', (t) => {
  const others = [owner, keyOf('outsider')]
  const finding = verifyTranscript(transcriptOf('proved', { signers: [...others, ...verifiers] }), judge, crypto)
  t.deepEqual(finding.kind === 'valid' && finding.verifiers, verifiers.map(peer))
  t.is(found(transcriptOf('proved', { signers: [...others, ...verifiers.slice(1)] })), 'too-few-verdicts')
  const good = transcriptOf('proved')
  const wrong = transcriptBy(shard, {
    question,
    answer: { proof: proofOf(leaf), answeredMs: 2 },
    verdict: 'disproved',
    verifiers,
    signers: [owner],
  })
  t.is(found({ ...good, verdicts: [...good.verdicts, ...wrong.verdicts] }), 'verdict-is-wrong')
  const byOther = { ...question, verifier: peer(owner) }
  const answer = { proof: wrongLeaf, answeredMs: 2 }
  const told = transcriptBy(shard, { question: byOther, answer, verdict: 'disproved', verifiers: [owner, ...verifiers] })
  t.is(found(told), 'not-a-verifier')
  t.like(verifyTranscript(told, { ...judge, mayAsk: () => true }, crypto), { kind: 'valid', verdict: 'disproved' })
})

test('what is not signed by whom it names, or is not a document, proves nothing', (t) => {
  const good = transcriptOf('proved')
  const other = transcriptOf('proved', { proof: wrongLeaf })
  t.is(
    found({ ...good, answer: { body: (good.answer as SignedDocument).body, signature: (other.answer as SignedDocument).signature } }),
    'bad-signature',
  )
  t.is(found({ ...good, challenge: { ...good.challenge, signature: new Uint8Array(64) } }), 'bad-signature')
  t.is(found({ ...good, challenge: { ...good.challenge, body: Uint8Array.of(1, 2) } }), 'malformed')
  t.throws(() => decodeTranscript(stream('noise', 100)), { code: 'BAD_MESSAGE' })
})
