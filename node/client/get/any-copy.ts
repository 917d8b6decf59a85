/**
 * A set, or one of its backup copies: whichever can be read. The first set comes first; a copy when too few of the first's shards are
 * left, or too few answer, even in the middle of a segment.
 *
 * A set without copies is asked for again and again before it is given up. Of one with copies each is tried for a short while at
 * first, those whose holders are away are passed over; only when none can be read they are all asked as patiently. Then only what holders
 * prove to trackers is left: `withheld.ts`.
 *
 * @module
 */
import { hasCode, itemAt, type LunarError } from '@lunarx/core/model'
import type { Span } from './cut.ts'
import { locate, type Holders } from './locate.ts'
import { gatherPart, openPart } from './part.ts'
import type { Recycled } from './recycled.ts'
import { ReadSet, ROUNDS, type OpenContent } from './set.ts'
import type { NamedSet } from './walk.ts'
import { gatherWhole, isMost, openWhole, type Shards } from './whole.ts'
import { gatherWithheld, type WithheldDeps } from './withheld.ts'

/** Views of trackers that are tried of each copy before the next one is. */
const FIRST_ROUNDS = 2

export interface GatherDeps extends WithheldDeps {
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
      return (reading) => openOn(open, named, copies, span, content, deps, reading)
    } catch (error) {
      if (!hasCode(error, 'TOO_FEW_SHARDS')) throw error
      if (i === tries.length - 1) return await gatherRefused(copies, span, content, deps, error, signal)
      deps.log.info('a copy of a set cannot be read, taking another', { copy: named.copy, error })
    }
  }
  throw new RangeError('a set without itself')
}

/** The copy that a tracker can have enough leaves of, which the holders refuse the owner. @throws `refusal`: there is none */
async function gatherRefused(
  copies: readonly NamedSet[],
  span: Span,
  content: OpenContent,
  deps: GatherDeps,
  refusal: LunarError,
  signal: AbortSignal,
): Promise<Opening> {
  for (const named of copies) {
    const [holders] = await locate([named], content.content.owner, 0, deps, signal)
    const open = await gatherWithheld(new ReadSet(named, content, holders ?? [], deps), span, deps, signal)
    if (open) return open
  }
  throw refusal
}

/** What the copy at hand does not give comes from the others, or, where there is none, from what its holders prove to trackers. */
async function* openOn(
  open: Opening,
  named: NamedSet,
  copies: readonly NamedSet[],
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
    const rest = { from, until: span.until }
    const others = copies.filter((one) => one !== named)
    if (others.length > 0) deps.log.info('a copy of a set cannot be read on, taking another', { error })
    const next =
      others.length > 0
        ? await gatherAny(others, undefined, rest, content, deps, signal)
        : await gatherRefused(copies, rest, content, deps, error, signal)
    yield* next(signal)
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
