/**
 * recheck: other verifiers, drawn with the question, judge record, challenge and answer again and sign what they find.
 *
 * @module
 */
import { TRANSCRIPT_VERDICTS, type Transcript } from '@lunarx/core/audit'
import { openDocument, SEGMENT_RECORD, type SignedDocument } from '@lunarx/core/document'
import type { QuestionOf } from '@lunarx/wire'
import { recheck as recheckExchange } from '@lunarx/wire'
import { isAway } from '../ask/index.ts'
import { judgeAgain, signVerdict, type ProveDeps, type Proven } from './prove.ts'
import type { Verifiers } from './verifiers.ts'

export interface RecheckDeps extends ProveDeps {
  readonly verifiers: Verifiers
}

/** The transcript with as many verdicts as the quorum takes, or as could be had. Of a signed answer only. */
export async function recheck({ transcript }: Proven, seed: Uint8Array, deps: RecheckDeps, signal: AbortSignal): Promise<Transcript> {
  const { verifiers, self } = deps
  const verdicts = [...transcript.verdicts]
  const { record, challenge, answer } = transcript
  if (!answer) return transcript
  for (const { peer } of verifiers.inOrder(seed, new Set())) {
    if (verdicts.length >= Math.min(verifiers.quorum, TRANSCRIPT_VERDICTS)) break
    if (peer === self) continue
    const verdict = await askOther(peer, { record, challenge, answer }, deps, signal)
    if (verdict) verdicts.push(verdict)
  }
  return { ...transcript, verdicts }
}

/** For another tracker: its own word on what it was shown. @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE */
export function recheckForOther({ record, challenge, answer }: QuestionOf<typeof recheckExchange>, deps: RecheckDeps): SignedDocument {
  const opened = openDocument(SEGMENT_RECORD, record, ({ owner }) => owner, deps.crypto)
  return signVerdict(challenge, answer, judgeAgain(opened, challenge, answer, deps.crypto), deps)
}

async function askOther(
  peer: string,
  question: QuestionOf<typeof recheckExchange>,
  { verifiers, ask }: RecheckDeps,
  signal: AbortSignal,
): Promise<SignedDocument | undefined> {
  const address = verifiers.addressOf(peer)
  if (!address) return undefined
  try {
    return (await ask(address, recheckExchange, question, { signal })).verdict
  } catch (error) {
    if (!isAway(error)) throw error
    return undefined
  }
}
