/**
 * The transcript of a question about a row: draw, signed root, challenge, answer and the verdicts of a quorum. Anybody can judge it again.
 *
 * As with leaves of shards, a verdict is never believed where it can be computed. Whether "I have not got it" is to the provider's harm
 * depends on who says so: who signed the root a moment ago has lost the value; another replica may not have had it yet (row-replica.ts).
 *
 * @module
 */
import { z } from 'zod'
import type { CryptoEngine } from '../crypto/engine.ts'
import { documentId, encodeBytes, openDocument, parseBytes, signedDocument, type SignedDocument } from '../document/signed.ts'
import { publicKeyOf, type PeerId } from '../membership/peer-id.ts'
import { equalBytes, utf8 } from '../model/bytes.ts'
import { hasCode } from '../model/error.ts'
import { namesValue, ROW_COMMIT, type RowCommit } from '../row/commit.ts'
import { supersedes } from '../row/merge.ts'
import { partitionOf } from '../row/partition.ts'
import {
  ROW_ANSWER,
  ROW_CHALLENGE,
  ROW_DRAW,
  ROW_ROOT,
  type RowAnswer,
  type RowChallenge,
  type RowDraw,
  type RowRoot,
} from './row-documents.ts'
import { drawnHead, isUnderRoot, rowDrawsValue } from './row-stretch.ts'
import { drawSeed } from './schedule.ts'
import { TRANSCRIPT_VERDICTS, type TranscriptFault, type TranscriptJudge } from './transcript.ts'
import { VERDICT, type VerdictWord } from './verdict.ts'

const TRANSCRIPT = utf8('lunarx/row-transcript/1\0')

/** Not signed as a whole: each of its parts is. */
export const rowTranscriptSchema = z.object({
  draw: signedDocument,
  root: signedDocument,
  challenge: signedDocument,
  answer: signedDocument.nullable(),
  /** The verifier that asked, and those that re-checked. */
  verdicts: z.array(signedDocument).min(1).max(TRANSCRIPT_VERDICTS),
})
export type RowTranscript = z.infer<typeof rowTranscriptSchema>

export const encodeRowTranscript = (transcript: RowTranscript): Uint8Array => encodeBytes(transcript)
/** @throws {LunarError} BAD_MESSAGE */
export const decodeRowTranscript = (bytes: Uint8Array): RowTranscript => parseBytes(rowTranscriptSchema, bytes)
/** What standing names it by, 32 bytes. */
export const rowTranscriptId = (transcript: RowTranscript, crypto: CryptoEngine): Uint8Array =>
  crypto.sha256(TRANSCRIPT, encodeRowTranscript(transcript))

export interface ValidRow {
  readonly kind: 'valid'
  readonly verdict: VerdictWord
  readonly draw: RowDraw
  readonly root: RowRoot
  readonly challenge: RowChallenge
  /** Id of the commit that was asked; undefined: the provider that signed the root kept silent, and nobody else knows. */
  readonly commit: Uint8Array | undefined
  /** The provider that was asked is the one that signed the root. */
  readonly isOwnRoot: boolean
  /** 32 bytes. */
  readonly id: Uint8Array
  /** Who signed the verdict. */
  readonly verifiers: readonly PeerId[]
}
export type RowFinding = ValidRow | { readonly kind: 'invalid'; readonly reason: TranscriptFault }

const invalid = (reason: TranscriptFault): RowFinding => ({ kind: 'invalid', reason })

/** Judges a transcript anew. Never throws on what others sent. */
export function verifyRowTranscript(transcript: RowTranscript, judge: TranscriptJudge, crypto: CryptoEngine): RowFinding {
  try {
    return judgeParts(transcript, judge, crypto)
  } catch (error) {
    if (hasCode(error, 'BAD_SIGNATURE')) return invalid('bad-signature')
    if (hasCode(error, 'BAD_MESSAGE')) return invalid('malformed')
    throw error
  }
}

/**
 * What a signed answer proves of its sender.
 * @param root under which it is asked; @param challenge to which it is the answer
 */
export function judgeRow(
  root: Pick<RowRoot, 'partition' | 'root' | 'leaves'>,
  { leaf, commit }: Pick<RowChallenge, 'leaf' | 'commit'>,
  answer: Pick<RowAnswer, 'commit' | 'path' | 'proof'>,
  crypto: CryptoEngine,
): Exclude<VerdictWord, 'silent'> {
  const isAsked = commit
    ? answer.path.length === 0 && equalBytes(documentId(ROW_COMMIT, commit, crypto), answer.commit)
    : isUnderRoot(root, leaf, answer.commit, answer.path, crypto)
  if (!isAsked) return 'disproved'
  if (answer.proof === null) return 'lost'
  const { document, value, successor } = answer.proof
  const asked = openCommit(document, root.partition, crypto)
  if (!asked || !equalBytes(documentId(ROW_COMMIT, document, crypto), answer.commit)) return 'disproved'
  if (!successor) return namesValue(asked, value, crypto) ? 'proved' : 'disproved'
  const later = openCommit(successor.document, root.partition, crypto)
  const hasSeen = later !== undefined && equalBytes(later.row, asked.row) && supersedes(later, asked)
  return hasSeen && namesValue(later, successor.value, crypto) ? 'proved' : 'disproved'
}

