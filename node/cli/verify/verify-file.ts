/**
 * Reads a transcript, or the conviction of a ticket, and judges it.
 *
 * @module
 */
import {
  decodeAnyEvidence,
  LEAF_CHALLENGE,
  ROW_CHALLENGE,
  ROW_DRAW,
  TICKET,
  verifyConviction,
  verifyRowTranscript,
  verifyTranscript,
  type ConvictionFinding,
  type RowFinding,
  type RowTranscript,
  type TicketConviction,
  type Transcript,
  type TranscriptFinding,
  type TranscriptJudge,
} from '@lunarx/core/audit'
import { bytesOfText, readDocument } from '@lunarx/core/document'
import { concatBytes, hexOf, LunarError, textOf } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { readFile } from 'node:fs/promises'
import type { Io } from '../io.ts'

export interface VerifyFileOptions {
  /** Unset: the one that the challenge names. */
  readonly network?: string | undefined
  /** Unset: anybody. */
  readonly verifier?: readonly string[] | undefined
  readonly maxBytes: number
}

/** What a valid transcript says, field by field, in order. */
export type TranscriptSummary = Readonly<Record<string, string | number | readonly string[]>>

export interface VerifiedFile {
  readonly finding: TranscriptFinding | RowFinding | ConvictionFinding
  readonly summary: TranscriptSummary
}

/** @throws {LunarError} BAD_MESSAGE: it is no transcript; BAD_CONFIG: there is no such file */
export async function verifyFile(file: string, { network, verifier, maxBytes }: VerifyFileOptions, io: Io): Promise<VerifiedFile> {
  const evidence = decodeAnyEvidence(bytesOfText((await readText(file, maxBytes, io)).trim()))
  const isVerifier = (peer: string): boolean => verifier === undefined || verifier.includes(peer)
  const judgeOf = (named: string): TranscriptJudge => ({ network: network ?? named, isVerifier, quorum: 1 })
  if (evidence.kind === 'ticket') return verifyTicket(evidence.conviction, judgeOf)
  return evidence.kind === 'row' ? verifyRow(evidence.transcript, judgeOf) : verifyLeaf(evidence.transcript, judgeOf)
}

function verifyTicket(conviction: TicketConviction, judgeOf: (named: string) => TranscriptJudge): VerifiedFile {
  const { network, issuedMs } = readDocument(TICKET, conviction.ticket)
  const finding = verifyConviction(conviction, judgeOf(network), crypto)
  if (finding.kind === 'invalid') return { finding, summary: {} }
  const { cause, tracker, slot, round, provider, segment, owner, id } = finding
  const against = cause === 'leaf' ? { segment: hexOf(segment ?? new Uint8Array()), owner: hexOf(owner ?? new Uint8Array()) } : {}
  const about = { verdict: 'convicted', cause, tracker, slot, ...against, cleared: provider, round, network }
  return { finding, summary: { ...about, issued: new Date(issuedMs).toISOString(), conviction: hexOf(id) } }
}

function verifyLeaf(transcript: Transcript, judgeOf: (named: string) => TranscriptJudge): VerifiedFile {
  const challenge = readDocument(LEAF_CHALLENGE, transcript.challenge)
  const finding = verifyTranscript(transcript, judgeOf(challenge.network), crypto)
  const { segment, index, leaf } = challenge
  return { finding, summary: summaryOf(finding, challenge, { segment: hexOf(segment), shard: index, leaf }) }
}

function verifyRow(transcript: RowTranscript, judgeOf: (named: string) => TranscriptJudge): VerifiedFile {
  const challenge = readDocument(ROW_CHALLENGE, transcript.challenge)
  const signer = readDocument(ROW_DRAW, transcript.draw).provider
  const finding = verifyRowTranscript(transcript, judgeOf(challenge.network), crypto)
  const commit = finding.kind === 'valid' && finding.commit ? hexOf(finding.commit) : ''
  const partition = finding.kind === 'valid' ? hexOf(finding.root.partition) : ''
  return { finding, summary: summaryOf(finding, challenge, { partition, commit, root: `signed by ${signer}`, leaf: challenge.leaf }) }
}

function summaryOf(
  finding: TranscriptFinding | RowFinding,
  { provider, askedMs, network }: { readonly provider: string; readonly askedMs: number; readonly network: string },
  about: TranscriptSummary,
): TranscriptSummary {
  return {
    verdict: finding.kind === 'valid' ? finding.verdict : 'none',
    provider,
    ...about,
    asked: new Date(askedMs).toISOString(),
    network,
    verifiers: finding.kind === 'valid' ? finding.verifiers : [],
    transcript: finding.kind === 'valid' ? hexOf(finding.id) : '',
  }
}

async function readText(file: string, maxBytes: number, { stdin }: Io): Promise<string> {
  if (file !== '-') {
    try {
      return await readFile(file, 'utf8')
    } catch (cause) {
      throw new LunarError('BAD_CONFIG', `${file} cannot be read`, { cause })
    }
  }
  const parts: Uint8Array[] = []
  for await (const part of stdin) {
    parts.push(part)
    if (parts.reduce((sum, { length }) => sum + length, 0) > maxBytes)
      throw new LunarError('BAD_MESSAGE', 'that is more than a transcript can be')
  }
  return textOf(concatBytes(...parts))
}
