/**
 * views: trackers tell each other whom they hear, so that loss can be judged by a majority, and learn which trackers are there.
 *
 * @module
 */
import type { PeerAddress } from '@lunarx/core/model'
import { ringName } from '@lunarx/core/placement'
import { views } from '@lunarx/wire'
import { isAway, type Ask } from '../ask/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { TrackerRing } from '../ring/index.ts'
import type { Fleet } from './fleet.ts'

export interface ViewDeps {
  readonly ask: Ask
  readonly ring: TrackerRing
  readonly fleet: Fleet
  /** A tracker answered that was away before, or never answered. */
  readonly onBack: (tracker: PeerAddress) => void
}

/** One round with all other trackers, side by side. */
export async function exchangeViews({ ask, ring, fleet, onBack }: ViewDeps, signal: AbortSignal): Promise<void> {
  await Promise.all(
    ring.others.map(async (tracker) => {
      const question = { providers: fleet.views() }
      try {
        const { answer, session } = await ask.withSession(tracker, views, question, { signal, timeoutMs: TRACKER_LIMITS.trackerAskMs })
        const isBack = !ring.isReachable(tracker) || ring.peerAt(tracker) !== session.peer
        ring.heard(tracker, session)
        await fleet.learn(ringName(tracker), answer.providers)
        if (isBack) onBack(tracker)
      } catch (error) {
        if (!isAway(error)) throw error
      }
    }),
  )
}
