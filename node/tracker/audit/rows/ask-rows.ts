/**
 * draw → root → challenge → prove → verify: a root and one head asked of the provider that signs it, or the same commit of another replica,
 * and this tracker's verdict on what came.
 *
 * An answer that is not signed, or is to another question, is no answer: silence, which convicts nobody. So is a refusal: who takes over
 * rows, or is in another epoch, refuses.
 *
 * @module
 */
import {
  drawnHead,
  judgeRow,
  ROW_ANSWER,
  ROW_CHALLENGE,
  ROW_DRAW,
  ROW_ROOT,
  VERDICT,
  type RowAnswer,
  type RowRoot,
  type RowTranscript,
  type VerdictWord,
} from '@lunarx/core/audit'
import { documentId, openDocument, readDocument, signDocument, type DocumentKind, type SignedDocument } from '@lunarx/core/document'
import { partitionMembers, type Epoch } from '@lunarx/core/epoch'
import { publicKeyOf, type PeerId } from '@lunarx/core/membership'
import { equalBytes, hasCode, LunarError } from '@lunarx/core/model'
import { drawRows, proveRow } from '@lunarx/wire'
import { TRACKER_LIMITS } from '../../limits.ts'
import type { DueDraw } from '../due-draws.ts'
import type { ProveDeps } from '../prove.ts'

export type AskRowsDeps = Pick<ProveDeps, 'network' | 'self' | 'signKey' | 'crypto' | 'clock' | 'ask' | 'fleet'>

/** Of the epoch in force. */
export type RowEpoch = Pick<Epoch, 'number' | 'members' | 'survive'>

/** A head under a root that its holder has signed. */
export interface DrawnRow {
  readonly draw: SignedDocument
  readonly root: SignedDocument
  readonly rootId: Uint8Array
  readonly signed: RowRoot
  readonly leaf: number
}

/** One that was drawn before, as its documents say. They were verified then. */
export function drawnAgain(
  { draw, root, leaf }: { readonly draw: SignedDocument; readonly root: SignedDocument; readonly leaf: number },
  crypto: AskRowsDeps['crypto'],
): DrawnRow {
  return { draw, root, leaf, rootId: documentId(ROW_ROOT, root, crypto), signed: readDocument(ROW_ROOT, root) }
}

/** Undefined: the provider keeps silent, or refuses; 'nothing': it holds no rows. */
export async function askRoot(
  { provider, round, sequence, seed }: Pick<DueDraw, 'provider' | 'round' | 'sequence' | 'seed'>,
  epoch: RowEpoch,
  deps: AskRowsDeps,
  signal: AbortSignal,
): Promise<DrawnRow | 'nothing' | undefined> {
  const { network, self, signKey, crypto, clock, ask, fleet } = deps
  const asked = { network, provider, verifier: self, epoch: epoch.number, round, sequence, seed, askedMs: Math.floor(clock.now()) }
  const draw = signDocument(ROW_DRAW, asked, signKey)
  const address = fleet.standing(provider)?.address
  if (!address) return undefined
  const timeoutMs = TRACKER_LIMITS.audit.answerMs
  const answered = await unlessRefused(ask(address, drawRows, { draw }, { signal, timeoutMs }), signal)
  if (!answered) return undefined
  if (!answered.root) return 'nothing'
  const signed = openOrNothing(ROW_ROOT, answered.root, provider, deps)
  const isOurs = signed && equalBytes(signed.draw, documentId(ROW_DRAW, draw, crypto))
  if (!isOurs || !partitionMembers(epoch, signed.partition, crypto).some(({ peer }) => peer === provider)) return undefined
  const rootId = documentId(ROW_ROOT, answered.root, crypto)
  return { draw, root: answered.root, rootId, signed, leaf: drawnHead(seed, signed.leaves) }
}

/** What came of one question. */
export interface ProvenRow {
  readonly drawn: DrawnRow
  readonly provider: PeerId
  readonly verdict: VerdictWord
  /** Undefined: silence, or not what was asked. */
  readonly answer: RowAnswer | undefined
  /** With this tracker's verdict alone. */
  readonly transcript: RowTranscript
}

/** @param commit where another replica is asked than the one that signed the root; else null */
export async function askRow(
  drawn: DrawnRow,
  provider: PeerId,
  commit: SignedDocument | null,
  epoch: Pick<RowEpoch, 'number'>,
  deps: AskRowsDeps,
  signal: AbortSignal,
): Promise<ProvenRow> {
  const { network, self, signKey, crypto, clock } = deps
  const about = { network, provider, verifier: self, epoch: epoch.number, root: drawn.rootId, leaf: drawn.leaf, commit }
  const challenge = signDocument(ROW_CHALLENGE, { ...about, askedMs: Math.floor(clock.now()) }, signKey)
  const document = await answerOf(provider, challenge, deps, signal)
  const answer = document && openOrNothing(ROW_ANSWER, document, provider, deps)
  const isOurs = answer && equalBytes(answer.challenge, documentId(ROW_CHALLENGE, challenge, crypto))
  const valid = isOurs ? { answer, document } : undefined
  const verdict = valid ? judgeRow(drawn.signed, { leaf: drawn.leaf, commit }, valid.answer, crypto) : 'silent'
  const parts = { draw: drawn.draw, root: drawn.root, challenge, answer: valid?.document ?? null }
  const transcript = { ...parts, verdicts: [signRowVerdict(parts, verdict, deps)] }
  return { drawn, provider, verdict, answer: valid?.answer, transcript }
}

/** This tracker's word. */
export function signRowVerdict(
  { challenge, answer }: Pick<RowTranscript, 'challenge' | 'answer'>,
  verdict: VerdictWord,
  { network, self, signKey, crypto, clock }: Omit<AskRowsDeps, 'ask' | 'fleet'>,
): SignedDocument {
  const value = {
    network,
    challenge: documentId(ROW_CHALLENGE, challenge, crypto),
    answer: answer && documentId(ROW_ANSWER, answer, crypto),
    verifier: self,
    verdict,
    judgedMs: Math.floor(clock.now()),
  }
  return signDocument(VERDICT, value, signKey)
}

async function answerOf(
  provider: PeerId,
  challenge: SignedDocument,
  { ask, fleet }: AskRowsDeps,
  signal: AbortSignal,
): Promise<SignedDocument | undefined> {
  const address = fleet.standing(provider)?.address
  if (!address) return undefined
  const timeoutMs = TRACKER_LIMITS.audit.answerMs
  return (await unlessRefused(ask(address, proveRow, { challenge }, { signal, timeoutMs }), signal))?.answer
}

/** Undefined: the other is away, or refuses. */
export async function unlessRefused<T>(asked: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof LunarError) return undefined
    throw error
  }
}

function openOrNothing<T>(kind: DocumentKind<T>, document: SignedDocument, signer: PeerId, { crypto }: AskRowsDeps): T | undefined {
  try {
    return openDocument(kind, document, () => publicKeyOf(signer), crypto)
  } catch (error) {
    if (hasCode(error, 'BAD_MESSAGE', 'BAD_SIGNATURE')) return undefined
    throw error
  }
}
