/**
 * One version of an object: its sets located and gathered one ahead of the reader, opened as the reader pulls.
 *
 * @module
 */
import { unwrapDataKey } from '@lunarx/core/crypto'
import type { OwnerKeys } from '@lunarx/core/keys'
import { concatBytes } from '@lunarx/core/model'
import { ahead } from '../ahead.ts'
import { decodeNode, type ManifestNode, type StoredSets } from '../manifest/index.ts'
import type { Span } from './cut.ts'
import { gatherAny, type GatherDeps, type Opening } from './any-copy.ts'
import { locate } from './locate.ts'
import { Recycled } from './recycled.ts'
import type { OpenContent } from './set.ts'
import { segmentsIn, setIdsOf, withCopies, type NamedSet } from './walk.ts'

export interface ContentDeps extends Omit<GatherDeps, 'memory'> {
  /** Of a grantee no more than opens the version. */
  readonly keys: OwnerKeys | Pick<OwnerKeys, 'wrappingKey'>
}

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

async function* gatherAll(
  content: OpenContent,
  span: Span,
  deps: ContentDeps & GatherDeps,
  signal: AbortSignal,
): AsyncGenerator<Opening, void> {
  for await (const run of segmentsIn(content.content, span, (set) => openNode(set, content, deps, signal))) {
    const located = await locate(run, content.content.owner, 0, deps, signal)
    for (const [i, wanted] of run.entries()) yield await gatherAny(withCopies(wanted), located[i], wanted, content, deps, signal)
  }
}

/** A node of the manifest, out of its set. */
export async function openNode(named: NamedSet, content: OpenContent, deps: ContentDeps, signal: AbortSignal): Promise<ManifestNode> {
  const span = { from: 0, until: named.entry.plaintextBytes }
  const open = await gatherAny(withCopies(named), undefined, span, content, { ...deps, memory: new Recycled() }, signal)
  return decodeNode(concatBytes(...(await Array.fromAsync(open(signal)))))
}
