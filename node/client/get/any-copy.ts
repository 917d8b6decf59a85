/**
 * A set, or one of its backup copies: whichever can be read. The first set comes first; a copy when too few of the first's shards are
 * left, or too few answer, even in the middle of a segment.
 *
 * A set without copies is asked for again and again before it is given up. Of one with copies each is tried for a short while at
 * first, those whose holders are away are passed over; only when none can be read they are all asked as patiently.
 *
 * @module
 */
import type { ErasureEngine } from '@lunarx/core/erasure'
import { hasCode, itemAt, LIMITS } from '@lunarx/core/model'
import type { Span } from './cut.ts'
import { locate, type Holders } from './locate.ts'
import { gatherPart, openPart } from './part.ts'
import type { Recycled } from './recycled.ts'
import { ReadSet, ROUNDS, type OpenContent, type SetDeps } from './set.ts'
import type { NamedSet } from './walk.ts'
import { gatherWhole, openWhole, type Shards } from './whole.ts'

/** Views of trackers that are tried of each copy before the next one is. */
const FIRST_ROUNDS = 2

export interface GatherDeps extends SetDeps {
  readonly erasure: ErasureEngine
  readonly memory: Recycled
}

/** What was gathered of a set, as a stream of its plaintext. */
export type Opening = (signal: AbortSignal) => AsyncGenerator<Uint8Array, void>

/**
 * @param copies sets of the same plaintext, best first; at least one
 * @param located holders of the first of them, where they are known already
 * @throws {LunarError} TOO_FEW_SHARDS: of every copy; TOMBSTONED, WRONG_KEY
 */
export async function gatherAny(
  copies: readonly NamedSet[],
  located: Holders | undefined,
  span: Span,
  content: OpenContent,
  deps: GatherDeps,
  signal: AbortSignal,
): Promise<Opening> {
  const first = itemAt(copies, 0)
  const patient = copies.map((named) => ({ named, rounds: ROUNDS }))
  const tries = copies.length > 1 ? [...copies.map((named) => ({ named, rounds: FIRST_ROUNDS })), ...patient] : patient
  for (const [i, { named, rounds }] of tries.entries()) {
    const known = i === 0 && named === first ? located : undefined
    const holders = known ?? (await locate([named], content.content.owner, 0, deps, signal))[0] ?? []
    const set = new ReadSet(named, content, holders, deps, rounds)
    if (rounds < ROUNDS && !set.isPromising) continue
    try {
      const open = await gatherSet(set, span, deps, signal)
      const others = copies.filter((one) => one !== named)
      return others.length === 0 ? open : (reading) => openOn(open, others, span, content, deps, reading)
    } catch (error) {
      if (!hasCode(error, 'TOO_FEW_SHARDS') || i === tries.length - 1) throw error
      deps.log.info('a copy of a set cannot be read, taking another', { copy: named.copy, error })
    }
  }
  throw new RangeError('a set without itself')
}

/** What the copy at hand does not give comes from the others. */
async function* openOn(
  open: Opening,
  others: readonly NamedSet[],
  span: Span,
  content: OpenContent,
  deps: GatherDeps,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  let { from } = span
  try {
    for await (const chunk of open(signal)) {
      from += chunk.length
      yield chunk
    }
  } catch (error) {
    if (!hasCode(error, 'TOO_FEW_SHARDS')) throw error
    deps.log.info('a copy of a set cannot be read on, taking another', { error })
    yield* (await gatherAny(others, undefined, { from, until: span.until }, content, deps, signal))(signal)
  }
}

/** The whole set when most of it is wanted: it needs no paths, and any k of its shards do. */
async function gatherSet(
  set: ReadSet,
  { from, until }: Span,
  deps: Pick<GatherDeps, 'erasure' | 'memory'>,
  signal: AbortSignal,
): Promise<Opening> {
  const span = { from, until }
  if (isMost(span, set.layout.plaintextBytes)) {
    const shards: Shards = new Map()
    await gatherWhole(set, shards, deps.memory, signal)
    return (reading) => openWhole(set, shards, span, deps, reading)
  }
  const pieces = await gatherPart(set, span, deps.erasure, signal)
  return () => openPart(set, pieces, span)
}

/** True if the frames of the span are at least three of four. */
function isMost({ from, until }: Span, plaintextBytes: number): boolean {
  const frames = Math.ceil(until / LIMITS.frameBytes) - Math.floor(from / LIMITS.frameBytes)
  return 4 * frames >= 3 * Math.ceil(plaintextBytes / LIMITS.frameBytes)
}
