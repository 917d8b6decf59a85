/**
 * Reads a transcript, the conviction of a ticket or the proof of a round of the beacon, and judges it.
 *
 * @module
 */
import {
  AUDIT_PROMISE,
  BEACON_ROUND_MS,
  decodeAnyEvidence,
  LEAF_CHALLENGE,
  meanDrawIntervalMs,
  ROW_CHALLENGE,
  ROW_DRAW,
  TICKET,
  verifyConviction,
  verifyRowTranscript,
  verifyTranscript,
  verifiersOf,
  type AnyTranscript,
  type BeaconRoundProof,
  type ConvictionFinding,
  type DrawFault,
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
import { proveRound, readRound, verifyDraw, type BeaconFault, type DrawClaim, type ProvenRound } from './verify-draw.ts'

export interface VerifyFileOptions {
  /** Unset: the one that the challenge names. */
  readonly network?: string | undefined
  /** Unset: anybody. */
  readonly verifier?: readonly string[] | undefined
  /** Outside verifiers: they may ask and judge too, and take no part in the beacon. */
  readonly outsider?: readonly string[] | undefined
  /** File with the proof of a round of the beacon, from which a draw must follow. Unset: it is not looked at. */
  readonly beacon?: string | undefined
  /** Mean time between draws of one provider. Unset: that of the usual promise. */
  readonly intervalMs?: number | undefined
  readonly maxBytes: number
}

/** What a valid transcript says, field by field, in order. */
export type TranscriptSummary = Readonly<Record<string, string | number | readonly string[]>>

export interface VerifiedFile {
  readonly finding: TranscriptFinding | RowFinding | ConvictionFinding | BeaconFinding
  readonly summary: TranscriptSummary
}

export type BeaconFinding = { readonly kind: 'valid' } | { readonly kind: 'invalid'; readonly reason: BeaconFault | DrawFault }

/** @throws {LunarError} BAD_MESSAGE: it is no transcript; BAD_CONFIG: there is no such file */
export async function verifyFile(file: string, options: VerifyFileOptions, io: Io): Promise<VerifiedFile> {
  const { network, verifier, outsider = [], maxBytes, beacon } = options
  const evidence = decodeAnyEvidence(bytesOfText((await readText(file, maxBytes, io)).trim()))
  if (evidence.kind === 'beacon') return verifyRound(evidence.proof, options)
  const round = beacon === undefined ? undefined : readRound(bytesOfText((await readText(beacon, maxBytes, io)).trim()), verifier)
  if (typeof round === 'string') return { finding: { kind: 'invalid', reason: round }, summary: {} }
  const isVerifier = (peer: string): boolean => verifier === undefined || verifier.includes(peer) || outsider.includes(peer)
  const beaconValue = (number: number): Uint8Array | undefined => (number === round?.proof.round ? round.value : undefined)
  const judgeOf = (named: string): TranscriptJudge => ({ network: network ?? named, isVerifier, quorum: 1, beaconValue })
  if (evidence.kind === 'ticket') {
    if (round) return { finding: { kind: 'invalid', reason: 'not-drawn' }, summary: {} }
    return verifyTicket(evidence.conviction, judgeOf)
  }
  const verified = evidence.kind === 'row' ? verifyRow(evidence.transcript, judgeOf) : verifyLeaf(evidence.transcript, judgeOf)
  return round && verified.finding.kind === 'valid' ? withDraw(verified, claimOf(evidence), round, options) : verified
}

function verifyRound(proof: BeaconRoundProof, { network, verifier }: VerifyFileOptions): VerifiedFile {
  const round = network !== undefined && network !== proof.network ? 'other-round' : proveRound(proof, verifier)
  if (typeof round === 'string') return { finding: { kind: 'invalid', reason: round }, summary: {} }
  const hour = new Date(proof.round * BEACON_ROUND_MS).toISOString()
  const about = { value: hexOf(round.value), round: proof.round, from: hour, network: proof.network }
  const { revealed, withheld } = verifiersOf(proof)
  const outside = proof.verifiers ? { outsiders: revealed, withheld } : {}
  return { finding: { kind: 'valid' }, summary: { ...about, participants: proof.participants, ...outside } }
}

function withDraw(
  { finding, summary }: VerifiedFile,
  claim: DrawClaim,
  round: ProvenRound,
  { intervalMs = meanDrawIntervalMs(AUDIT_PROMISE), verifier, outsider = [] }: VerifyFileOptions,
): VerifiedFile {
  const draw = verifyDraw(claim, round, intervalMs, { verifiers: verifier, outsiders: outsider })
  return typeof draw === 'string'
    ? { finding: { kind: 'invalid', reason: draw }, summary: {} }
    : { finding, summary: { ...summary, ...draw } }
}

function claimOf({ kind, transcript }: AnyTranscript): DrawClaim {
  if (kind === 'row') return { ...readDocument(ROW_DRAW, transcript.draw), kind, isDraw: true }
  const challenge = readDocument(LEAF_CHALLENGE, transcript.challenge)
  return { ...challenge, kind, isDraw: challenge.askedFor === 'draw' }
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
