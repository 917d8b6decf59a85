/**
 * Judging: what becomes of one shard at one provider when evidence about it comes in.
 *
 *   clear ──silent──► contained ──an hour silent while it heartbeats, or a day in all──► missing
 *     ▲                   │ the leaves that were asked, however late                        │ the same
 *     └───────────────────┴─────────────────────────────────────────────────────────────────┘
 *   any state ──a signed wrong leaf──► wrong        any state ──it says so──► lost
 *
 * Lateness is never guilt, unreachable is not malicious, and a wrong watermark convicts nobody: it asks the leaf at its place. `missing`,
 * `wrong` and `lost` all count as missing for margin and repair, and earn nothing. Only `wrong` and `lost` can touch standing, and only
 * when a provider loses more than disks do (allowance.ts).
 *
 * @module
 */
import { SILENCE, silentInAll } from './silence.ts'

export type ShardState =
  | { readonly kind: 'clear' }
  /** Silent: is asked again, over the heartbeat connection, by verifiers of other domains, with a fresh leaf besides. */
  | Open<'contained', { readonly askedFrom: readonly string[]; readonly lastAskedMs: number; /** In all. */ readonly silentMs: number }>
  | Open<'missing', { /** When it was last ordered that it counts as missing. */ readonly orderedMs: number }>
  /** Signed a leaf that does not fit. */
  | Open<'wrong', { readonly transcript: Uint8Array }>
  /** Said so itself. */
  | Open<'lost'>

/** What is not clear. `leaves`: those that were not proved, ascending; only their own proofs close it. None: the whole shard. */
type Open<K extends string, More = unknown> = { readonly kind: K; readonly sinceMs: number; readonly leaves: readonly number[] } & More

export const CLEAR: ShardState = { kind: 'clear' }

/** What came to be known of one shard at one provider. */
export type Evidence =
  /** A leaf that fits: a draw, the place of a watermark, or containment. */
  | { readonly kind: 'proved'; readonly leaf: number }
  /** The shard was stored anew, under a receipt. */
  | { readonly kind: 'stored' }
  /** The sweep's digest was bisected down to this shard. */
  | { readonly kind: 'watermark-wrong' }
  /** A signed leaf that does not fit; the quorum's transcript. */
  | { readonly kind: 'disproved'; readonly leaf: number; readonly transcript: Uint8Array }
  /** The provider says that it has lost a leaf: unasked (its scrub found it; no leaf: the whole shard), or when it was asked. */
  | { readonly kind: 'lost'; readonly leaf: number | null; readonly isFirst: boolean; readonly transcript: Uint8Array | null }
  /** A verifier of this domain got no answer. */
  | { readonly kind: 'silent'; readonly leaf: number; readonly domain: string }
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
  /**
   * Ask these leaves again, now: by a verifier in none of these domains while there is one, and a fresh leaf of the shard besides. Who
   * answers the fresh one only can be reached, and lacks the others.
   */
  | { readonly kind: 'ask-again'; readonly leaves: readonly number[]; readonly notIn: readonly string[] }
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
      return judgeProof(state, evidence.leaf)
    case 'stored':
      return { state: CLEAR, orders: isCounted(state) ? [] : [{ kind: 'count', as: 'present' }] }
    case 'watermark-wrong':
      return { state, orders: [{ kind: 'ask-place' }] }
    case 'disproved':
      return judgeWrong(state, evidence, now)
    case 'lost':
      return judgeLost(state, evidence, now)
    case 'silent':
      return judgeSilence(state, evidence, now)
    default:
      return judgeTime(state, now)
  }
}

function judgeProof(state: ShardState, leaf: number): Judgement {
  if (state.kind === 'clear') return { state, orders: [{ kind: 'credit' }] }
  const leaves = state.leaves.filter((one) => one !== leaf)
  // Another leaf than those that were asked, or not yet all of them: what was asked is still open.
  if (leaves.length > 0 || state.leaves.length === 0) return { state: { ...state, leaves }, orders: [] }
  return { state: CLEAR, orders: isCounted(state) ? [{ kind: 'credit' }] : [{ kind: 'count', as: 'present' }, { kind: 'credit' }] }
}

