/**
 * Has an outside verifier ask a leaf that was drawn for it, and judges what it brings back: as little as nothing is taken from its word.
 *
 * A proof and a disproof are signed by the provider: an outsider can forge neither. Its silence is no evidence at all, nor is anything
 * else that does not prove itself: then this tracker asks the provider.
 *
 * @module
 */
import { isOrdered, LEAF_ORDER, signVerdict, verifyTranscript, type LeafOrder, type Transcript } from '@lunarx/core/audit'
import { signDocument } from '@lunarx/core/document'
import { hasCode, LunarError } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'
import type { Counter } from '@lunarx/runtime/metrics'
import { verifyLeaf } from '@lunarx/wire'
import { TRACKER_LIMITS } from '../../limits.ts'
import type { Drawn } from '../draw.ts'
import type { Occasion, ProveDeps, Proven } from '../prove.ts'
import type { Outsider, OutsideOutcome, Outsiders } from './outsiders.ts'

export interface AskOutsiderDeps extends ProveDeps {
  readonly outsiders: Outsiders
  readonly log: Log
  /** Leaves that outside verifiers were to ask, by outcome. */
  readonly asked: Counter
}

const { outsiderMs, orderMs, outsiderSkewMs } = TRACKER_LIMITS.audit

export interface AskedOutsider {
  /** Undefined: it was away, met with silence, or brought back what proves nothing. */
  readonly proven?: Proven | undefined
  /** It says that the provider did not answer. */
  readonly isSilent: boolean
}

/** @throws the signal's reason */
export async function askOutsider(
  outsider: Outsider,
  drawn: Drawn,
  occasion: Occasion,
  deps: AskOutsiderDeps,
  signal: AbortSignal,
): Promise<AskedOutsider> {
  const { outsiders, asked } = deps
  const { outcome, proven } = await tryOutsider(outsider, drawn, occasion, deps, signal)
  outsiders.note(outsider.peer, outcome)
  asked.add(1, { outcome })
  if (outcome === 'away' || outcome === 'wrong') outsiders.rest(outsider.peer)
  return { proven, isSilent: outcome === 'silent' }
}

interface Tried {
  readonly outcome: OutsideOutcome
  readonly proven?: Proven
}

async function tryOutsider(
  { peer, address, name }: Outsider,
  drawn: Drawn,
  { round, sequence }: Occasion,
  deps: AskOutsiderDeps,
  signal: AbortSignal,
): Promise<Tried> {
  const { network, self, signKey, clock, fleet, ask, log, outsiders } = deps
  const { provider, segment, index, document: record } = drawn.shard
  const at = fleet.standing(provider)?.address
  if (!at) return { outcome: 'silent' }
  const about = { network, verifier: peer, provider, round, sequence, segment, index, leaf: drawn.leaf }
  const order = { ...about, tracker: self, expiresMs: Math.floor(clock.now()) + orderMs }
  const question = { order: signDocument(LEAF_ORDER, order, signKey), record, provider: { ...at, peer: provider } }
  try {
    const { challenge, answer, verdict } = await ask(address, verifyLeaf, question, { signal, timeoutMs: outsiderMs })
    return judge({ record, challenge, answer, verdicts: [verdict] }, order, drawn, deps)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof LunarError)) throw error
    if (hasCode(error, 'CREDENTIAL_REVOKED', 'CREDENTIAL_EXPIRED')) outsiders.forget(peer)
    log.info('an outside verifier did not answer', { verifier: peer, name, error })
    return { outcome: 'away' }
  }
}

/** What its transcript proves, whatever it says; with this tracker's own verdict beside. */
function judge(transcript: Transcript, order: LeafOrder, { shard, leaf }: Drawn, deps: AskOutsiderDeps): Tried {
  const { network, crypto, clock, log } = deps
  const finding = verifyTranscript(transcript, { network, isVerifier: (peer) => peer === order.verifier, quorum: 1 }, crypto)
  if (finding.kind === 'invalid' || !isOrdered(order, finding.challenge) || !isOfNow(finding.challenge.askedMs, clock.now())) {
    const reason = finding.kind === 'invalid' ? finding.reason : 'another question'
    log.warn('what an outside verifier brought back proves nothing', { verifier: order.verifier, reason })
    return { outcome: 'wrong' }
  }
  const { verdict, challenge: asked } = finding
  const { challenge, answer, verdicts } = transcript
  if (verdict === 'silent') return { outcome: 'silent' }
  const own = signVerdict(challenge, answer, verdict, { ...deps, nowMs: clock.now() })
  const occasion = { askedFor: asked.askedFor, round: asked.round, sequence: asked.sequence }
  return { outcome: 'answered', proven: { shard, leaf, occasion, verdict, transcript: { ...transcript, verdicts: [...verdicts, own] } } }
}

/** A challenge that was asked at another time is no draw of now. */
const isOfNow = (askedMs: number, nowMs: number): boolean => Math.abs(nowMs - askedMs) <= outsiderSkewMs
