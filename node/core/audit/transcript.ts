/**
 * The transcript of a leaf: record, challenge, answer and the verdicts of a quorum. Anybody can judge it again.
 *
 * What a verdict says is never believed where it can be computed: proved, disproved and lost follow from record, challenge and answer.
 * Silence cannot be computed; it is as many verifiers' word as signed it.
 *
 * @module
 */
import { z } from 'zod'
import type { CryptoEngine } from '../crypto/engine.ts'
import { SEGMENT_RECORD, type SegmentRecord } from '../document/segment-record.ts'
import {
  documentId,
  encodeBytes,
  openDocument,
  parseBytes,
  signedDocument,
  type DocumentKind,
  type SignedDocument,
} from '../document/signed.ts'
import { publicKeyOf, type PeerId } from '../membership/peer-id.ts'
import { leafCount } from '../merkle/tree.ts'
import { equalBytes, utf8 } from '../model/bytes.ts'
import { hasCode } from '../model/error.ts'
import { verifyDraw } from '../proof/draw.ts'
import { LEAF_ANSWER, LEAF_CHALLENGE, type LeafAnswer, type LeafChallenge } from './challenge.ts'
import { drawnLeafOf } from './choose.ts'
import { drawSeed } from './schedule.ts'
import { VERDICT, type VerdictWord } from './verdict.ts'

const TRANSCRIPT = utf8('lunarx/transcript/1\0')
/** Verdicts in one transcript. */
export const TRANSCRIPT_VERDICTS = 16

/** Not signed as a whole: each of its parts is. */
export const transcriptSchema = z.object({
  /** Of the set, signed by its owner: what the right bytes are. */
  record: signedDocument,
  challenge: signedDocument,
  answer: signedDocument.nullable(),
  /** The verifier that asked, and those that re-checked. */
  verdicts: z.array(signedDocument).min(1).max(TRANSCRIPT_VERDICTS),
})
export type Transcript = z.infer<typeof transcriptSchema>

export const encodeTranscript = (transcript: Transcript): Uint8Array => encodeBytes(transcript)
/** @throws {LunarError} BAD_MESSAGE */
export const decodeTranscript = (bytes: Uint8Array): Transcript => parseBytes(transcriptSchema, bytes)
/** What standing and ledger name a transcript by, 32 bytes. */
export const transcriptId = (transcript: Transcript, crypto: CryptoEngine): Uint8Array =>
  crypto.sha256(TRANSCRIPT, encodeTranscript(transcript))

/** Against what a transcript is checked. */
export interface TranscriptJudge {
  readonly network: string
  /** True for members that may verify. What others signed beside them has to be right, and counts for nothing. */
  readonly isVerifier: (peer: PeerId) => boolean
  /** True for who may have asked for a leaf; unset: members that may verify. */
  readonly mayAsk?: (peer: PeerId) => boolean
  /** Verdicts that it takes, the asking verifier's included. */
  readonly quorum: number
  /** Value of a round of the beacon, where it is known: then the leaf of a draw must be the drawn one. */
  readonly beaconValue?: (round: number) => Uint8Array | undefined
}

/** Why a transcript proves nothing. */
export type TranscriptFault =
  | 'malformed'
  | 'bad-signature'
  | 'other-network'
  | 'other-set'
  | 'no-such-leaf'
  | 'not-the-drawn-leaf'
  | 'not-a-verifier'
  | 'answer-to-another-question'
  | 'verdict-on-another-question'
  | 'verdict-is-wrong'
  | 'too-few-verdicts'

export type TranscriptFinding =
  | {
      readonly kind: 'valid'
      readonly verdict: VerdictWord
      readonly challenge: LeafChallenge
      /** 32 bytes. */
      readonly id: Uint8Array
      /** Who signed the verdict. */
      readonly verifiers: readonly PeerId[]
    }
  | { readonly kind: 'invalid'; readonly reason: TranscriptFault }

const invalid = (reason: TranscriptFault): TranscriptFinding => ({ kind: 'invalid', reason })

