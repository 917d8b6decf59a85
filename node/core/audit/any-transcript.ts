/**
 * Evidence of any kind, from bytes alone: the transcript of a leaf of a shard or of a row, the conviction of a
 * ticket, or the proof of a round of the beacon.
 *
 * @module
 */
import { z } from 'zod'
import { parseBytes } from '../document/signed.ts'
import { beaconProofSchema, type BeaconRoundProof } from './beacon-proof.ts'
import { ticketConvictionSchema, type TicketConviction } from './conviction.ts'
import { rowTranscriptSchema, type RowTranscript } from './row-transcript.ts'
import { transcriptSchema, type Transcript } from './transcript.ts'

export type AnyTranscript =
  { readonly kind: 'leaf'; readonly transcript: Transcript } | { readonly kind: 'row'; readonly transcript: RowTranscript }

export type AnyEvidence =
  | AnyTranscript
  | { readonly kind: 'ticket'; readonly conviction: TicketConviction }
  | { readonly kind: 'beacon'; readonly proof: BeaconRoundProof }

/**
 * What trackers keep and give of one piece of evidence, at most. A conviction has a batch of 4,096 places and codes, and two leaves of a set
 * of 255 shards: about 200 KB. More is padding, which nobody could read from a tracker.
 */
export const EVIDENCE_BYTES = 300_000

const anyTranscript = z.union([rowTranscriptSchema, transcriptSchema])
const anyEvidence = z.union([ticketConvictionSchema, beaconProofSchema, rowTranscriptSchema, transcriptSchema])

/** @throws {LunarError} BAD_MESSAGE */
export function decodeAnyTranscript(bytes: Uint8Array): AnyTranscript {
  return kindOf(parseBytes(anyTranscript, bytes))
}

/** @throws {LunarError} BAD_MESSAGE */
export function decodeAnyEvidence(bytes: Uint8Array): AnyEvidence {
  const evidence = parseBytes(anyEvidence, bytes)
  if ('deals' in evidence) return { kind: 'beacon', proof: evidence }
  return 'ticket' in evidence ? { kind: 'ticket', conviction: evidence } : kindOf(evidence)
}

const kindOf = (transcript: RowTranscript | Transcript): AnyTranscript =>
  'root' in transcript ? { kind: 'row', transcript } : { kind: 'leaf', transcript }
