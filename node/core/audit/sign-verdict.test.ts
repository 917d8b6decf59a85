import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import { SEGMENT_RECORD, openDocument, type SignedDocument } from '../document/index.ts'
import { LIMITS } from '../model/index.ts'
import { keyOf, NETWORK, owner, peer, provider, signedShard, transcriptOf } from './_papers.test.ts'
import { isVerdictOn, judgeAnswer, openLeafAnswer, signVerdict } from './index.ts'

const [asker, other] = [keyOf('asker'), keyOf('other')]
const shard = signedShard(stream('shard', 2 * LIMITS.leafBytes))
const about = { network: NETWORK, provider: peer(provider), verifier: peer(asker), round: 1, sequence: 2, askedFor: 'draw' as const }
const question = { ...about, segment: shard.segment, index: 0, leaf: 1, askedMs: 1 }
const told = { question, answer: { proof: shard.proofOf(1), answeredMs: 2 }, verdict: 'proved' as const, verifiers: [asker] }
const { challenge, answer } = transcriptOf(shard, told) as { challenge: SignedDocument; answer: SignedDocument }
const foreign = transcriptOf(shard, { ...told, question: { ...question, sequence: 3 } })
const deps = { network: NETWORK, self: peer(other), signKey: other, crypto, nowMs: 3.5 }
const expected = { network: NETWORK, verifier: peer(other), challenge, answer, verdict: 'proved' as const }

test('a verdict is on this challenge and this answer, of this verifier, and says what the documents show', (t) => {
  const is = (document: SignedDocument): boolean => isVerdictOn(document, expected, crypto)
  t.true(is(signVerdict(challenge, answer, 'proved', deps)))
  t.false(is(signVerdict(challenge, answer, 'disproved', deps)))
  t.false(is(signVerdict(challenge, null, 'proved', deps)))
  t.false(is(signVerdict(foreign.challenge, answer, 'proved', deps)))
  t.false(is(signVerdict(challenge, foreign.answer, 'proved', deps)))
  t.false(is(signVerdict(challenge, answer, 'proved', { ...deps, network: 'another' })))
  t.false(is(signVerdict(challenge, answer, 'proved', { ...deps, signKey: asker })))
  t.false(is(signVerdict(challenge, answer, 'proved', { ...deps, self: peer(asker), signKey: asker })))
  t.false(is({ body: new Uint8Array([1, 2, 3]), signature: new Uint8Array(64) }))
})

test('an answer is judged by its record; one to another challenge, or by another peer, is none', (t) => {
  const record = openDocument(SEGMENT_RECORD, shard.record, () => owner.publicKey, crypto)
  t.is(judgeAnswer(record, challenge, answer, crypto), 'proved')
  const wrong = transcriptOf(shard, { ...told, answer: { ...told.answer, proof: { ...shard.proofOf(0) } } })
  t.is(judgeAnswer(record, wrong.challenge, wrong.answer as SignedDocument, crypto), 'disproved')
  t.throws(() => judgeAnswer(record, challenge, foreign.answer as SignedDocument, crypto), { code: 'BAD_MESSAGE' })
  t.throws(() => openLeafAnswer(answer, peer(other), challenge, crypto), { code: 'BAD_SIGNATURE' })
})
