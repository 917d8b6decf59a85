/**
 * Tells every tracker that this verifier is there, three times in the time after which a tracker takes it for gone.
 *
 * A tracker of a release before does not know verifiers, one of a network without audits needs none: they are told again, ever more rarely.
 *
 * @module
 */
import type { PeerAddress } from '@lunarx/core/model'
import type { Random } from '@lunarx/runtime/random'
import type { Tasks } from '@lunarx/runtime/tasks'
import { announceVerifier } from '@lunarx/wire'
import { askTracker, type AskDeps } from './ask.ts'
import { VERIFIER_LIMITS } from './limits.ts'

export interface AnnounceDeps extends AskDeps {
  readonly address: PeerAddress
  readonly random: Random
  readonly tasks: Tasks
}

/** Goes on for as long as `tasks` run. @returns whether some tracker has taken it */
export function startAnnouncing(trackers: readonly PeerAddress[], deps: AnnounceDeps): { readonly isTaken: () => boolean } {
  const { tasks, random } = deps
  let isTaken = false
  for (const tracker of trackers) {
    let failures = 0
    let pauseMs: number = VERIFIER_LIMITS.retryMs
    const jittered = (): number => pauseMs * (0.8 + 0.2 * random.uniform())
    tasks.repeat('announce', jittered, async (signal) => {
      const told = await askTracker(tracker, announceVerifier, { address: deps.address }, deps, signal)
      const lapsesMs = told?.answer.lapsesMs
      failures = lapsesMs === undefined ? failures + 1 : 0
      isTaken ||= lapsesMs !== undefined
      pauseMs = pauseAfter(failures, lapsesMs)
    })
  }
  return { isTaken: () => isTaken }
}

/** @param lapsesMs undefined: it was not taken */
function pauseAfter(failures: number, lapsesMs: number | undefined): number {
  const { retryMs, maxPauseMs, minPauseMs } = VERIFIER_LIMITS
  if (lapsesMs === undefined) return Math.min(maxPauseMs, retryMs * 2 ** (failures - 1))
  return Math.min(maxPauseMs, Math.max(minPauseMs, lapsesMs / 3))
}
