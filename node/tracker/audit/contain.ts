/**
 * contain: leaves that met a verifier with silence are asked for again, by a verifier of another failure domain while there is one, over
 * the provider's heartbeats too.
 *
 * @module
 */
import { LEAF_CHALLENGE, verifyTranscript, type Transcript, type VerdictWord } from '@lunarx/core/audit'
import { readDocument } from '@lunarx/core/document'
import { leafCount } from '@lunarx/core/merkle'
import type { PeerId } from '@lunarx/core/membership'
import { equalBytes } from '@lunarx/core/model'
import type { Random } from '@lunarx/runtime/random'
import { askAgain, LEAVES_AGAIN, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import { isAway } from '../ask/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { TrackerRing } from '../ring/index.ts'
import { openShard, type AuditedShard, type DrawDeps } from './draw.ts'
import { prove, type Occasion, type ProveDeps } from './prove.ts'
import type { Verifiers } from './verifiers.ts'

export interface ContainDeps extends ProveDeps, DrawDeps {
  readonly verifiers: Verifiers
  readonly ring: TrackerRing
  readonly random: Random
}

/** What came of asking for one leaf again. */
export interface AskedAgain {
  readonly leaf: number
  readonly verdict: VerdictWord
  /** That asked. */
  readonly verifier: PeerId
  /** Of that verifier. */
  readonly domain: string
  readonly transcript: Transcript
}

/** @param notIn domains of those that have asked @returns none: the other verifier did not answer, or not believably */
export async function askElsewhere(
  shard: AuditedShard,
  leaves: readonly number[],
  occasion: Occasion,
  notIn: readonly string[],
  deps: ContainDeps,
  signal: AbortSignal,
): Promise<AskedAgain[]> {
  const { verifiers, ring, self, random } = deps
  const asked = leaves.slice(0, LEAVES_AGAIN)
  const inOrder = verifiers.inOrder(random.bytes(32), new Set(notIn))
  // only who owns the set keeps its record
  const owners = new Set([self, ...ring.owners(shard.segment).map((owner) => ring.peerAt(owner))])
  const verifier = inOrder.find(({ peer }) => owners.has(peer)) ?? inOrder[0]
  const address = verifier && verifiers.addressOf(verifier.peer)
  if (!verifier || !address || verifier.peer === self) return await askHere(shard, asked, occasion, deps, signal)
  const { provider, segment, index } = shard
  const { round, sequence } = occasion
  try {
    const question = { provider, segment, index, leaves: asked, round, sequence }
    const timeoutMs = TRACKER_LIMITS.audit.answerMs + deps.questions.waitMs
    const { transcripts } = await deps.ask(address, askAgain, question, { signal, timeoutMs })
    return transcripts.flatMap((transcript) => believed(transcript, shard, asked, verifier, deps) ?? [])
  } catch (error) {
    if (!isAway(error)) throw error
    return []
  }
}

/** Asked by this tracker, in every way it has. */
async function askHere(
  shard: AuditedShard,
  leaves: readonly number[],
  { round, sequence }: Occasion,
  deps: ContainDeps,
  signal: AbortSignal,
): Promise<AskedAgain[]> {
  const occasion = { askedFor: 'containment' as const, round, sequence }
  const proven = await Promise.all(leaves.map((leaf) => prove({ shard, leaf }, occasion, true, deps, signal)))
  return proven.map(({ leaf, verdict, transcript }) => ({
    leaf,
    verdict,
    transcript,
    verifier: deps.self,
    domain: deps.verifiers.ownDomain,
  }))
}

/** For another tracker. */
export async function askForOther(
  { provider, segment, index, leaves, round, sequence }: QuestionOf<typeof askAgain>,
  deps: ContainDeps,
  signal: AbortSignal,
): Promise<AnswerOf<typeof askAgain>> {
  const shard = await openShard(provider, segment, index, deps)
  if (!shard) return { transcripts: [] }
  const those = leaves.filter((leaf) => leaf < leafCount(shard.record.shardBytes))
  const again = await askHere(shard, those, { askedFor: 'containment', round, sequence }, deps, signal)
  return { transcripts: again.map(({ transcript }) => transcript) }
}

/** Undefined: it is not of that verifier, or not about what was asked. */
function believed(
  transcript: Transcript,
  { provider, segment, index }: AuditedShard,
  leaves: readonly number[],
  { peer: verifier, domain }: { readonly peer: PeerId; readonly domain: string },
  { network, crypto }: ContainDeps,
): AskedAgain | undefined {
  const finding = verifyTranscript(transcript, { network, isVerifier: (peer) => peer === verifier, quorum: 1 }, crypto)
  const asked = readDocument(LEAF_CHALLENGE, transcript.challenge)
  const isAbout = asked.provider === provider && asked.index === index && leaves.includes(asked.leaf) && equalBytes(asked.segment, segment)
  return finding.kind === 'valid' && isAbout ? { leaf: asked.leaf, verdict: finding.verdict, verifier, domain, transcript } : undefined
}
