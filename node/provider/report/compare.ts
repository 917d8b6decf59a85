/**
 * A comparison of everything that is held with what one tracker knows: ranges of shard keys by their digests, those that differ
 * divided once, then listed. A million shards that the tracker knows are some 250 digests; what was brought in step before a cut is
 * so little the next time, which is all that it takes to go on.
 *
 * Providers with much to tell begin at different places: a tracker that lost its map is taught each record by whoever comes first,
 * and not by all holders of a set at the same moment.
 *
 * @module
 */
import { packShardKeys, rangeDigest } from '@lunarx/core/inventory'
import { publicKeyOf } from '@lunarx/core/membership'
import { askPeer } from '@lunarx/index'
import { slicesOf } from '@lunarx/runtime/clock'
import { compareInventory } from '@lunarx/wire'
import { PROVIDER_LIMITS } from '../limits.ts'
import { tellChanges, tellRange, type Comparison } from './inventory.ts'

interface ShardRange {
  readonly from: Uint8Array
  readonly until: Uint8Array
  readonly shards: number
  readonly digest: Uint8Array
}

/** One that the tracker knows otherwise. */
interface Difference {
  readonly range: ShardRange
  /** That the tracker knows. */
  readonly shards: number
}

const EDGE = new Uint8Array()

/**
 * Compares what is held at the beginning; then tells what changed meanwhile, which ends the round.
 * @returns false: the tracker has forgotten the round, or more has changed than is remembered. Begin another
 * @throws {LunarError} what asking throws
 */
export async function compareAll(comparison: Comparison): Promise<boolean> {
  const { catalog, self, round, sizes } = comparison
  const { sequence } = catalog.changes
  const middle = catalog.shards > sizes.rangeShards ? publicKeyOf(self) : EDGE
  const halves =
    middle === EDGE
      ? [[EDGE, EDGE]]
      : ([
          [middle, EDGE],
          [EDGE, middle],
        ] as const)
  let first = true
  for (const [from = EDGE, until = EDGE] of halves)
    for await (const ranges of rangesOf({ from, until }, sizes.rangeShards, comparison)) {
      const differences = await ask(ranges, first, comparison)
      first = false
      if (!differences) return false
      for (const difference of differences) if (!(await settle(difference, comparison))) return false
    }
  return tellChanges(sequence, round, comparison)
}

/** A range with few shards, here or there, is listed; others are divided, and listed what still differs. */
async function settle({ range, shards }: Difference, comparison: Comparison): Promise<boolean> {
  const { partShards } = comparison.sizes
  if (range.shards <= partShards || shards <= partShards) return tellRange(range, comparison)
  for await (const parts of rangesOf(range, partShards, comparison)) {
    const differences = await ask(parts, false, comparison)
    if (!differences) return false
    for (const { range: part } of differences) if (!(await tellRange(part, comparison))) return false
  }
  return true
}

/** What is held, cut into ranges of so many shards, as many at a time as one question carries. */
async function* rangesOf(
  { from, until }: Pick<ShardRange, 'from' | 'until'>,
  size: number,
  { catalog, crypto, clock, signal, sizes }: Comparison,
): AsyncGenerator<ShardRange[]> {
  const rest = slicesOf(clock, signal)
  let ranges: ShardRange[] = []
  for (let at: Uint8Array | undefined = from; at;) {
    const page: Awaited<ReturnType<typeof catalog.keys>> = await catalog.keys(at, until, size)
    ranges.push({
      from: at,
      until: page.next ?? until,
      shards: page.keys.length,
      digest: rangeDigest(packShardKeys(page.keys), crypto),
    })
    at = page.next
    await rest()
    if (at && ranges.length < sizes.rangesAsked) continue
    yield ranges
    ranges = []
  }
}

/** @returns undefined: the tracker does not know the round */
async function ask(ranges: readonly ShardRange[], isFirst: boolean, comparison: Comparison): Promise<Difference[] | undefined> {
  const { peers, tracker, incarnation, round, signal } = comparison
  const found: Difference[] = []
  let rest = ranges
  for (let first = isFirst; rest.length > 0; first = false) {
    const question = {
      incarnation,
      round,
      first,
      from: rest[0]?.from ?? EDGE,
      ranges: rest.map(({ until, digest }) => ({ until, digest })),
    }
    const { compared, differing } = await askPeer(peers, tracker, compareInventory, question, {
      timeoutMs: PROVIDER_LIMITS.reportMs,
      signal,
    })
    if (compared === 0) return undefined
    for (const { at, shards } of differing) {
      const range = rest[at]
      if (range) found.push({ range, shards })
    }
    rest = rest.slice(compared)
  }
  return found
}
