/**
 * announce: tells the directory which sets this provider has shards of, within a budget. A reader whom no tracker answers finds it there.
 *
 * Beside the work: it looks at what the inventory has gained since the last time, and nothing waits for it. What does not fit the budget
 * is not announced; the hint of the manifest still names who held a set at first.
 *
 * @module
 */
import type { Directory } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { Metrics } from '@lunarx/runtime/metrics'
import type { Tasks } from '@lunarx/runtime/tasks'
import type { Catalog } from '../catalog/index.ts'
import { PROVIDER_LIMITS } from '../limits.ts'
import { AnnounceQueue } from './queue.ts'

const HOUR_MS = 3_600_000

export interface AnnounceDeps {
  /** Undefined: the network has none. */
  readonly directory: Directory | undefined
  /** Announcements in an hour at most; 0: none. */
  readonly perHour: number
  readonly catalog: Catalog
  readonly clock: Clock
  readonly metrics: Metrics
  readonly tasks: Tasks
}

export function startAnnouncing({ directory, perHour, catalog, clock, metrics, tasks }: AnnounceDeps): void {
  if (!directory || perHour === 0) return
  const windowMs = HOUR_MS / perHour
  const queue = new AnnounceQueue({ ...PROVIDER_LIMITS.announce, windowMs })
  const announced = metrics.counter('lunarx_provider_announced_total', 'Announcements of sets that the directory took')
  const waiting = metrics.gauge('lunarx_provider_announcements_waiting', 'Sets that were never announced and may be')
  const dropped = metrics.gauge('lunarx_provider_announcements_dropped', 'Sets that gave way to newer ones since the start')
  let { sequence } = catalog.changes
  const hearOfChanges = (): void => {
    const changes = catalog.changes.since(sequence) ?? []
    ;({ sequence } = catalog.changes)
    for (const { key, isHeld } of changes) if (isHeld) queue.add(key.segment, clock.now())
    for (const { key, isHeld } of changes) if (!isHeld) queue.remove(key.segment)
  }
  tasks.repeat(
    'announce',
    () => windowMs,
    async (signal) => {
      hearOfChanges()
      const segment = queue.next(clock.now())
      if (segment && (await directory.announce(segment, signal)) > 0) {
        queue.announced(segment, clock.now())
        announced.add()
      }
      waiting.set(queue.waiting)
      dropped.set(queue.dropped)
    },
  )
}
