/**
 * The conviction of a ticket: by these documents anybody sees that a provider has the right bytes at a place, and that the slot expected
 * others. Slot or owner erred or lied, the provider did not; the set is asked for leaves only from then on.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { SEGMENT_RECORD } from '../document/segment-record.ts'
import { documentId, openDocument, readDocument, type SignedDocument } from '../document/signed.ts'
import { publicKeyOf, type PeerId } from '../membership/peer-id.ts'
import { equalBytes } from '../model/bytes.ts'
import { hasCode } from '../model/error.ts'
import { itemAt } from '../model/item.ts'
import { judgePlace, leavesAt } from './batch.ts'
import { ENTRY_SEGMENT_BYTES, LEAF_ANSWER, SWEEP_CHALLENGE, unpackEntries, type SweepEntry } from './challenge.ts'
import { codesOf, isOpened, TICKET, TICKET_OPENING } from './ticket.ts'
import { verifyTranscript, type Transcript, type TranscriptFinding, type TranscriptJudge } from './transcript.ts'

export interface TicketConviction {
  readonly ticket: SignedDocument
  /** With its codes. */
  readonly opening: SignedDocument
  readonly challenge: SignedDocument
  /** Place in the batch. */
  readonly at: number
  /** Of the leaves at the place, proved, in order. */
  readonly leaves: readonly Transcript[]
}

export type ConvictionFinding =
  | { readonly kind: 'convicted'; readonly tracker: PeerId; readonly slot: number; readonly segment: Uint8Array }
  | { readonly kind: 'invalid'; readonly reason: ConvictionFault }

/** Why it convicts nobody. */
export type ConvictionFault = 'malformed' | 'bad-signature' | 'other-batch' | 'not-opened' | 'other-leaves' | 'not-proved' | 'code-is-right'

const invalid = (reason: ConvictionFault): ConvictionFinding => ({ kind: 'invalid', reason })

/** Judges a conviction anew. Never throws on what others sent. */
export function verifyConviction(conviction: TicketConviction, judge: TranscriptJudge, crypto: CryptoEngine): ConvictionFinding {
  try {
    return judgeParts(conviction, judge, crypto)
  } catch (error) {
    if (hasCode(error, 'BAD_SIGNATURE')) return invalid('bad-signature')
    if (hasCode(error, 'BAD_MESSAGE')) return invalid('malformed')
    throw error
  }
}

function judgeParts({ at, leaves, ...documents }: TicketConviction, judge: TranscriptJudge, crypto: CryptoEngine): ConvictionFinding {
  const ticket = openDocument(TICKET, documents.ticket, ({ tracker }) => publicKeyOf(tracker), crypto)
  const opening = openDocument(TICKET_OPENING, documents.opening, () => publicKeyOf(ticket.tracker), crypto)
  const challenge = openDocument(SWEEP_CHALLENGE, documents.challenge, ({ verifier }) => publicKeyOf(verifier), crypto)
  const ticketId = documentId(TICKET, documents.ticket, crypto)
  const isOfTicket = equalBytes(challenge.ticket, ticketId) && equalBytes(crypto.sha256(challenge.entries), ticket.entries)
  const isSame = ticket.network === judge.network && challenge.provider === ticket.provider && equalBytes(challenge.key, ticket.key)
  const entries = unpackEntries(challenge.entries)
  const entry = entries[at]
  if (!isOfTicket || !isSame || !entry) return invalid('other-batch')
  if (opening.codes === null || !isOpened(ticketId, ticket, opening, entries.length, crypto)) return invalid('not-opened')

  const findings = leaves.map((transcript) => verifyTranscript(transcript, judge, crypto))
  if (!findings.every((finding) => finding.kind === 'valid' && finding.verdict === 'proved')) return invalid('not-proved')
  if (!areAt(entry, findings, ticket.provider)) return invalid('other-leaves')
  const first = itemAt(leaves, 0)
  const proofs = leaves.map(({ answer }) => answer && readDocument(LEAF_ANSWER, answer).proof).filter((proof) => proof !== null)
  const expected = itemAt(codesOf(opening.codes), at)
  if (judgePlace(entry, expected, readDocument(SEGMENT_RECORD, first.record), proofs, crypto) !== 'ticket-wrong')
    return invalid('code-is-right')
  return { kind: 'convicted', tracker: ticket.tracker, slot: ticket.slot, segment: documentId(SEGMENT_RECORD, first.record, crypto) }
}

/** True if these are the leaves at the entry's place, of its shard, at the provider that the ticket is for. */
function areAt({ segment, index, offset }: SweepEntry, findings: readonly TranscriptFinding[], provider: PeerId): boolean {
  const wanted = leavesAt(offset)
  return (
    findings.length === wanted.length &&
    findings.every(
      (finding, i) =>
        finding.kind === 'valid' &&
        finding.challenge.provider === provider &&
        finding.challenge.leaf === wanted[i] &&
        finding.challenge.index === index &&
        equalBytes(finding.challenge.segment.subarray(0, ENTRY_SEGMENT_BYTES), segment),
    )
  )
}
