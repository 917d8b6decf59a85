/**
 * Judging one replica about one row that another replica has shown to be there:
 *
 *   clear ──has not got it, or silent──► contained ──says so for an hour in which it heartbeats, or proves nothing──► missing
 *     ▲                                      │          for a day in all                                               │
 *     │                                      │ proved, however late                                                 │ the same
 *     └──────────────────────────────────────┴──────────────────────────────────────────────────────────────────────┘
 *
 * A replica may lack what it never acknowledged: it was away, or its epoch has just begun. It fetches the row when it is asked; so an hour
 * later it is there. The hour begins anew with every gap in its heartbeats; the day does not (silence.ts), and in it silence counts as much.
 * Neither touches standing: what does is a signed wrong answer, and a value that is gone from under the provider's own root. What is missing
 * may cost a provider its membership: row-lacking.ts.
 *
 * @module
 */
import type { ProviderNow } from './judge.ts'
import { LACKING } from './row-lacking.ts'
import { SILENCE, silentInAll } from './silence.ts'

export type ReplicaState =
  | { readonly kind: 'clear' }
  | {
      readonly kind: 'contained' | 'missing'
      /** Since when it has said that it has not got it; null: it has only been silent. */
      readonly lacksSinceMs: number | null
      /** How often it has said so since then. */
      readonly answers: number
      readonly lastAskedMs: number
      /** How long it has proved nothing in all: was silent, or said that it has not got it. */
      readonly unprovedMs: number
    }

export type ReplicaEvidence = 'proved' | 'lost' | 'silent'

/** One step. Evidence may come in any order, and twice. */
export function judgeReplica(state: ReplicaState, evidence: ReplicaEvidence, now: ProviderNow): ReplicaState {
  if (evidence === 'proved') return { kind: 'clear' }
  const nothingYet = { kind: 'contained' as const, lacksSinceMs: null, answers: 0, lastAskedMs: now.nowMs, unprovedMs: 0 }
  const before = state.kind === 'clear' ? nothingYet : state
  const unprovedMs = now.isInMaintenance ? before.unprovedMs : silentInAll(before.unprovedMs, before.lastAskedMs, now.nowMs)
  const kind = before.kind === 'missing' || unprovedMs >= SILENCE.inAllMs ? 'missing' : 'contained'
  const asked = { ...before, kind, lastAskedMs: now.nowMs, unprovedMs } as const
  if (evidence === 'silent' || now.isInMaintenance || now.heartbeatsSinceMs === null) return asked
  const lacksSinceMs = before.lacksSinceMs ?? now.nowMs
  const answers = before.answers + 1
  const thereSinceMs = Math.max(lacksSinceMs, now.heartbeatsSinceMs)
  const isLongEnough = answers >= LACKING.answers && now.nowMs >= thereSinceMs + SILENCE.missingAfterMs
  return { ...asked, kind: isLongEnough ? 'missing' : kind, lacksSinceMs, answers }
}

/** Why nothing is held against a provider now: it is worked on or to go, or only away, which it may choose to be. */
export type Excuse = 'ordered' | 'away'

/** What it has said so far counts for nothing, and is asked anew afterwards. That it was away does not take back what it was silent in all. */
export function excuseReplica(state: ReplicaState, excuse: Excuse): ReplicaState {
  if (state.kind === 'clear') return state
  const unprovedMs = excuse === 'away' ? state.unprovedMs : 0
  return { ...state, kind: unprovedMs >= SILENCE.inAllMs ? 'missing' : 'contained', lacksSinceMs: null, answers: 0, unprovedMs }
}

/** It is to be asked again now. */
export const isReplicaDue = (state: ReplicaState, now: ProviderNow): boolean =>
  state.kind !== 'clear' && !now.isInMaintenance && now.heartbeatsSinceMs !== null && now.nowMs - state.lastAskedMs >= SILENCE.askAgainMs
