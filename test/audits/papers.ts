/**
 * The documents of one question: who signs what, and what a transcript of it is found to say.
 *
 * @module
 */
import {
  LEAF_ANSWER,
  LEAF_CHALLENGE,
  QUORUM,
  VERDICT,
  verifyTranscript,
  type AskedFor,
  type Evidence,
  type TranscriptFinding,
  type Verifier,
  type VerdictWord,
} from '@lunarx/core/audit'
import type { SignKey } from '@lunarx/core/crypto'
import { documentId, signDocument } from '@lunarx/core/document'
import { peerIdOf } from '@lunarx/core/membership'
import { itemAt } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { stream } from '../vectors/stream.ts'
import type { Said } from './behaviour.ts'
import { NETWORK, type HeldShard } from './shards.ts'

const providerKey = crypto.signKey(stream('provider', 32))
export const PROVIDER = peerIdOf(providerKey.publicKey)

const KEYS: ReadonlyMap<string, SignKey> = new Map(
  Array.from({ length: 9 }, (_, i) => crypto.signKey(stream(`verifier ${i}`, 32))).map((key) => [peerIdOf(key.publicKey), key]),
)
/** Nine verifiers in three domains. */
export const VERIFIERS: readonly Verifier[] = [...KEYS.keys()].map((peer, i) => ({ peer, domain: `zone ${i % 3}` }))

/** One question that is put to the provider. */
export interface Question {
  readonly shard: HeldShard
  readonly leaf: number
  readonly round: number
  readonly sequence: number
  readonly askedFor: AskedFor
  readonly value: Uint8Array
  readonly atMs: number
}

/**
 * What a transcript says that these verifiers make of an answer.
 * @param verdict what they sign
 */
export function findingOf(
  question: Question,
  said: Said | undefined,
  verifiers: readonly Verifier[],
  verdict: VerdictWord,
): TranscriptFinding {
  const { shard, leaf, round, sequence, askedFor, value } = question
  const atMs = Math.floor(question.atMs)
  const key = (of: Verifier): SignKey => KEYS.get(of.peer) ?? providerKey
  const [asking] = [itemAt(verifiers, 0)]
  const scope = { network: NETWORK, provider: PROVIDER, verifier: asking.peer, round, sequence, askedFor }
  const challenge = signDocument(LEAF_CHALLENGE, { ...scope, segment: shard.segment, index: shard.index, leaf, askedMs: atMs }, key(asking))
  const id = documentId(LEAF_CHALLENGE, challenge, crypto)
  const answer = said
    ? signDocument(LEAF_ANSWER, { challenge: said.challenge ?? id, proof: said.proof, answeredMs: atMs }, providerKey)
    : null
  const answerId = answer && documentId(LEAF_ANSWER, answer, crypto)
  const verdicts = verifiers.map((one) =>
    signDocument(VERDICT, { network: NETWORK, challenge: id, answer: answerId, verifier: one.peer, verdict, judgedMs: atMs }, key(one)),
  )
  const transcript = { record: shard.document, challenge, answer, verdicts }
  const judge = { network: NETWORK, isVerifier: (peer: string) => KEYS.has(peer), quorum: 1 + QUORUM, beaconValue: () => value }
  return verifyTranscript(transcript, judge, crypto)
}

/** What an answer that does not fit is evidence of: the quorum signs what it found, or holds an answer to another question for none. */
export function evidenceOf(question: Question, said: Said | undefined, verifiers: readonly Verifier[]): Evidence {
  const { leaf } = question
  const quorum = verifiers.slice(0, 1 + QUORUM)
  if (said) {
    const finding = findingOf(question, said, quorum, said.proof === null ? 'lost' : 'disproved')
    if (finding.kind === 'valid' && finding.verdict === 'disproved') return { kind: 'disproved', leaf, transcript: finding.id }
    if (finding.kind === 'valid' && finding.verdict === 'lost') return { kind: 'lost', leaf, isFirst: false, transcript: finding.id }
  }
  return { kind: 'silent', leaf, domain: itemAt(verifiers, 0).domain }
}
