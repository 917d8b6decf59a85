/**
 * The conviction of a ticket: by these documents anybody sees that what a slot's tracker signed of a batch is not so.
 *
 * - By a leaf: the provider has the right bytes at a place, and the ticket expected others. Slot or owner erred or lied, the provider did
 *   not. Which of the two it was a single one does not tell ({@link tallyConvictions}).
 * - By its opening: the tracker opened something else than it had committed to. Only its own key can have signed both.
 *
 * @module
 */
import { z } from 'zod'
import type { CryptoEngine } from '../crypto/engine.ts'
import { SEGMENT_RECORD } from '../document/segment-record.ts'
import { documentId, encodeBytes, openDocument, readDocument, signedDocument } from '../document/signed.ts'
import { publicKeyOf, type PeerId } from '../membership/peer-id.ts'
import { equalBytes, utf8 } from '../model/bytes.ts'
import { hasCode } from '../model/error.ts'
import { count } from '../model/fields.ts'
import { itemAt } from '../model/item.ts'
import { judgePlace, leavesAt } from './batch.ts'
import { ENTRY_SEGMENT_BYTES, LEAF_ANSWER, SWEEP_CHALLENGE, unpackEntries, type SweepEntry } from './challenge.ts'
import { SWEEP_BATCH } from './rates.ts'
import { codesOf, isOpened, TICKET, TICKET_OPENING, type Ticket } from './ticket.ts'
import { transcriptSchema, verifyTranscript, type Transcript, type TranscriptFinding, type TranscriptJudge } from './transcript.ts'

const CONVICTION = utf8('lunarx/ticket-conviction/1\0')
/** Leaves that the 16 bytes at one place can lie in. */
const LEAVES_OF_PLACE = 2

/** Not signed as a whole: each of its parts is. */
export const ticketConvictionSchema = z.object({
  ticket: signedDocument,
  /** With its codes, where a leaf convicts. */
  opening: signedDocument,
  /** Of the whole batch: its entries are those that the ticket names. */
  challenge: signedDocument,
  /** Place in the batch whose leaves convict; null: the opening does. */
  at: count.max(SWEEP_BATCH).nullable(),
  /** Of the leaves at the place, proved, in order. */
  leaves: z.array(transcriptSchema).max(LEAVES_OF_PLACE),
})
export type TicketConviction = z.infer<typeof ticketConvictionSchema>

export const encodeConviction = (conviction: TicketConviction): Uint8Array => encodeBytes(conviction)
/** What it is named by, 32 bytes. */
export const convictionId = (conviction: TicketConviction, crypto: CryptoEngine): Uint8Array =>
  crypto.sha256(CONVICTION, encodeConviction(conviction))

/** What shows that the ticket is wrong. */
export type ConvictionCause = 'leaf' | 'opening'

/** What a valid conviction says. */
export interface Convicted {
  readonly kind: 'convicted'
  readonly cause: ConvictionCause
  /** That signed the ticket. */
  readonly tracker: PeerId
  readonly slot: number
  /** Of the sweep. */
  readonly round: number
  /** That was asked, and is cleared by it. */
  readonly provider: PeerId
  /** By a leaf: the set, and the public key of its owner, which dealt the codes. By the opening: null. */
  readonly segment: Uint8Array | null
  readonly owner: Uint8Array | null
  /** When its batch was asked, as the verifier says. */
  readonly askedMs: number
  /** 32 bytes. */
  readonly id: Uint8Array
}

export type ConvictionFinding = Convicted | { readonly kind: 'invalid'; readonly reason: ConvictionFault }

/** Why it convicts nobody. */
export type ConvictionFault =
  | 'malformed'
  | 'bad-signature'
  | 'other-network'
  | 'other-batch'
  | 'not-opened'
  | 'other-leaves'
  | 'not-proved'
  | 'code-is-right'
  | 'opening-is-right'

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

function judgeParts(conviction: TicketConviction, judge: TranscriptJudge, crypto: CryptoEngine): ConvictionFinding {
  const ticket = openDocument(TICKET, conviction.ticket, ({ tracker }) => publicKeyOf(tracker), crypto)
  const opening = openDocument(TICKET_OPENING, conviction.opening, () => publicKeyOf(ticket.tracker), crypto)
  const challenge = openDocument(SWEEP_CHALLENGE, conviction.challenge, ({ verifier }) => publicKeyOf(verifier), crypto)
  const ticketId = documentId(TICKET, conviction.ticket, crypto)
  if (ticket.network !== judge.network) return invalid('other-network')
  const isOfTicket = equalBytes(challenge.ticket, ticketId) && equalBytes(crypto.sha256(challenge.entries), ticket.entries)
  const isSame = challenge.network === ticket.network && challenge.provider === ticket.provider && equalBytes(challenge.key, ticket.key)
  const isItsOpening = equalBytes(opening.ticket, ticketId) && opening.tracker === ticket.tracker
  if (!isOfTicket || !isSame || !isItsOpening) return invalid('other-batch')
  const entries = unpackEntries(challenge.entries)
  const isAsPromised = isOpened(ticketId, ticket, opening, entries.length, crypto)
  const { tracker, slot, round, provider } = ticket
  const { askedMs } = challenge
  const about = { kind: 'convicted', tracker, slot, round, provider, askedMs, id: convictionId(conviction, crypto) } as const
  const { at } = conviction
  if (at === null) {
    if (conviction.leaves.length > 0) return invalid('other-leaves')
    return isAsPromised ? invalid('opening-is-right') : { ...about, cause: 'opening', segment: null, owner: null }
  }
  const entry = entries[at]
  if (!entry) return invalid('other-batch')
  if (opening.codes === null || !isAsPromised) return invalid('not-opened')
  const fault = leavesFault(conviction.leaves, { entry, expected: itemAt(codesOf(opening.codes), at), ticket }, judge, crypto)
  if (fault) return invalid(fault)
  const { record } = itemAt(conviction.leaves, 0)
  const segment = documentId(SEGMENT_RECORD, record, crypto)
  return { ...about, cause: 'leaf', segment, owner: readDocument(SEGMENT_RECORD, record).owner }
}

/** Undefined: they are right, at this place, and have other bytes there than were expected. */
function leavesFault(
  leaves: readonly Transcript[],
  { entry, expected, ticket }: { readonly entry: SweepEntry; readonly expected: Uint8Array; readonly ticket: Ticket },
  judge: TranscriptJudge,
  crypto: CryptoEngine,
): ConvictionFault | undefined {
  const findings = leaves.map((transcript) => verifyTranscript(transcript, judge, crypto))
  if (!findings.every((finding) => finding.kind === 'valid' && finding.verdict === 'proved')) return 'not-proved'
  if (!areAt(entry, findings, ticket.provider)) return 'other-leaves'
  const proofs = leaves.map(({ answer }) => answer && readDocument(LEAF_ANSWER, answer).proof).filter((proof) => proof !== null)
  const record = readDocument(SEGMENT_RECORD, itemAt(leaves, 0).record)
  return judgePlace(entry, expected, record, proofs, crypto) === 'ticket-wrong' ? undefined : 'code-is-right'
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
