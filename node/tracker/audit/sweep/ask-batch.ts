/**
 * One batch of the sweep, as the tracker on the slot sees it: ticket → drawn verifier → digest → bisect → open.
 *
 * What the provider is found to lack here convicts nobody: the leaf at each place is asked next.
 *
 * @module
 */
import {
  judgeBatch,
  packEntries,
  SWEEP_ANSWER,
  SWEEP_CHALLENGE,
  TICKET,
  TICKET_OPENING,
  ticketCommitment,
  type BatchPart,
  type SweepAnswer,
  type TicketConviction,
} from '@lunarx/core/audit'
import { documentId, openDocument, signDocument, type SignedDocument } from '@lunarx/core/document'
import { publicKeyOf, type PeerId } from '@lunarx/core/membership'
import { concatBytes, equalBytes, hasCode } from '@lunarx/core/model'
import { sweepAnswer } from '@lunarx/core/proof'
import type { Log } from '@lunarx/runtime/log'
import type { Random } from '@lunarx/runtime/random'
import { askSweep, openTicket, SWEEP_PARTS } from '@lunarx/wire'
import { isAway } from '../../ask/index.ts'
import { TRACKER_LIMITS } from '../../limits.ts'
import type { Verifiers } from '../verifiers.ts'
import type { Batch } from './plan-batches.ts'
import { askForSlot, judgeOpened, type VerifyBatchDeps } from './verify-batch.ts'

export interface AskBatchDeps extends VerifyBatchDeps {
  readonly verifiers: Verifiers
  readonly random: Random
  readonly log: Log
}

/** What came of a batch. */
export type BatchOutcome =
  /** Every watermark is there. */
  | { readonly kind: 'proved' }
  /** No answer, or none that is signed, to the verifier of this domain. */
  | { readonly kind: 'silent' }
  /** Places whose leaves are to be asked. */
  | { readonly kind: 'differs'; readonly wrong: readonly number[]; readonly lost: readonly number[]; readonly papers: BatchPapers }

/** What was signed of a batch: with right leaves at its places they convict the ticket. */
export type BatchPapers = Pick<TicketConviction, 'ticket' | 'opening' | 'challenge'>
type Bisected = Exclude<BatchOutcome, { readonly kind: 'differs' }> | Omit<Extract<BatchOutcome, { readonly kind: 'differs' }>, 'papers'>

/** What is asked, by whom, and what came so far. */
interface Asking {
  readonly batch: Batch
  readonly ticket: SignedDocument
  readonly entries: Uint8Array
  readonly verifier: PeerId
  readonly challenge: SignedDocument
  readonly whole: SignedDocument
  readonly answers: readonly SweepAnswer[]
}

/** @param seed of the round's beacon where it has a value: draws the verifier */
export async function askBatch(
  batch: Batch,
  round: number,
  seed: Uint8Array,
  deps: AskBatchDeps,
  signal: AbortSignal,
): Promise<BatchOutcome> {
  const { crypto, random } = deps
  const key = random.bytes(32)
  const blind = random.bytes(32)
  const codes = batch.places.map(({ code }) => code)
  const digest = sweepAnswer(key, codes, crypto)
  const entries = packEntries(batch.places.map(({ shard: { segment, index }, offset }) => ({ segment, index, offset })))
  const ticket = signTicket(batch, { round, key, entries, commitment: ticketCommitment(blind, digest, crypto) }, deps)
  const asking = await askWhole({ batch, ticket, entries }, seed, deps, signal)
  if (!asking) return { kind: 'silent' }
  const { outcome, isBisected } = await bisect(asking, key, { digest, codes: concatBytes(...codes) }, deps, signal)
  const opening = await open(asking, { blind, digest, codes: isBisected ? concatBytes(...codes) : null }, deps, signal)
  return outcome.kind === 'differs' ? { ...outcome, papers: { ticket, opening, challenge: asking.challenge } } : outcome
}

function signTicket(
  { slot, provider }: Batch,
  {
    round,
    key,
    entries,
    commitment,
  }: { readonly round: number; readonly key: Uint8Array; readonly entries: Uint8Array; readonly commitment: Uint8Array },
  { network, self, signKey, crypto, clock }: AskBatchDeps,
): SignedDocument {
  const about = { network, tracker: self, slot, provider, round, key, commitment, entries: crypto.sha256(entries) }
  return signDocument(TICKET, { ...about, issuedMs: Math.floor(clock.now()) }, signKey)
}

/** By the first verifier in the drawn order that is there. Undefined: the provider kept silent to it. */
async function askWhole(
  asked: Pick<Asking, 'batch' | 'ticket' | 'entries'>,
  seed: Uint8Array,
  deps: AskBatchDeps,
  signal: AbortSignal,
): Promise<Asking | undefined> {
  const { batch } = asked
  const parts = [{ from: 0, until: batch.places.length }]
  for (const { peer: verifier } of deps.verifiers.inOrder(seed, new Set([deps.fleet.domainsOf(batch.provider).domain]))) {
    const answered = await askBy({ ...asked, verifier, challenge: null }, parts, deps, signal)
    if (answered === 'away') continue
    const [whole] = answered?.documents ?? []
    return answered && whole ? { ...asked, verifier, whole, ...answered } : undefined
  }
  return undefined
}

