/**
 * act: tell every tracker that answers. Each makes the loss durable; those that are away learn it once a majority has it, since none
 * believes another alone. Never waits for a dead pod.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import { LunarError } from '@lunarx/core/model'
import type { TrackerStatus } from '@lunarx/wire'
import type { Action } from './plan.ts'

/** The admin API of one tracker, with operator rights. */
export interface TrackerAdmin {
  status(signal: AbortSignal): Promise<TrackerStatus>
  declareLost(peer: string, reason: string, signal: AbortSignal): Promise<void>
  retire(peer: string, reason: string, signal: AbortSignal): Promise<void>
  orderDrain(peer: string, isDraining: boolean, signal: AbortSignal): Promise<void>
  orderAudit(peer: string, id: string, signal: AbortSignal): Promise<void>
  /** From now on; 0: it is over. */
  declareMaintenance(peer: string, forMs: number, signal: AbortSignal): Promise<void>
  readEpoch(signal: AbortSignal): Promise<SignedDocument | undefined>
  announceEpoch(epoch: SignedDocument, signal: AbortSignal): Promise<void>
}

/** One that accepts is enough for now: the next look tells the rest. @throws {LunarError} what the last tracker answered; PEER_UNREACHABLE when there is none */
export async function act(action: Action, trackers: readonly TrackerAdmin[], signal: AbortSignal): Promise<void> {
  let failure: unknown = new LunarError('PEER_UNREACHABLE', 'no tracker can be told of a loss', { detail: { peer: action.peer } })
  let isTaken = false
  for (const tracker of trackers) {
    try {
      if (action.kind === 'retire') await tracker.retire(action.peer, action.reason, signal)
      else await tracker.declareLost(action.peer, action.reason, signal)
      isTaken = true
    } catch (error) {
      if (signal.aborted) throw error
      failure = error
    }
  }
  if (!isTaken) throw failure
}