/** Undefined: its author did not sign it, or it is of another partition. */
function openCommit(document: SignedDocument, partition: Uint8Array, crypto: CryptoEngine): RowCommit | undefined {
  try {
    const commit = openDocument(ROW_COMMIT, document, ({ author }) => author, crypto)
    return equalBytes(partitionOf(commit.author, commit.table, crypto), partition) ? commit : undefined
  } catch (error) {
    if (hasCode(error, 'BAD_MESSAGE', 'BAD_SIGNATURE')) return undefined
    throw error
  }
}

function judgeParts(transcript: RowTranscript, judge: TranscriptJudge, crypto: CryptoEngine): RowFinding {
  const draw = openDocument(ROW_DRAW, transcript.draw, ({ verifier }) => publicKeyOf(verifier), crypto)
  const root = openDocument(ROW_ROOT, transcript.root, () => publicKeyOf(draw.provider), crypto)
  const challenge = openDocument(ROW_CHALLENGE, transcript.challenge, () => publicKeyOf(draw.verifier), crypto)
  const fault = questionFault(transcript, { draw, root, challenge }, judge, crypto)
  if (fault) return invalid(fault)
  const challengeId = documentId(ROW_CHALLENGE, transcript.challenge, crypto)
  const answer = transcript.answer && openDocument(ROW_ANSWER, transcript.answer, () => publicKeyOf(challenge.provider), crypto)
  if (answer && !equalBytes(answer.challenge, challengeId)) return invalid('answer-to-another-question')
  const verdict = answer ? judgeRow(root, challenge, answer, crypto) : 'silent'

  const answerId = transcript.answer && documentId(ROW_ANSWER, transcript.answer, crypto)
  const verifiers = new Set<PeerId>()
  for (const document of transcript.verdicts) {
    const one = openDocument(VERDICT, document, ({ verifier }) => publicKeyOf(verifier), crypto)
    if (!judge.isVerifier(one.verifier)) return invalid('not-a-verifier')
    if (!equalBytes(one.challenge, challengeId) || one.network !== judge.network) return invalid('verdict-on-another-question')
    const isOnAnswer = answerId === null ? one.answer === null : one.answer !== null && equalBytes(one.answer, answerId)
    if (!isOnAnswer || one.verdict !== verdict) return invalid('verdict-is-wrong')
    verifiers.add(one.verifier)
  }
  if (verifiers.size < judge.quorum) return invalid('too-few-verdicts')
  const commit = challenge.commit ? documentId(ROW_COMMIT, challenge.commit, crypto) : answer?.commit
  const about = { draw, root, challenge, commit, isOwnRoot: challenge.commit === null }
  return { kind: 'valid', verdict, ...about, id: rowTranscriptId(transcript, crypto), verifiers: [...verifiers] }
}

function questionFault(
  transcript: RowTranscript,
  { draw, root, challenge }: { readonly draw: RowDraw; readonly root: RowRoot; readonly challenge: RowChallenge },
  { network, isVerifier, beaconValue }: TranscriptJudge,
  crypto: CryptoEngine,
): TranscriptFault | undefined {
  if (draw.network !== network || challenge.network !== network) return 'other-network'
  const isOfDraw = equalBytes(root.draw, documentId(ROW_DRAW, transcript.draw, crypto)) && challenge.verifier === draw.verifier
  if (!isOfDraw || !equalBytes(challenge.root, documentId(ROW_ROOT, transcript.root, crypto))) return 'other-set'
  if (!isVerifier(draw.verifier)) return 'not-a-verifier'
  if (challenge.leaf !== drawnHead(draw.seed, root.leaves)) return 'not-the-drawn-leaf'
  if (challenge.commit ? !openCommit(challenge.commit, root.partition, crypto) : challenge.provider !== draw.provider) return 'no-such-leaf'
  const value = beaconValue?.(draw.round)
  const seed = value && drawSeed(rowDrawsValue(value, crypto), draw.provider, draw.sequence, crypto)
  return seed && !equalBytes(seed, draw.seed) ? 'not-the-drawn-leaf' : undefined
}
