/**
 * recheck: other verifiers, drawn with the question, judge record, challenge and answer again and sign what they find.
 *
 * @module
 */
import { isVerdictOn, judgeAnswer, signVerdict, TRANSCRIPT_VERDICTS, VERDICT, type Transcript, type VerdictWord } from '@lunarx/core/audit'
import { openDocument, readDocument, SEGMENT_RECORD, type SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'
import type { QuestionOf } from '@lunarx/wire'
import { recheck as recheckExchange } from '@lunarx/wire'
import { TRACKER_LIMITS } from '../limits.ts'
import type { Outsiders } from './outside/index.ts'
import type { ProveDeps, Proven } from './prove.ts'
import type { Verifiers } from './verifiers.ts'

export interface RecheckDeps extends ProveDeps {
  readonly verifiers: Verifiers
  readonly outsiders: Outsiders
  readonly log: Log
}

/** Of a signed answer: what is to be judged again, and what this tracker found. */
interface Judged extends QuestionOf<typeof recheckExchange> {
  readonly verdict: VerdictWord
}

/**
 * The transcript with as many verdicts of trackers as the quorum takes, or as could be had. Of an answer that is not right some of outside
 * verifiers too: they see record and leaf then, which is more than they need to see of what is right. Of a signed answer only.
 */
export async function recheck(
  { transcript, verdict }: Pick<Proven, 'transcript' | 'verdict'>,
  seed: Uint8Array,
  deps: RecheckDeps,
  signal: AbortSignal,
): Promise<Transcript> {
  const { record, challenge, answer } = transcript
  if (!answer) return transcript
  const judged = { record, challenge, answer, verdict }
  const outside = verdict === 'proved' ? [] : askOutside(transcript, judged, seed, deps, signal)
  const [byTrackers, byOthers] = await Promise.all([askTrackers(transcript, judged, seed, deps, signal), outside])
  return { ...transcript, verdicts: [...transcript.verdicts, ...byTrackers, ...byOthers].slice(0, TRANSCRIPT_VERDICTS) }
}

/** For another tracker: its own word on what it was shown. @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE */
export function recheckForOther({ record, challenge, answer }: QuestionOf<typeof recheckExchange>, deps: RecheckDeps): SignedDocument {
  const opened = openDocument(SEGMENT_RECORD, record, ({ owner }) => owner, deps.crypto)
  const verdict = judgeAnswer(opened, challenge, answer, deps.crypto)
  return signVerdict(challenge, answer, verdict, { ...deps, nowMs: deps.clock.now() })
}

const signersOf = ({ verdicts }: Transcript): PeerId[] => verdicts.map((document) => readDocument(VERDICT, document).verifier)

/** One after another, until there are as many as the quorum takes; this tracker too, where another one has asked. */
async function askTrackers(
  transcript: Transcript,
  judged: Judged,
  seed: Uint8Array,
  deps: RecheckDeps,
  signal: AbortSignal,
): Promise<SignedDocument[]> {
  const { verifiers, self } = deps
  const verdicts: SignedDocument[] = []
  const signers = new Set(signersOf(transcript).filter((peer) => verifiers.domainOf(peer) !== undefined))
  for (const { peer } of verifiers.inOrder(seed, new Set())) {
    if (signers.size + verdicts.length >= Math.min(verifiers.quorum, TRANSCRIPT_VERDICTS)) break
    if (signers.has(peer)) continue
    const address = verifiers.addressOf(peer)
    const verdict = peer === self ? recheckForOther(judged, deps) : address && (await askOther(peer, address, judged, deps, signal))
    if (verdict) verdicts.push(verdict)
  }
  return verdicts
}

/** Side by side, and not for long: nothing depends on them. */
async function askOutside(
  transcript: Transcript,
  judged: Judged,
  seed: Uint8Array,
  deps: RecheckDeps,
  signal: AbortSignal,
): Promise<SignedDocument[]> {
  const { outsiderVerdicts, outsiderVerdictMs } = TRACKER_LIMITS.audit
  const drawn = deps.verifiers.outsideInOrder(seed, signersOf(transcript)).slice(0, outsiderVerdicts)
  const verdicts = drawn.map(async ({ peer, address }) => {
    const verdict = await askOther(peer, address, judged, deps, signal, outsiderVerdictMs)
    if (!verdict) deps.outsiders.rest(peer)
    return verdict ?? []
  })
  return (await Promise.all(verdicts)).flat()
}

/** Undefined: it is away, or its verdict is not the one that the documents show, which would make the transcript worth nothing. */
async function askOther(
  peer: PeerId,
  address: PeerAddress,
  { verdict, ...question }: Judged,
  { ask, network, crypto, log }: RecheckDeps,
  signal: AbortSignal,
  timeoutMs?: number,
): Promise<SignedDocument | undefined> {
  try {
    const document = (await ask(address, recheckExchange, question, { signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) })).verdict
    if (isVerdictOn(document, { ...question, network, verifier: peer, verdict }, crypto)) return document
    log.warn('a verifier signed another verdict than the documents show', { verifier: peer, verdict })
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof LunarError)) throw error
    log.info('a verifier did not judge again', { verifier: peer, error })
  }
  return undefined
}
