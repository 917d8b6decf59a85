/**
 * The verifier of a batch: asks the provider what a slot's tracker committed to, and judges by itself once that has opened its ticket.
 * Keeps nothing between the two: its own signature on the challenge says that the ticket came first.
 *
 * @module
 */
import {
  isOpened,
  SWEEP_ANSWER,
  SWEEP_CHALLENGE,
  TICKET,
  TICKET_OPENING,
  unpackEntries,
  type BatchPart,
  type SweepChallenge,
  type Ticket,
} from '@lunarx/core/audit'
import { documentId, openDocument, signDocument, type SignedDocument } from '@lunarx/core/document'
import { publicKeyOf, type PeerId } from '@lunarx/core/membership'
import { equalBytes, LunarError } from '@lunarx/core/model'
import { proveSweep, type AnswerOf, type askSweep, type openTicket, type QuestionOf } from '@lunarx/wire'
import { TRACKER_LIMITS } from '../../limits.ts'
import type { ProveDeps } from '../prove.ts'

export interface VerifyBatchDeps extends ProveDeps {
  /** Trackers by slot, of the epoch in force. */
  readonly trackerSlots: () => readonly PeerId[]
}

/**
 * For the tracker on a slot.
 * @param asker who says so, proved by its session
 * @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNAUTHORIZED: the slot is another tracker's
 */
export async function askForSlot(
  { ticket: document, entries, parts, challenge: earlier }: QuestionOf<typeof askSweep>,
  asker: PeerId,
  deps: VerifyBatchDeps,
  signal: AbortSignal,
): Promise<AnswerOf<typeof askSweep>> {
  const ticket = openTicketOf(document, asker, deps)
  if (!equalBytes(deps.crypto.sha256(entries), ticket.entries)) throw new LunarError('BAD_MESSAGE', 'a ticket is for other entries')
  if (earlier) openOwn(earlier, document, ticket, deps)
  const challenge = earlier ?? signChallenge(document, ticket, entries, deps)
  return { challenge, answers: await askProvider(ticket.provider, challenge, parts, deps, signal) }
}

/** What the verifier says of a batch that it has asked. @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNAUTHORIZED */
export function judgeOpened(
  documents: QuestionOf<typeof openTicket>,
  asker: PeerId,
  deps: VerifyBatchDeps,
): AnswerOf<typeof openTicket>['finding'] {
  const { crypto } = deps
  const ticket = openTicketOf(documents.ticket, asker, deps)
  const challenge = openOwn(documents.challenge, documents.ticket, ticket, deps)
  const opening = openDocument(TICKET_OPENING, documents.opening, () => publicKeyOf(asker), crypto)
  const answer = openDocument(SWEEP_ANSWER, documents.answer, () => publicKeyOf(ticket.provider), crypto)
  const entries = unpackEntries(challenge.entries).length
  const isWhole = answer.from === 0 && answer.until === entries
  if (!isWhole || !equalBytes(answer.challenge, documentId(SWEEP_CHALLENGE, documents.challenge, crypto)))
    throw new LunarError('BAD_MESSAGE', 'an answer is to another question than the whole batch')
  if (!isOpened(documentId(TICKET, documents.ticket, crypto), ticket, opening, entries, crypto)) return 'broken'
  return answer.lost.length === 0 && equalBytes(answer.digest, opening.digest) ? 'fits' : 'differs'
}

function openTicketOf(document: SignedDocument, asker: PeerId, { network, crypto, trackerSlots }: VerifyBatchDeps): Ticket {
  const ticket = openDocument(TICKET, document, ({ tracker }) => publicKeyOf(tracker), crypto)
  if (ticket.network !== network || ticket.tracker !== asker || trackerSlots()[ticket.slot] !== asker)
    throw new LunarError('UNAUTHORIZED', 'a ticket is by another tracker than the one on its slot', { detail: { slot: ticket.slot } })
  return ticket
}

/** That this verifier asked it, of this ticket. */
function openOwn(
  document: SignedDocument,
  ticketDocument: SignedDocument,
  ticket: Ticket,
  { self, crypto }: VerifyBatchDeps,
): SweepChallenge {
  const challenge = openDocument(SWEEP_CHALLENGE, document, () => publicKeyOf(self), crypto)
  const isOfTicket = equalBytes(challenge.ticket, documentId(TICKET, ticketDocument, crypto)) && challenge.provider === ticket.provider
  if (!isOfTicket) throw new LunarError('BAD_MESSAGE', 'a challenge is of another ticket')
  return challenge
}

function signChallenge(
  document: SignedDocument,
  { network, provider, round, key }: Ticket,
  entries: Uint8Array,
  { self, signKey, crypto, clock }: VerifyBatchDeps,
): SignedDocument {
  const about = { network, provider, verifier: self, round, ticket: documentId(TICKET, document, crypto), key, entries }
  return signDocument(SWEEP_CHALLENGE, { ...about, askedMs: Math.floor(clock.now()) }, signKey)
}

/** None: it did not answer, which convicts nobody. */
async function askProvider(
  provider: PeerId,
  challenge: SignedDocument,
  parts: readonly BatchPart[],
  { ask, fleet }: VerifyBatchDeps,
  signal: AbortSignal,
): Promise<SignedDocument[]> {
  const address = fleet.standing(provider)?.address
  if (!address) return []
  try {
    const timeoutMs = TRACKER_LIMITS.audit.sweepAnswerMs
    return (await ask(address, proveSweep, { challenge, parts: [...parts] }, { signal, timeoutMs })).answers
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof LunarError) return []
    throw error
  }
}
