/**
 * Judging: what becomes of one shard at one provider when evidence about it comes in.
 *
 *   clear ──silent──► contained ──an hour silent while it heartbeats──► missing
 *     ▲                   │ any right leaf, however late                   │ any right leaf
 *     └───────────────────┴────────────────────────────────────────────────┘
 *   any state ──a signed wrong leaf──► wrong        any state ──it says so──► lost
 *
 * Lateness is never guilt, unreachable is not malicious, and a wrong watermark convicts nobody: it asks the leaf at its place. `missing`,
 * `wrong` and `lost` all count as missing for margin and repair, and earn nothing. Only `wrong` and `lost` can touch standing, and only
 * when a provider loses more than disks do (allowance.ts).
 *
 * @module
 */
import { SILENCE } from './silence.ts'

export type ShardState =
  | { readonly kind: 'clear' }
  /** Silent: is asked again, over the heartbeat connection, by verifiers of other domains, with a fresh leaf besides. */
  | { readonly kind: 'contained'; readonly sinceMs: number; readonly askedFrom: readonly string[]; readonly lastAskedMs: number }
  | { readonly kind: 'missing'; readonly sinceMs: number }
  /** Signed a leaf that does not fit. */
  | { readonly kind: 'wrong'; readonly sinceMs: number; readonly transcript: Uint8Array }
  /** Said so itself. */
  | { readonly kind: 'lost'; readonly sinceMs: number }

export const CLEAR: ShardState = { kind: 'clear' }

/** What came to be known of one shard at one provider. */
export type Evidence =
  /** A leaf that fits: a draw, the place of a watermark, or containment. */
  | { readonly kind: 'proved' }
  /** The sweep's digest was bisected down to this shard. */
  | { readonly kind: 'watermark-wrong' }
  /** A signed leaf that does not fit; the quorum's transcript. */
  | { readonly kind: 'disproved'; readonly transcript: Uint8Array }
  /** The provider says that it has lost the shard: unasked (its scrub found it), or when it was asked. */
  | { readonly kind: 'lost'; readonly isFirst: boolean; readonly transcript: Uint8Array | null }
  /** A verifier of this domain got no answer. */
  | { readonly kind: 'silent'; readonly domain: string }
  /** Time has passed. */
  | { readonly kind: 'time' }

/** What is known of the provider at the moment of judging. */
export interface ProviderNow {
  readonly nowMs: number
  /** Since when its heartbeats have come without a gap; null: it is silent altogether, which is a matter of liveness and not of audits. */
  readonly heartbeatsSinceMs: number | null
  /** Declared by the operator: nothing is held against it, nothing is paid. */
  readonly isInMaintenance: boolean
}

/** What to do about it. */
export type Order =
  /** Ask the leaf at the watermark's place. */
  | { readonly kind: 'ask-place' }
  /** Ask again, now: by a verifier in none of these domains while there is one, and a fresh leaf of the shard besides. */
  | { readonly kind: 'ask-again'; readonly notIn: readonly string[] }
  /** The shard counts as missing (or no longer) for margin and repair. The brake may hold it back (brake.ts). */
  | { readonly kind: 'count'; readonly as: 'missing' | 'present' }
  /** Take back what was paid for the shard; justified by the transcript. */
  | { readonly kind: 'debit'; readonly transcript: Uint8Array }
  /** Tell standing of a loss: allowance.ts says whether it weighs. */
  | { readonly kind: 'loss'; readonly transcript: Uint8Array | null; readonly isFirst: boolean }
  /** Tell standing of a proof. */
  | { readonly kind: 'credit' }

export interface Judgement {
  readonly state: ShardState
  readonly orders: readonly Order[]
}

/** True if the shard counts for margin. */
export const isCounted = ({ kind }: ShardState): boolean => kind === 'clear' || kind === 'contained'
/** True if the shard earns: contained ones wait, and are paid when they are proved. */
export const isPaid = ({ kind }: ShardState): boolean => kind === 'clear'

/** One step. Evidence may come in any order, and twice. */
export function judge(state: ShardState, evidence: Evidence, now: ProviderNow): Judgement {
  switch (evidence.kind) {
    case 'proved':
      return { state: CLEAR, orders: isCounted(state) ? [{ kind: 'credit' }] : [{ kind: 'count', as: 'present' }, { kind: 'credit' }] }
    case 'watermark-wrong':
      return { state, orders: [{ kind: 'ask-place' }] }
    case 'disproved':
      return judgeWrong(state, evidence.transcript, now)
    case 'lost':
      return judgeLost(state, evidence, now)
    case 'silent':
      return judgeSilence(state, evidence.domain, now)
    default:
      return judgeTime(state, now)
  }
}

function judgeWrong(state: ShardState, transcript: Uint8Array, { nowMs }: ProviderNow): Judgement {
  if (state.kind === 'wrong') return { state, orders: [] }
  const orders: Order[] = [{ kind: 'debit', transcript }]
  if (state.kind !== 'lost') orders.push({ kind: 'loss', transcript, isFirst: false })
  if (isCounted(state)) orders.push({ kind: 'count', as: 'missing' })
  return { state: { kind: 'wrong', sinceMs: nowMs, transcript }, orders }
}

function judgeLost(state: ShardState, { isFirst, transcript }: Extract<Evidence, { kind: 'lost' }>, { nowMs }: ProviderNow): Judgement {
  if (state.kind === 'wrong' || state.kind === 'lost') return { state, orders: [] }
  const orders: Order[] = [{ kind: 'loss', transcript, isFirst }]
  if (isCounted(state)) orders.push({ kind: 'count', as: 'missing' })
  return { state: { kind: 'lost', sinceMs: nowMs }, orders }
}

function judgeSilence(state: ShardState, domain: string, now: ProviderNow): Judgement {
  const { nowMs } = now
  if (now.isInMaintenance || (state.kind !== 'clear' && state.kind !== 'contained')) return { state, orders: [] }
  if (state.kind === 'clear') {
    const contained: ShardState = { kind: 'contained', sinceMs: nowMs, askedFrom: [domain], lastAskedMs: nowMs }
    return { state: contained, orders: [{ kind: 'ask-again', notIn: [domain] }] }
  }
  const askedFrom = state.askedFrom.includes(domain) ? state.askedFrom : [...state.askedFrom, domain]
  return judgeTime({ ...state, askedFrom, lastAskedMs: nowMs }, now, true)
}

/** Contained long enough, asked from enough sides, all of it while it was there: missing. Else it is asked again from time to time. */
function judgeTime(state: ShardState, now: ProviderNow, isAnswer = false): Judgement {
  if (state.kind !== 'contained' || now.isInMaintenance || now.heartbeatsSinceMs === null) return { state, orders: [] }
  const thereSinceMs = Math.max(state.sinceMs, now.heartbeatsSinceMs)
  const isLongEnough = now.nowMs - thereSinceMs >= SILENCE.missingAfterMs
  const isAskedEnough = state.askedFrom.length >= SILENCE.domains && state.lastAskedMs >= thereSinceMs + SILENCE.missingAfterMs
  if (isLongEnough && isAskedEnough) return { state: { kind: 'missing', sinceMs: now.nowMs }, orders: [{ kind: 'count', as: 'missing' }] }
  const isDue = now.nowMs - state.lastAskedMs >= SILENCE.askAgainMs
  return { state, orders: isDue && !isAnswer ? [{ kind: 'ask-again', notIn: state.askedFrom }] : [] }
}
