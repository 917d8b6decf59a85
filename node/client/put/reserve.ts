/**
 * reserve: a tracker places the shards and brings a reservation key of each chosen provider.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { reserve as reserveExchange, type Placed } from '@lunarx/wire'
import type { Trackers } from '../trackers/index.ts'
import type { SealedSet } from './seal.ts'

/**
 * @param wanted indices that no provider holds yet
 * @param avoid providers that just failed
 * @throws {LunarError} NO_ROOM, UNKNOWN_CLASS, PEER_UNREACHABLE: no tracker answers
 */
export async function reserve(
  set: SealedSet,
  wanted: readonly number[],
  avoid: readonly PeerId[],
  { trackers }: { readonly trackers: Trackers },
  signal: AbortSignal,
): Promise<Placed[]> {
  const question = { record: set.record, wanted: [...wanted], avoid: [...avoid] }
  const { placed } = await trackers.ask(reserveExchange, question, { about: set.id, signal })
  const open = new Set(wanted)
  return placed.filter(({ index }) => open.delete(index)) // what was not asked for, or comes twice, is not sent
}
