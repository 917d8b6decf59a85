/**
 * Tells every tracker that answers of maintenance. Nothing waits for it for long, and nothing fails with it: where a tracker does not hear of
 * it, its audits count silence as of any other.
 *
 * @module
 */
import { deadline } from '@lunarx/runtime/tasks'
import { planMaintenance, type WantedMaintenance } from '../healing/index.ts'
import type { ControllerDeps } from './deps.ts'
import type { Answering } from './look.ts'

/** For all that they are told at once. */
const TELL_MS = 5_000

export async function tellOfMaintenance(
  wanted: WantedMaintenance,
  trackers: readonly Answering[],
  { clock, log }: Pick<ControllerDeps, 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  using limit = deadline(clock, TELL_MS, signal)
  const tell = async ({ admin, status }: Answering): Promise<void> => {
    for (const { peer, forMs } of planMaintenance(wanted, status.audit)) {
      try {
        await admin.declareMaintenance(peer, forMs, limit.signal)
        log.info('maintenance declared', { peer, forMs, tracker: status.name })
      } catch (error) {
        signal.throwIfAborted()
        log.warn('a tracker was not told of maintenance', { peer, forMs, tracker: status.name, error })
      }
    }
  }
  await Promise.all(trackers.map(tell))
}