/** Judges a transcript anew. Never throws on what others sent. */
export function verifyTranscript(transcript: Transcript, judge: TranscriptJudge, crypto: CryptoEngine): TranscriptFinding {
  try {
    return judgeParts(transcript, judge, crypto)
  } catch (error) {
    if (hasCode(error, 'BAD_SIGNATURE')) return invalid('bad-signature')
    if (hasCode(error, 'BAD_MESSAGE')) return invalid('malformed')
    throw error
  }
}

function judgeParts(transcript: Transcript, judge: TranscriptJudge, crypto: CryptoEngine): TranscriptFinding {
  const record = openDocument(SEGMENT_RECORD, transcript.record, ({ owner }) => owner, crypto)
  const challenge = openBy(LEAF_CHALLENGE, transcript.challenge, ({ verifier }) => verifier, crypto)
  const answer = transcript.answer && openBy(LEAF_ANSWER, transcript.answer, () => challenge.provider, crypto)
  const ids = {
    segment: documentId(SEGMENT_RECORD, transcript.record, crypto),
    challenge: documentId(LEAF_CHALLENGE, transcript.challenge, crypto),
    answer: transcript.answer && documentId(LEAF_ANSWER, transcript.answer, crypto),
  }
  const fault = questionFault(record, ids.segment, challenge, judge, crypto)
  if (fault) return invalid(fault)
  if (answer && !equalBytes(answer.challenge, ids.challenge)) return invalid('answer-to-another-question')
  const verdict = answer ? judgeLeaf(record, challenge, answer, crypto) : 'silent'

  const verifiers = new Set<PeerId>()
  for (const document of transcript.verdicts) {
    const one = openBy(VERDICT, document, ({ verifier }) => verifier, crypto)
    if (!equalBytes(one.challenge, ids.challenge) || one.network !== judge.network) return invalid('verdict-on-another-question')
    const isOnAnswer = ids.answer === null ? one.answer === null : one.answer !== null && equalBytes(one.answer, ids.answer)
    if (!isOnAnswer || one.verdict !== verdict) return invalid('verdict-is-wrong')
    if (judge.isVerifier(one.verifier)) verifiers.add(one.verifier)
  }
  if (verifiers.size < judge.quorum) return invalid('too-few-verdicts')
  return { kind: 'valid', verdict, challenge, id: transcriptId(transcript, crypto), verifiers: [...verifiers] }
}

/** What a signed answer proves of its sender. */
export function judgeLeaf(
  record: Pick<SegmentRecord, 'addresses' | 'shardBytes'>,
  { index, leaf }: Pick<LeafChallenge, 'index' | 'leaf'>,
  { proof }: Pick<LeafAnswer, 'proof'>,
  crypto: CryptoEngine,
): Exclude<VerdictWord, 'silent'> {
  if (proof === null) return 'lost'
  const address = record.addresses[index]
  return address && verifyDraw(leaf, proof, { address, shardBytes: record.shardBytes }, crypto) ? 'proved' : 'disproved'
}

function questionFault(
  record: SegmentRecord,
  segment: Uint8Array,
  challenge: LeafChallenge,
  { network, isVerifier, mayAsk = isVerifier, beaconValue }: TranscriptJudge,
  crypto: CryptoEngine,
): TranscriptFault | undefined {
  if (record.network !== network || challenge.network !== network) return 'other-network'
  if (!equalBytes(challenge.segment, segment)) return 'other-set'
  if (challenge.index >= record.addresses.length || challenge.leaf >= leafCount(record.shardBytes)) return 'no-such-leaf'
  if (!mayAsk(challenge.verifier)) return 'not-a-verifier'
  const value = challenge.askedFor === 'draw' ? beaconValue?.(challenge.round) : undefined
  if (!value) return undefined
  const seed = drawSeed(value, challenge.provider, challenge.sequence, crypto)
  return drawnLeafOf(seed, record.shardBytes) === challenge.leaf ? undefined : 'not-the-drawn-leaf'
}

const openBy = <T>(kind: DocumentKind<T>, document: SignedDocument, signer: (value: T) => PeerId, crypto: CryptoEngine): T =>
  openDocument(kind, document, (value) => publicKeyOf(signer(value)), crypto)
