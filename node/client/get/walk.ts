/**
 * Walks the tree of a manifest, opening only the nodes that are needed: to the segments that a span of the object touches, or to all
 * sets that it is made of. Holds one node per level.
 *
 * @module
 */
import { coverOf, sealIndexOf, type ManifestNode, type ManifestSegment, type StoredSets } from '../manifest/index.ts'
import type { Span } from './cut.ts'

/** A set as its node names it. */
export interface NamedSet {
  /** Of a backup copy as if it were the first. */
  readonly entry: ManifestSegment
  /** Which backup copy it is; 0: the first set. */
  readonly copy: number
  /** The node that names it, whose list of holders its hints point into. */
  readonly node: ManifestNode
  /** What its frames are bound to. */
  readonly sealIndex: number
}

/** A segment, and the bytes of it that are wanted. */
export interface WantedSegment extends NamedSet, Span {}

/** Reads and decodes the node that a set holds. */
export type OpenNode = (set: NamedSet) => Promise<ManifestNode>

/** The sets of one plaintext: the first as it is named, then its backup copies. */
export function withCopies<N extends NamedSet>(first: N): N[] {
  const { copies = [], ...entry } = first.entry
  return [first, ...copies.map((copy, i) => ({ ...first, copy: i + 1, entry: { ...entry, ...copy } }))]
}

/** Segments that the span touches, in order, one run for each node that names some of them. */
export async function* segmentsIn({ root }: StoredSets, span: Span, openNode: OpenNode): AsyncGenerator<readonly WantedSegment[], void> {
  yield* runsIn(root, 0, 0, span, openNode)
}

/** Ids of all sets under a content, copies too, those under a node before its own: who stops half way can begin again. */
export async function* setIdsOf(content: StoredSets, openNode: OpenNode): AsyncGenerator<Uint8Array, void> {
  for await (const first of setsIn(content, openNode)) for (const { entry } of withCopies(first)) yield entry.id
}

/** All sets under a content but for their copies, nodes of its manifest too, those under a node before its own. */
export async function* setsIn({ root }: StoredSets, openNode: OpenNode): AsyncGenerator<NamedSet, void> {
  yield* setsUnderNode(root, 0, openNode)
}

async function* runsIn(
  node: ManifestNode,
  start: number,
  first: number,
  span: Span,
  openNode: OpenNode,
): AsyncGenerator<readonly WantedSegment[], void> {
  const run: WantedSegment[] = []
  for (const entry of node.entries) {
    const { bytes, segments } = coverOf(entry)
    const from = Math.max(0, span.from - start)
    const until = Math.min(bytes, span.until - start)
    if (from < until) {
      const set = { entry, copy: 0, node, sealIndex: sealIndexOf(first, entry.under && node.level - 1) }
      if (entry.under) yield* runsIn(await openNode(set), start, first, span, openNode)
      else run.push({ ...set, from, until })
    }
    start += bytes
    first += segments
  }
  if (run.length > 0) yield run
}

async function* setsUnderNode(node: ManifestNode, first: number, openNode: OpenNode): AsyncGenerator<NamedSet, void> {
  for (const entry of node.entries) {
    const set = { entry, copy: 0, node, sealIndex: sealIndexOf(first, entry.under && node.level - 1) }
    if (entry.under) yield* setsUnderNode(await openNode(set), first, openNode)
    yield set
    first += coverOf(entry).segments
  }
}
