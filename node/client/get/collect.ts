/**
 * Any k verified shards of a set: k at a time, the data shards first (nothing to decode then), the next shard for each that fails.
 * When no k can be had, another tracker is asked who holds them, a bounded number of times; shards in hand are kept.
 *
 * @module
 */
import type { SignKey } from '@lunarx/core/crypto'
import { hexOf, LunarError } from '@lunarx/core/model'
import type { SegmentLayout } from '@lunarx/core/segment'
import type { Log } from '@lunarx/runtime/log'
import type { Random } from '@lunarx/runtime/random'
import { pauseMs } from '@lunarx/runtime/tasks'
import type { RecentFailures } from '../failures.ts'
import type { ManifestSegment, StoredSets } from '../manifest/index.ts'
import { isAway } from '../trackers/index.ts'
import { locate, type Holders, type LocateDeps } from './locate.ts'
import { retrieve, type RetrieveDeps } from './retrieve.ts'

const ROUNDS = 5
const FIRST_PAUSE_MS = 300
const MAX_PAUSE_MS = 3_000

export interface CollectDeps extends RetrieveDeps, LocateDeps {
  readonly random: Random
  readonly log: Log
  readonly failures: RecentFailures
}

export interface WantedSet {
  readonly segment: ManifestSegment
  readonly layout: SegmentLayout
  readonly readKey: SignKey
  /** As located with all the sets of the object; asked for again here when they do not suffice. */
  readonly holders: Holders
}

/**
 * @returns by index, k of them defined
 * @throws {LunarError} TOO_FEW_SHARDS, TOMBSTONED
 */
export async function collect(
  set: WantedSet,
  content: StoredSets,
  deps: CollectDeps,
  signal: AbortSignal,
): Promise<(Uint8Array | undefined)[]> {
  const shards: (Uint8Array | undefined)[] = set.segment.addresses.map(() => undefined)
  let { holders } = set
  for (let round = 1; ; round++) {
    const failures = await collectOnce(set, holders, shards, deps, signal)
    const found = shards.filter(Boolean).length
    if (found >= set.layout.required) return shards
    if (round === ROUNDS) {
      const detail = { segment: hexOf(set.segment.id), found, required: set.layout.required, failures }
      throw new LunarError('TOO_FEW_SHARDS', 'fewer shards of a set can be read than its code requires', { detail })
    }
    await deps.clock.sleep(pauseMs(round, { firstPauseMs: FIRST_PAUSE_MS, maxPauseMs: MAX_PAUSE_MS, random: deps.random }), signal)
    const [again] = await locate([set.segment], content, round, deps, signal)
    if (again) holders = again
  }
}

/** Adds to `shards` until k are there or all holders were tried. @returns codes of failures, counted */
async function collectOnce(
  { segment, layout, readKey }: WantedSet,
  holders: Holders,
  shards: (Uint8Array | undefined)[],
  deps: CollectDeps,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  const failures: Record<string, number> = {}
  const queue = orderOf(holders, deps.failures).filter((index) => !shards[index])
  const fetchOne = async (): Promise<void> => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      const address = segment.addresses[index]
      if (!address) continue
      const wanted = { segment: segment.id, index, address, shardBytes: layout.shardBytes, readKey }
      for (const holder of holders[index] ?? []) {
        try {
          shards[index] = await retrieve(wanted, holder.address, deps, signal)
          deps.failures.answered(holder.address)
          return
        } catch (error) {
          if (signal.aborted || !(error instanceof LunarError)) throw error
          if (isAway(error)) deps.failures.failed(holder.address)
          failures[error.code] = (failures[error.code] ?? 0) + 1
          deps.log.info('a shard could not be read, taking another', { index, provider: holder.address.peer, error })
        }
      }
    }
  }
  const missing = layout.required - shards.filter(Boolean).length
  await Promise.all(Array.from({ length: missing }, fetchOne))
  return failures
}

/** Indices that somebody is known to hold: by index (data first) among those whose best holder is alive, then the others. */
function orderOf(holders: Holders, recent: RecentFailures): number[] {
  const doubt = (index: number): number => {
    const [best] = holders[index] ?? []
    return best?.isAlive && !recent.hasFailed(best.address) ? 0 : 1
  }
  return holders.flatMap((some, index) => (some.length > 0 ? [index] : [])).sort((a, b) => doubt(a) - doubt(b) || a - b)
}
