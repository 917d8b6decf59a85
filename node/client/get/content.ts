/**
 * One version of an object: its sets located and gathered one ahead of the reader, opened as the reader pulls.
 *
 * @module
 */
import { unwrapDataKey } from '@lunarx/core/crypto'
import type { ErasureEngine } from '@lunarx/core/erasure'
import type { OwnerKeys } from '@lunarx/core/keys'
import { concatBytes, LIMITS } from '@lunarx/core/model'
import { ahead } from '../ahead.ts'
import { decodeNode, type ManifestNode, type StoredSets } from '../manifest/index.ts'
import type { Span } from './cut.ts'
import { locate } from './locate.ts'
import { gatherPart, openPart } from './part.ts'
import { Recycled } from './recycled.ts'
import { ReadSet, type OpenContent, type SetDeps } from './set.ts'
import { segmentsIn, setIdsOf, type NamedSet, type WantedSegment } from './walk.ts'
import { gatherWhole, openWhole, type Shards } from './whole.ts'

export interface ContentDeps extends SetDeps {
  readonly keys: Pick<OwnerKeys, 'wrappingKey'>
  readonly erasure: ErasureEngine
}

interface GatherDeps extends ContentDeps {
  readonly memory: Recycled
}

/** What was gathered of a set, as a stream of its plaintext. */
type Opening = (signal: AbortSignal) => AsyncGenerator<Uint8Array, void>

/**
 * The bytes of the span, frame by frame (256 KiB) in memory of the caller's own. Two segments in memory at most.
 * @throws {LunarError} WRONG_KEY, TOO_FEW_SHARDS, TOMBSTONED
 */
export async function* readContent(
  stored: StoredSets,
  span: Span,
  deps: ContentDeps,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const content = await openContent(stored, deps)
  const memory = new Recycled()
  const gathered = (inner: AbortSignal) => gatherAll(content, span, { ...deps, memory }, inner)
  for await (const open of ahead(gathered, signal)) yield* open(signal)
}

/** Ids of all sets that a version is made of, its manifest's nodes included, from below. @throws {LunarError} as {@link readContent} */
export async function* setsUnder(stored: StoredSets, deps: ContentDeps, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const content = await openContent(stored, deps)
  yield* setIdsOf(stored, (set) => openNode(set, content, deps, signal))
}

async function openContent(content: StoredSets, { keys, crypto }: ContentDeps): Promise<OpenContent> {
  return { content, dataKey: await unwrapDataKey(keys.wrappingKey, content.wrappedDataKey, content.keyCommitment, crypto) }
}

async function* gatherAll(content: OpenContent, span: Span, deps: GatherDeps, signal: AbortSignal): AsyncGenerator<Opening, void> {
  for await (const run of segmentsIn(content.content, span, (set) => openNode(set, content, deps, signal))) {
    const located = await locate(run, content.content.owner, 0, deps, signal)
    for (const [i, wanted] of run.entries())
      yield await gatherSet(new ReadSet(wanted, content, located[i] ?? [], deps), wanted, deps, signal)
  }
}

/** The whole set when most of it is wanted: it needs no paths, and any k of its shards do. */
async function gatherSet(
  set: ReadSet,
  { from, until }: WantedSegment | Span,
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

/** A node of the manifest, out of its set. */
async function openNode(named: NamedSet, content: OpenContent, deps: ContentDeps, signal: AbortSignal): Promise<ManifestNode> {
  const [holders = []] = await locate([named], content.content.owner, 0, deps, signal)
  const span = { from: 0, until: named.entry.plaintextBytes }
  const open = await gatherSet(new ReadSet(named, content, holders, deps), span, { ...deps, memory: new Recycled() }, signal)
  return decodeNode(concatBytes(...(await Array.fromAsync(open(signal)))))
}
