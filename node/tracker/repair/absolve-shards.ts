/**
 * Condemned shards are read again before a set is given up: what made them seem wrong may have passed (a cable, a controller, the
 * memory of whoever read them). Those whose bytes match the address count again; the others stay condemned.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { SegmentRecord } from '@lunarx/core/document'
import { address } from '@lunarx/core/merkle'
import { equalBytes } from '@lunarx/core/model'
import type { KnownSet } from '../map/index.ts'
import { fetchShard, readShard, type GatherDeps, type Source } from './gather-shards.ts'

export interface AbsolveDeps extends GatherDeps {
  readonly crypto: CryptoEngine
}

/** Returns how many count again. */
export async function absolveShards(set: KnownSet, record: SegmentRecord, deps: AbsolveDeps, signal: AbortSignal): Promise<number> {
  const { map, log, crypto } = deps
  let absolved = 0
  for (const { index, peer, isCondemned } of map.statements.holders(set.hex)) {
    if (!isCondemned || deps.fleet.standing(peer)?.state === 'lost') continue
    const bytes = await readShard(set, { index, peer }, deps, signal)
    if (typeof bytes === 'string' || !isRight(bytes, record, index, crypto)) continue
    log.warn('a shard that was condemned matches its address after all', { peer, segment: set.hex, index })
    await map.statements.absolve(peer, { segment: set.id, index })
    absolved++
  }
  return absolved
}

/** Reads a shard and compares it. Undefined: it could not be read; or it is wrong, twice, and condemned. */
export async function fetchRight(
  set: KnownSet,
  record: SegmentRecord,
  source: Source,
  deps: AbsolveDeps,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const bytes = await fetchShard(set, source, deps, signal)
  if (!bytes || isRight(bytes, record, source.index, deps.crypto)) return bytes
  return await readAgain(set, record, source, deps, signal)
}

/** Its bytes were wrong once. Condemns the shard if they are wrong again; undefined then, and where it is not given any more. */
export async function readAgain(
  set: KnownSet,
  record: SegmentRecord,
  source: Source,
  deps: AbsolveDeps,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const { index, peer } = source
  const bytes = await fetchShard(set, source, deps, signal)
  if (!bytes || isRight(bytes, record, index, deps.crypto)) return bytes
  deps.log.warn('a shard does not match its address', { peer, segment: set.hex, index })
  await deps.map.statements.condemn(peer, { segment: set.id, index })
  return undefined
}

function isRight(bytes: Uint8Array | undefined, { addresses }: SegmentRecord, index: number, crypto: CryptoEngine): boolean {
  const expected = addresses[index]
  return bytes !== undefined && expected !== undefined && equalBytes(address(bytes, crypto), expected)
}