interface Answered {
  readonly challenge: SignedDocument
  readonly documents: readonly SignedDocument[]
  readonly answers: readonly SweepAnswer[]
}

/** Undefined: the provider kept silent, or its answers are not to these parts. */
async function askBy(
  {
    batch,
    ticket,
    entries,
    verifier,
    challenge,
  }: Pick<Asking, 'batch' | 'ticket' | 'entries' | 'verifier'> & { readonly challenge: SignedDocument | null },
  parts: readonly BatchPart[],
  deps: AskBatchDeps,
  signal: AbortSignal,
): Promise<Answered | 'away' | undefined> {
  const { crypto, self, verifiers } = deps
  const question = { ticket, entries, parts: [...parts], challenge }
  const address = verifiers.addressOf(verifier)
  if (verifier !== self && !address) return 'away'
  try {
    const answered = address
      ? await deps.ask(address, askSweep, question, { signal, timeoutMs: 2 * TRACKER_LIMITS.audit.sweepAnswerMs })
      : await askForSlot(question, self, deps, signal)
    const asked = openDocument(SWEEP_CHALLENGE, answered.challenge, () => publicKeyOf(verifier), crypto)
    const isOurs = equalBytes(asked.ticket, documentId(TICKET, ticket, crypto)) && equalBytes(asked.entries, entries)
    const id = documentId(SWEEP_CHALLENGE, answered.challenge, crypto)
    const answers = answered.answers.map((one) => openDocument(SWEEP_ANSWER, one, () => publicKeyOf(batch.provider), crypto))
    const areOfParts =
      answers.length === parts.length &&
      answers.every((answer, i) => answer.from === parts[i]?.from && answer.until === parts[i].until && equalBytes(answer.challenge, id))
    return isOurs && areOfParts ? { challenge: answered.challenge, documents: answered.answers, answers } : undefined
  } catch (error) {
    signal.throwIfAborted()
    if (isAway(error) || hasCode(error, 'UNAUTHORIZED')) return 'away' // its epoch may be another one
    if (hasCode(error, 'BAD_MESSAGE', 'BAD_SIGNATURE')) return undefined
    throw error
  }
}

/** Halves what does not fit until single places are left, or enough of them are found for once. */
async function bisect(
  asking: Asking,
  key: Uint8Array,
  expected: { readonly digest: Uint8Array; readonly codes: Uint8Array },
  deps: AskBatchDeps,
  signal: AbortSignal,
): Promise<{ readonly outcome: Bisected; readonly isBisected: boolean }> {
  const { batch } = asking
  const answers = [...asking.answers]
  const judge = () => judgeBatch(key, batch.places.length, expected, answers, deps.crypto)
  let judged = judge()
  let isBisected = false
  while (judged.ask.length > 0 && judged.wrong.length + judged.lost.length < TRACKER_LIMITS.audit.sweepFindings) {
    isBisected = true
    const answered = await askBy(asking, judged.ask.slice(0, SWEEP_PARTS), deps, signal)
    if (!answered || answered === 'away') break
    answers.push(...answered.answers)
    judged = judge()
  }
  const { wrong, lost } = judged
  const [whole] = asking.answers
  const fits = whole?.lost.length === 0 && equalBytes(whole.digest, expected.digest)
  if (fits) return { outcome: { kind: 'proved' }, isBisected }
  // parts that fit while the whole does not, or that were not answered: one place of them has to do
  const some = wrong.length + lost.length > 0 ? wrong : [judged.ask[0]?.from ?? deps.random.below(batch.places.length)]
  return { outcome: { kind: 'differs', wrong: some, lost }, isBisected: true }
}

/** The verifier is shown what the ticket committed to. @returns the opening */
async function open(
  { ticket, challenge, whole, verifier }: Asking,
  opened: { readonly blind: Uint8Array; readonly digest: Uint8Array; readonly codes: Uint8Array | null },
  deps: AskBatchDeps,
  signal: AbortSignal,
): Promise<SignedDocument> {
  const { self, signKey, crypto, verifiers, log } = deps
  const opening = signDocument(TICKET_OPENING, { ticket: documentId(TICKET, ticket, crypto), tracker: self, ...opened }, signKey)
  const question = { ticket, challenge, answer: whole, opening }
  const address = verifiers.addressOf(verifier)
  try {
    const finding = address ? (await deps.ask(address, openTicket, question, { signal })).finding : judgeOpened(question, self, deps)
    if (finding === 'broken') log.warn('a verifier does not find what a ticket committed to', { verifier })
  } catch (error) {
    if (!isAway(error)) throw error // it will not know how the batch came out: what follows from it does not hang on it
  }
  return opening
}
