import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import { documentId, SEGMENT_RECORD, signDocument, type SignedDocument } from '../document/index.ts'
import { peerIdOf } from '../membership/index.ts'
import { AddressHasher, provePath } from '../merkle/index.ts'
import { itemAt, LIMITS } from '../model/index.ts'
import {
  decodeTranscript,
  drawnLeafOf,
  drawSeed,
  encodeTranscript,
  LEAF_ANSWER,
  LEAF_CHALLENGE,
  VERDICT,
  verifyTranscript,
  type LeafAnswer,
  type LeafChallenge,
  type Transcript,
  type TranscriptJudge,
  type Verdict,
} from './index.ts'

const keyOf = (seed: string) => crypto.signKey(stream(seed, 32))
const [owner, provider] = [keyOf('owner'), keyOf('provider')]
const verifiers = ['a', 'b', 'c'].map(keyOf)
const peers = verifiers.map((key) => peerIdOf(key.publicKey))
const network = 'lunarx/test'
const value = stream('beacon', 32)
const shard = stream('shard', 5 * LIMITS.leafBytes + 100)
const hasher = new AddressHasher(crypto).update(shard)

const record = signDocument(
  SEGMENT_RECORD,
  {
    network,
    owner: owner.publicKey,
    className: 'default',
    required: 1,
    parity: 1,
    survive: 1,
    shardBytes: shard.length,
    salt: stream('salt', 16),
    birthRound: 0,
    readKey: owner.publicKey,
    addresses: [hasher.digest(), hasher.digest()],
    createdMs: 0,
  },
  owner,
)
const leaf = drawnLeafOf(drawSeed(value, peerIdOf(provider.publicKey), 3, crypto), shard.length)
const question: LeafChallenge = {
  network,
  provider: peerIdOf(provider.publicKey),
  verifier: itemAt(peers, 0),
  round: 9,
  sequence: 3,
  askedFor: 'draw',
  segment: documentId(SEGMENT_RECORD, record, crypto),
  index: 1,
  leaf,
  askedMs: 1,
}
const proofOf = (at: number): NonNullable<LeafAnswer['proof']> => ({
  bytes: shard.subarray(at * LIMITS.leafBytes, (at + 1) * LIMITS.leafBytes),
  path: provePath(hasher.leafHashes(), at, 1, crypto),
})
const judge: TranscriptJudge = { network, isVerifier: (peer) => peers.includes(peer), quorum: 3, beaconValue: () => value }

interface Change {
  readonly question?: Partial<LeafChallenge>
  readonly proof?: LeafAnswer['proof'] | 'none'
  readonly answer?: Partial<LeafAnswer>
  readonly verdict?: Partial<Verdict>
  readonly signers?: readonly (typeof owner)[]
}

function transcriptOf(verdict: Verdict['verdict'], change: Change = {}): Transcript {
  const challenge = signDocument(LEAF_CHALLENGE, { ...question, ...change.question }, itemAt(verifiers, 0))
  const id = documentId(LEAF_CHALLENGE, challenge, crypto)
  const proof = change.proof === undefined ? proofOf(leaf) : change.proof
  const answer: SignedDocument | null =
    proof === 'none' ? null : signDocument(LEAF_ANSWER, { challenge: id, proof, answeredMs: 2, ...change.answer }, provider)
  const verdicts = (change.signers ?? verifiers).map((key) =>
    signDocument(
      VERDICT,
      {
        network,
        challenge: id,
        answer: answer && documentId(LEAF_ANSWER, answer, crypto),
        verifier: peerIdOf(key.publicKey),
        verdict,
        judgedMs: 3,
        ...change.verdict,
      },
      key,
    ),
  )
  return { record, challenge, answer, verdicts }
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
  t.is(found(transcriptOf('proved', { signers: [...verifiers, owner] })), 'not-a-verifier')
  t.is(found(transcriptOf('proved', { signers: verifiers.slice(1) })), 'too-few-verdicts')
  t.is(found(transcriptOf('proved', { signers: [itemAt(verifiers, 0), itemAt(verifiers, 0), itemAt(verifiers, 1)] })), 'too-few-verdicts')
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
