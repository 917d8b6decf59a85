/**
 * challenge → prove → verify: one leaf asked of one provider, and this tracker's verdict on what came.
 *
 * An answer that is not signed, or is to another question, is no answer: silence, which convicts nobody.
 *
 * @module
 */
import {
  judgeLeaf,
  LEAF_CHALLENGE,
  openLeafAnswer,
  signVerdict,
  type AskedFor,
  type LeafAnswer,
  type Transcript,
  type VerdictWord,
} from '@lunarx/core/audit'
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import { signDocument, type SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { hasCode, LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import { proveLeaf } from '@lunarx/wire'
import type { Ask } from '../ask/index.ts'
import type { Fleet } from '../fleet/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { AuditedShard, Drawn } from './draw.ts'
import type { HeartbeatQuestions } from './heartbeat-questions.ts'

export interface ProveDeps {
  readonly network: string
  readonly self: PeerId
  readonly signKey: SignKey
  readonly crypto: CryptoEngine
  readonly clock: Clock
  readonly ask: Ask
  readonly fleet: Fleet
  readonly questions: HeartbeatQuestions
}

/** Why and when it is asked. */
export interface Occasion {
  readonly askedFor: AskedFor
  readonly round: number
  readonly sequence: number
}

export interface Proven {
  readonly shard: AuditedShard
  readonly leaf: number
  readonly occasion: Occasion
  readonly verdict: VerdictWord
  /** With this tracker's verdict alone. */
  readonly transcript: Transcript
}

/** @param isHard also over the provider's heartbeats: it has been silent before */
export async function prove(
  { shard, leaf }: Drawn,
  occasion: Occasion,
  isHard: boolean,
  deps: ProveDeps,
  signal: AbortSignal,
): Promise<Proven> {
  const { network, self, signKey, crypto, clock } = deps
  const { provider, segment, index, record, document } = shard
  const about = { network, provider, verifier: self, ...occasion, segment, index, leaf }
  const challenge = signDocument(LEAF_CHALLENGE, { ...about, askedMs: Math.floor(clock.now()) }, signKey)
  const ways = [askOver(provider, challenge, deps, signal), ...(isHard ? [deps.questions.ask(provider, challenge, signal)] : [])]
  const answer = await firstValid(ways, provider, challenge, crypto)
  signal.throwIfAborted()
  const verdict = answer ? judgeLeaf(record, { index, leaf }, answer.value, crypto) : 'silent'
  const signed = signVerdict(challenge, answer?.document ?? null, verdict, { ...deps, nowMs: clock.now() })
  return {
    shard,
    leaf,
    occasion,
    verdict,
    transcript: { record: document, challenge, answer: answer?.document ?? null, verdicts: [signed] },
  }
}

async function askOver(
  provider: PeerId,
  challenge: SignedDocument,
  { ask, fleet }: ProveDeps,
  signal: AbortSignal,
): Promise<SignedDocument | undefined> {
  const address = fleet.standing(provider)?.address
  if (!address) return undefined
  try {
    return (await ask(address, proveLeaf, { challenge }, { signal, timeoutMs: TRACKER_LIMITS.audit.answerMs })).answer
  } catch (error) {
    if (error instanceof LunarError) return undefined
    throw error
  }
}

interface Answered {
  readonly document: SignedDocument
  readonly value: LeafAnswer
}

/** The first answer that is one; undefined when all ways have ended without. */
async function firstValid(
  ways: readonly Promise<SignedDocument | undefined>[],
  provider: PeerId,
  challenge: SignedDocument,
  crypto: CryptoEngine,
): Promise<Answered | undefined> {
  const opened = ways.map(async (way): Promise<Answered> => {
    const document = await way
    if (!document) throw new LunarError('TIMEOUT', 'no answer')
    return { document, value: openLeafAnswer(document, provider, challenge, crypto) }
  })
  try {
    return await Promise.any(opened)
  } catch (error) {
    const foreign =
      error instanceof AggregateError ? error.errors.find((one) => !hasCode(one, 'TIMEOUT', 'BAD_MESSAGE', 'BAD_SIGNATURE')) : error
    if (foreign) throw foreign
    return undefined
  }
}
