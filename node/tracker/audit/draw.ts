/**
 * draw: which shard of a provider is asked, weighted by bytes, and which leaf of it. Of the shards that this tracker knows the record of
 * and still relies on.
 *
 * @module
 */
import { drawnLeafOf, drawnShard, leafColumn } from '@lunarx/core/audit'

import { readDocument, SEGMENT_RECORD, type SegmentRecord, type SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'
import type { TrackerMap } from '../map/index.ts'

/** One shard at one provider. */
export interface AuditedShard {
  readonly provider: PeerId
  readonly segment: Uint8Array
  /** Of the segment. */
  readonly hex: string
  readonly index: number
  readonly record: SegmentRecord
  readonly document: SignedDocument
}

export interface Drawn {
  readonly shard: AuditedShard
  readonly leaf: number
}

export interface DrawDeps {
  readonly map: TrackerMap
  /** Its lease has ended: it may be gone at any time. */
  readonly isOver: (hex: string) => boolean
}

/** Undefined: the provider holds nothing that is known here, or what was drawn is about to go. */
export async function drawLeaf(seed: Uint8Array, provider: PeerId, deps: DrawDeps): Promise<Drawn | undefined> {
  const { sets, statements } = deps.map
  const rows: number[] = []
  const shardBytes: number[] = []
  for (const row of statements.table.range(provider, new Uint8Array(), undefined)) {
    const set = statements.table.setOf(row)
    if (!sets.isCommitted(set) || statements.table.isCondemned(row)) continue
    rows.push(row)
    shardBytes.push(sets.shardBytes(set))
  }
  const at = drawnShard(seed, leafColumn(shardBytes))
  const row = at === undefined ? undefined : rows[at]
  if (row === undefined) return undefined
  const key = statements.table.key(row)
  const shard = await openShard(provider, key.slice(0, 32), key[32] ?? 0, deps)
  return shard && { shard, leaf: drawnLeafOf(seed, shard.record.shardBytes) }
}

/** A shard that this tracker relies on. Undefined: it does not (any more), or does not know the record. */
export async function openShard(provider: PeerId, segment: Uint8Array, index: number, deps: DrawDeps): Promise<AuditedShard | undefined> {
  const set = await openSet(segment, deps)
  return set && index < set.record.addresses.length ? { ...set, provider, index } : undefined
}

/** A set that this tracker relies on, and knows the record of. */
export async function openSet(
  segment: Uint8Array,
  { map, isOver }: DrawDeps,
): Promise<Omit<AuditedShard, 'provider' | 'index'> | undefined> {
  const hex = hexOf(segment)
  const document = map.records.has(segment) && !isOver(hex) ? await map.records.document(segment) : undefined
  return document && { segment, hex, record: readDocument(SEGMENT_RECORD, document), document }
}
