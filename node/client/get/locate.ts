/**
 * locate: who holds the shards of these sets? Trackers know; when none answers, or they know of fewer, the manifest's hint of who
 * held them at first is added.
 *
 * @module
 */
import { equalBytes, hexOf, LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'
import { locate as locateExchange } from '@lunarx/wire'
import type { ManifestSegment, StoredSets } from '../manifest/index.ts'
import type { Trackers } from '../trackers/index.ts'

export interface Holder {
  readonly address: PeerAddress
  /** Heard of lately by a tracker. */
  readonly isAlive: boolean
}

/** By shard index, best first; empty where nobody is known. */
export type Holders = readonly (readonly Holder[])[]

export interface LocateDeps {
  readonly trackers: Trackers
  readonly log: Log
}

/**
 * @param skip trackers to pass over at first: 0, then 1, … for another view
 * @returns in the order of `segments`
 * @throws {LunarError} TOMBSTONED
 */
export async function locate(
  segments: readonly ManifestSegment[],
  content: StoredSets,
  skip: number,
  deps: LocateDeps,
  signal: AbortSignal,
): Promise<Holders[]> {
  const known = await askTrackers(segments, skip, deps, signal)
  return segments.map((segment) => {
    const holders: Holder[][] = segment.addresses.map(() => [])
    for (const { index, provider, state } of known.get(hexOf(segment.id)) ?? [])
      holders[index]?.push({ address: provider, isAlive: state === 'alive' })
    for (const [index, at] of segment.holders.entries()) {
      const hint = content.holders[at]
      const isKnown = hint && holders[index]?.some(({ address }) => address.peer === hint.peer)
      if (hint && !isKnown) holders[index]?.push({ address: hint, isAlive: false })
    }
    return holders.map((some) => some.toSorted((a, b) => Number(b.isAlive) - Number(a.isAlive)))
  })
}

type Known = { readonly index: number; readonly provider: PeerAddress; readonly state: 'alive' | 'suspect' }

async function askTrackers(
  segments: readonly ManifestSegment[],
  skip: number,
  { trackers, log }: LocateDeps,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly Known[]>> {
  const [first] = segments
  if (!first) return new Map()
  try {
    const question = { segments: segments.map(({ id }) => id) }
    const { found } = await trackers.ask(locateExchange, question, { about: first.id, signal, rounds: 1, skip })
    const buried = found.find((entry) => entry.buried && segments.some(({ id }) => equalBytes(id, entry.segment)))
    if (buried) throw new LunarError('TOMBSTONED', 'the object was deleted or replaced', { detail: { segment: hexOf(buried.segment) } })
    return new Map(found.map(({ segment, holders }) => [hexOf(segment), holders]))
  } catch (error) {
    if (signal.aborted || !(error instanceof LunarError) || !error.retryable) throw error
    log.warn('no tracker locates the set, going by the hint of its manifest', { error })
    return new Map()
  }
}
