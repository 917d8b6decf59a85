/**
 * release: gives reservations back that will not be used, so that their room is free now and not when they lapse.
 *
 * @module
 */
import type { Peers } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import { deadline } from '@lunarx/runtime/tasks'
import { storeRelease, type Placed } from '@lunarx/wire'
import { answerOf } from '../answer-of.ts'

/** For all of them together: whoever gave up does not want to wait. */
const RELEASE_MS = 3_000

export interface ReleaseDeps {
  readonly peers: Peers
  readonly clock: Clock
  readonly log: Log
  /** Aborted when the client is closed. */
  readonly lifetime: AbortSignal
}

/** Never throws: what a provider does not hear lapses there by itself. */
export async function release(placed: readonly Placed[], { peers, clock, log, lifetime }: ReleaseDeps): Promise<void> {
  if (placed.length === 0 || lifetime.aborted) return
  using limit = deadline(clock, RELEASE_MS, lifetime)
  const { signal } = limit
  await Promise.all(
    placed.map(async ({ provider, key }) => {
      try {
        await answerOf(peers, provider, storeRelease, { key }, { signal })
      } catch (error) {
        log.info('a reservation is left to lapse', { provider: provider.peer, error })
      }
    }),
  )
}
