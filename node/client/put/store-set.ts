/**
 * reserve → store → commit for one set, until as many holders confirm as are asked for: what a provider failed at is placed with
 * another.
 *
 * A set is asked to start with its full margin unless the caller says otherwise; then the slowest are cut off once enough have
 * confirmed, and what they lack is left to repair. A bounded number of rounds, then nothing is named and reservations lapse.
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

export interface StoreSetOptions {
  readonly signal: AbortSignal
  /** Holders that must confirm, k … n. */
  readonly needed: number
  /** Reservations of an earlier put of this set; undefined: there was none. */
  readonly earlier?: readonly Placed[] | undefined
  /** Told of every reservation before anything is sent under it. */
  readonly onReserved: (placed: readonly Placed[]) => Promise<void>
  /** Shard bytes of the set handed to the network so far. */
  readonly onSent: (sentBytes: number) => void
}

/** What came of a set. */
export interface Holding {
  /** Indices that their holders confirmed. */
  readonly held: ReadonlySet<number>
  /** Who holds which index, as far as known. */
  readonly holders: ReadonlyMap<number, PeerAddress>
}

/** What a round came to. */
interface Round {
  readonly failed: readonly PeerId[]
  readonly cause: unknown
}

/** @throws {LunarError} NOT_ENOUGH_HOLDERS, NO_ROOM, UNKNOWN_CLASS, PEER_UNREACHABLE */
export async function storeSet(set: SealedSet, deps: StoreSetDeps, options: StoreSetOptions): Promise<Holding> {
  const { signal, needed, earlier } = options
  const holders = new Map<number, PeerAddress>()
  const progress = sumOf(set.shards.length, options.onSent)
  let missing = set.shards.map((_, index) => index)
  let last: Round = { failed: [], cause: undefined }
  for (let round = 1; ; round++) {
    const known = round === 1 && earlier?.length ? earlier : undefined
    const placing = (): Promise<Placed[]> => reserveMost(set, missing, last.failed, needed, deps, signal)
    last = await storeMissing(set, known ? () => Promise.resolve([...known]) : placing, holders, deps, options, progress)
    const held = await commit(set, deps, signal)
    missing = set.shards.flatMap((_, index) => (held.has(index) ? [] : [index]))
    if (held.size >= needed) return { held, holders: new Map([...holders].filter(([index]) => held.has(index))) }
    if (round === ROUNDS) throw notHeld(set, missing, needed, last.cause)
    deps.log.info('shards are not held yet, placing them again', { missing: missing.length, round, error: last.cause })
    if (known) continue // what is left of an earlier put is no reason to wait
    await deps.clock.sleep(pauseMs(round, { firstPauseMs: FIRST_PAUSE_MS, maxPauseMs: MAX_PAUSE_MS, random: deps.random }), signal)
  }
}

/** Where there is no room for all, and not all are needed, as many as are. */
async function reserveMost(
  set: SealedSet,
  missing: readonly number[],
  avoid: readonly PeerId[],
  needed: number,
  deps: StoreSetDeps,
  signal: AbortSignal,
): Promise<Placed[]> {
  const spare = set.shards.length - needed
  try {
    return await reserve(set, missing, avoid, deps, signal)
  } catch (error) {
    if (!hasCode(error, 'NO_ROOM') || spare === 0 || missing.length <= spare) throw error
    return await reserve(set, missing.slice(0, missing.length - spare), avoid, deps, signal)
  }
}

/**
 * Places and sends what is missing, all at once, until enough have it. Failures are kept for the next round; only what cannot change
 * is thrown.
 */
async function storeMissing(
  set: SealedSet,
  placing: () => Promise<Placed[]>,
  holders: Map<number, PeerAddress>,
  deps: StoreSetDeps,
  { signal, needed, earlier, onReserved }: StoreSetOptions,
  progress: (index: number, sentBytes: number) => void,
): Promise<Round> {
  let placed: Placed[]
  try {
    placed = await placing()
  } catch (error) {
    if (!hasCode(error, 'NO_ROOM')) throw error
    return { failed: [], cause: error } // next time also with those that just failed: they may be back
  }
  await onReserved(placed)
  const failed: PeerId[] = []
  let cause: unknown
  const cut = new AbortController()
  const within = AbortSignal.any([signal, cut.signal])
  const send = async (place: Placed): Promise<void> => {
    try {
      await store(place, set, deps, within, earlier !== undefined, (sentBytes) => progress(place.index, sentBytes))
      holders.set(place.index, place.provider)
      if (holders.size >= needed && needed < set.shards.length) cut.abort(new LunarError('ABORTED', 'enough holders have the set'))
    } catch (error) {
      if (signal.aborted) throw error
      if (cut.signal.aborted) return
      if (!hasCode(error, 'RESERVATION_INVALID')) failed.push(place.provider.peer)
      cause = error
    }
  }
  await Promise.all(placed.map(send))
  return { failed, cause }
}

/** Sum of the most that was sent of each shard: what is sent again after a cut does not count twice. */
function sumOf(shards: number, onSent: (sentBytes: number) => void): (index: number, sentBytes: number) => void {
  const most = new Float64Array(shards)
  let sum = 0
  return (index, sentBytes) => {
    const before = most[index] ?? 0
    if (sentBytes <= before) return
    most[index] = sentBytes
    sum += sentBytes - before
    onSent(sum)
  }
}

function notHeld(set: SealedSet, missing: readonly number[], needed: number, cause: unknown): LunarError {
  if (hasCode(cause, 'NO_ROOM')) return cause
  const detail = { held: set.shards.length - missing.length, needed, missing: [...missing] }
  return new LunarError('NOT_ENOUGH_HOLDERS', 'not enough shards are held by a provider', { cause, detail })
}