function judgeWrong(state: ShardState, { leaf, transcript }: Extract<Evidence, { kind: 'disproved' }>, { nowMs }: ProviderNow): Judgement {
  const leaves = withLeaf(state, leaf)
  if (state.kind === 'wrong') return { state: { ...state, leaves }, orders: [] }
  const orders: Order[] = [{ kind: 'debit', transcript }]
  if (state.kind !== 'lost') orders.push({ kind: 'loss', transcript, isFirst: false })
  if (isCounted(state)) orders.push({ kind: 'count', as: 'missing' })
  return { state: { kind: 'wrong', sinceMs: nowMs, leaves, transcript }, orders }
}

function judgeLost(
  state: ShardState,
  { leaf, isFirst, transcript }: Extract<Evidence, { kind: 'lost' }>,
  { nowMs }: ProviderNow,
): Judgement {
  const leaves = leaf === null ? [] : withLeaf(state, leaf)
  if (state.kind === 'wrong' || state.kind === 'lost') return { state: { ...state, leaves }, orders: [] }
  const orders: Order[] = [{ kind: 'loss', transcript, isFirst }]
  if (isCounted(state)) orders.push({ kind: 'count', as: 'missing' })
  return { state: { kind: 'lost', sinceMs: nowMs, leaves }, orders }
}

function judgeSilence(state: ShardState, { leaf, domain }: Extract<Evidence, { kind: 'silent' }>, now: ProviderNow): Judgement {
  const { nowMs } = now
  if (now.isInMaintenance || state.kind === 'wrong' || state.kind === 'lost') return { state, orders: [] }
  if (state.kind === 'missing') return orderAgain(state, nowMs)
  const leaves = withLeaf(state, leaf)
  if (state.kind === 'clear') {
    const contained: ShardState = { kind: 'contained', sinceMs: nowMs, leaves, askedFrom: [domain], lastAskedMs: nowMs, silentMs: 0 }
    return { state: contained, orders: [{ kind: 'ask-again', leaves, notIn: [domain] }] }
  }
  const askedFrom = state.askedFrom.includes(domain) ? state.askedFrom : [...state.askedFrom, domain]
  const silentMs = silentInAll(state.silentMs, state.lastAskedMs, nowMs)
  return judgeTime({ ...state, leaves, askedFrom, lastAskedMs: nowMs, silentMs }, now, true)
}

/** Whoever did not agree, by the brake or by what it heard of the provider, may agree now. */
function orderAgain(state: Extract<ShardState, { kind: 'missing' }>, nowMs: number): Judgement {
  if (nowMs - state.orderedMs < SILENCE.missingAfterMs) return { state, orders: [] }
  return { state: { ...state, orderedMs: nowMs }, orders: [{ kind: 'count', as: 'missing' }] }
}

/** Silent long enough, asked from enough sides: missing. Else it is asked again from time to time, while heartbeats come. */
function judgeTime(state: ShardState, now: ProviderNow, isAnswer = false): Judgement {
  if (state.kind !== 'contained' || now.isInMaintenance || now.heartbeatsSinceMs === null) return { state, orders: [] }
  const { leaves, askedFrom, lastAskedMs, silentMs } = state
  const thereSinceMs = Math.max(state.sinceMs, now.heartbeatsSinceMs)
  const isLong = lastAskedMs >= thereSinceMs + SILENCE.missingAfterMs || silentMs >= SILENCE.inAllMs
  if (askedFrom.length >= SILENCE.domains && isLong)
    return { state: { kind: 'missing', sinceMs: now.nowMs, leaves, orderedMs: now.nowMs }, orders: [{ kind: 'count', as: 'missing' }] }
  const isDue = now.nowMs - lastAskedMs >= SILENCE.askAgainMs
  return { state, orders: isDue && !isAnswer ? [{ kind: 'ask-again', leaves, notIn: askedFrom }] : [] }
}

const withLeaf = (state: ShardState, leaf: number): number[] =>
  [...new Set([...(state.kind === 'clear' ? [] : state.leaves), leaf])].sort((a, b) => a - b)
