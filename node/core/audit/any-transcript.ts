/**
 * A transcript of either kind, from bytes alone: of a leaf of a shard, or of a row.
 *
 * @module
 */
import { z } from 'zod'
import { parseBytes } from '../document/signed.ts'
import { rowTranscriptSchema, type RowTranscript } from './row-transcript.ts'
import { transcriptSchema, type Transcript } from './transcript.ts'

export type AnyTranscript =
  { readonly kind: 'leaf'; readonly transcript: Transcript } | { readonly kind: 'row'; readonly transcript: RowTranscript }

const anyTranscript = z.union([rowTranscriptSchema, transcriptSchema])

/** @throws {LunarError} BAD_MESSAGE */
export function decodeAnyTranscript(bytes: Uint8Array): AnyTranscript {
  const transcript = parseBytes(anyTranscript, bytes)
  return 'root' in transcript ? { kind: 'row', transcript } : { kind: 'leaf', transcript }
}
