/**
 * Challenges that came with a tracker's answer to a heartbeat: answered on the way that the heartbeat took, so that a provider which
 * cannot be reached from outside is heard.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import type { PeerAddress } from '@lunarx/core/model'
import { askPeer } from '@lunarx/index'
import type { Peers, Session } from '@lunarx/net/peers'
import type { Log } from '@lunarx/runtime/log'
import { submitAnswer } from '@lunarx/wire'
import { answerLeaf } from './prove-leaf.ts'
import type { ProveDeps } from './read-from.ts'

export interface ProveHeartbeatDeps extends ProveDeps {
  readonly peers: Peers
  readonly log: Log
}

/** @param session of the tracker that asks */
export async function answerChallenges(
  challenges: readonly SignedDocument[],
  tracker: PeerAddress,
  { peer, credential }: Session,
  deps: ProveHeartbeatDeps,
  signal: AbortSignal,
): Promise<void> {
  if (credential.role !== 'tracker') return
  for (const challenge of challenges) {
    try {
      const answer = await answerLeaf(challenge, peer, deps, signal)
      await askPeer(deps.peers, tracker, submitAnswer, { answer }, { signal })
    } catch (error) {
      if (signal.aborted) return
      deps.log.info('a challenge was not answered', { tracker: tracker.host, error })
    }
  }
}
