/**
 * reserve → store → commit for one set, until all n holders confirm: what a provider failed at is placed with another.
 *
 * Demands all n, so that a set starts with its full margin; a bounded number of rounds, then nothing is named and reservations
 * lapse.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { hasCode, LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'
import { pauseMs } from '@lunarx/runtime/tasks'
import type { Placed } from '@lunarx/wire'
import type { Trackers } from '../trackers/index.ts'
import { commit } from './commit.ts'
import { reserve } from './reserve.ts'
import type { SealedSet } from './seal.ts'
import { store, type StoreDeps } from './store.ts'

const ROUNDS = 6
const FIRST_PAUSE_MS = 500
const MAX_PAUSE_MS = 4_000

export interface StoreSetDeps extends StoreDeps {
  readonly trackers: Trackers
  readonly log: Log
}

/** What a round came to. */
interface Round {
  readonly failed: readonly PeerId[]
  readonly cause: unknown
}

/**
 * @param onSent shard bytes of the set handed to the network so far
 * @returns who holds which index, as far as known
 * @throws {LunarError} NOT_ENOUGH_HOLDERS, NO_ROOM, UNKNOWN_CLASS, PEER_UNREACHABLE
 */
export async function storeSet(
  set: SealedSet,
  deps: StoreSetDeps,
  signal: AbortSignal,
  onSent: (sentBytes: number) => void,
): Promise<ReadonlyMap<number, PeerAddress>> {
  const holders = new Map<number, PeerAddress>()
  const progress = sumOf(set.shards.length, onSent)
  let missing = set.shards.map((_, index) => index)
  let last: Round = { failed: [], cause: undefined }
  for (let round = 1; ; round++) {
    last = await storeMissing(set, missing, last.failed, holders, deps, signal, progress)
    const held = await commit(set, deps, signal)
    missing = set.shards.flatMap((_, index) => (held.has(index) ? [] : [index]))
    if (missing.length === 0) return holders
    if (round === ROUNDS) throw notHeld(set, missing, last.cause)
    deps.log.info('shards are not held yet, placing them again', { missing: missing.length, round, error: last.cause })
    await deps.clock.sleep(pauseMs(round, { firstPauseMs: FIRST_PAUSE_MS, maxPauseMs: MAX_PAUSE_MS, random: deps.random }), signal)
  }
}

/** Places and sends what is missing, all at once. Failures are kept for the next round; only what cannot change is thrown. */
async function storeMissing(
  set: SealedSet,
  missing: readonly number[],
  avoid: readonly PeerId[],
  holders: Map<number, PeerAddress>,
  deps: StoreSetDeps,
  signal: AbortSignal,
  progress: (index: number, sentBytes: number) => void,
): Promise<Round> {
  let placed: Placed[]
  try {
    placed = await reserve(set, missing, avoid, deps, signal)
  } catch (error) {
    if (!hasCode(error, 'NO_ROOM')) throw error
    return { failed: [], cause: error } // next time also with those that just failed: they may be back
  }
  const failed: PeerId[] = []
  let cause: unknown
  const send = async (place: Placed): Promise<void> => {
    try {
      await store(place, set, deps, signal, (sentBytes) => progress(place.index, sentBytes))
      holders.set(place.index, place.provider)
    } catch (error) {
      if (signal.aborted) throw error
      failed.push(place.provider.peer)
      cause = error
    }
  }
  await Promise.all(placed.map(send))
  return { failed, cause }
}

/** Sum of the most that was sent of each shard: what is sent again after a cut does not count twice. */
function sumOf(shards: number, onSent: (sentBytes: number) => void): (index: number, sentBytes: number) => void {
  const most = new Float64Array(shards)
  return (index, sentBytes) => {
    most[index] = Math.max(most[index] ?? 0, sentBytes)
    onSent(most.reduce((sum, bytes) => sum + bytes, 0))
  }
}

function notHeld(set: SealedSet, missing: readonly number[], cause: unknown): LunarError {
  if (hasCode(cause, 'NO_ROOM')) return cause
  const detail = { held: set.shards.length - missing.length, needed: set.shards.length, missing: [...missing] }
  return new LunarError('NOT_ENOUGH_HOLDERS', 'not all shards are held by a provider', { cause, detail })
}
