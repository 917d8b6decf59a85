/**
 * Reads a transcript and judges it.
 *
 * @module
 */
import { decodeTranscript, LEAF_CHALLENGE, verifyTranscript, type TranscriptFinding } from '@lunarx/core/audit'
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

/** What a valid transcript says. */
export interface TranscriptSummary {
  readonly verdict: string
  readonly provider: string
  readonly segment: string
  readonly shard: number
  readonly leaf: number
  readonly asked: string
  readonly network: string
  readonly verifiers: readonly string[]
  readonly transcript: string
}

/** @throws {LunarError} BAD_MESSAGE: it is no transcript; BAD_CONFIG: there is no such file */
export async function verifyFile(
  file: string,
  { network, verifier, maxBytes }: VerifyFileOptions,
  io: Io,
): Promise<{ readonly finding: TranscriptFinding; readonly summary: TranscriptSummary }> {
  const transcript = decodeTranscript(bytesOfText((await readText(file, maxBytes, io)).trim()))
  const challenge = readDocument(LEAF_CHALLENGE, transcript.challenge)
  const judge = {
    network: network ?? challenge.network,
    isVerifier: (peer: string) => verifier === undefined || verifier.includes(peer),
    quorum: 1,
  }
  const finding = verifyTranscript(transcript, judge, crypto)
  const { provider, segment, index, leaf, askedMs } = challenge
  return {
    finding,
    summary: {
      verdict: finding.kind === 'valid' ? finding.verdict : 'none',
      provider,
      segment: hexOf(segment),
      shard: index,
      leaf,
      asked: new Date(askedMs).toISOString(),
      network: challenge.network,
      verifiers: finding.kind === 'valid' ? finding.verifiers : [],
      transcript: finding.kind === 'valid' ? hexOf(finding.id) : '',
    },
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
