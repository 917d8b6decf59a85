/**
 * Where a tracker keeps its map and the rest, as its run config says. What a kind needs is loaded only when it is asked for.
 *
 * @module
 */
import type { RunConfig } from '@lunarx/core/membership'
import type { Platform } from '@lunarx/runtime/platform'

/**
 * @param owner whose stores these are; the same after every restart
 * @param stack closes what was opened, after the tracker
 * @throws {LunarError} BAD_CONFIG, STORE_FAILED
 */
export async function openTrackerStores(
  { store }: Pick<RunConfig, 'store'>,
  owner: string,
  platform: Pick<Platform, 'clock' | 'random' | 'metrics' | 'openStore'>,
  stack: AsyncDisposableStack,
): Promise<Pick<Platform, 'openStore'>> {
  if (store.kind === 'embedded') return platform
  const { openPostgres } = await import('@lunarx/tracker/store')
  return stack.use(await openPostgres(store, owner, platform))
}
