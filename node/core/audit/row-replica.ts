/**
 * Judging one replica about one row that another replica has shown to be there:
 *
 *   clear ──has not got it, or silent──► contained ──says so again and again, for an hour in which it heartbeats──► missing
 *     ▲                                      │ proved, however late                                               │ the same
 *     └──────────────────────────────────────┴────────────────────────────────────────────────────────────────────┘
 *
 * A replica may lack what it never acknowledged: it was away, or its epoch has just begun. It fetches the row when it is asked; so an hour
 * later it is there. Silence alone never makes a row missing, and neither touches standing: what does is a signed wrong answer, and a
 * value that is gone from under the provider's own root. What is missing may cost a provider its membership: row-lacking.ts.
 *
 * @module
 */
import type { ProviderNow } from './judge.ts'
import { LACKING } from './row-lacking.ts'
import { SILENCE } from './silence.ts'

export type ReplicaState =
  | { readonly kind: 'clear' }
  | {
      readonly kind: 'contained' | 'missing'
      /** Since when it has said that it has not got it; null: it has only been silent. */
      readonly lacksSinceMs: number | null
      /** How often it has said so since then. */
      readonly answers: number
      readonly lastAskedMs: number
    }

export type ReplicaEvidence = 'proved' | 'lost' | 'silent'

/** One step. Evidence may come in any order, and twice. */
export function judgeReplica(state: ReplicaState, evidence: ReplicaEvidence, now: ProviderNow): ReplicaState {
  if (evidence === 'proved') return { kind: 'clear' }
  const before = state.kind === 'clear' ? { kind: 'contained' as const, lacksSinceMs: null, answers: 0 } : state
  const asked = { ...before, lastAskedMs: now.nowMs }
  if (evidence === 'silent' || now.isInMaintenance || now.heartbeatsSinceMs === null) return asked
  const lacksSinceMs = before.lacksSinceMs ?? now.nowMs
  const answers = before.answers + 1
  const thereSinceMs = Math.max(lacksSinceMs, now.heartbeatsSinceMs)
  const isLongEnough = answers >= LACKING.answers && now.nowMs >= thereSinceMs + SILENCE.missingAfterMs
  return { ...asked, kind: before.kind === 'missing' || isLongEnough ? 'missing' : 'contained', lacksSinceMs, answers }
}

/** The provider is worked on, leaves, or is away: what it has said so far counts for nothing, and is asked anew afterwards. */
export const excuseReplica = (state: ReplicaState): ReplicaState =>
  state.kind === 'clear' ? state : { ...state, kind: 'contained', lacksSinceMs: null, answers: 0 }

/** It is to be asked again now. */
export const isReplicaDue = (state: ReplicaState, now: ProviderNow): boolean =>
  state.kind !== 'clear' && !now.isInMaintenance && now.heartbeatsSinceMs !== null && now.nowMs - state.lastAskedMs >= SILENCE.askAgainMs
