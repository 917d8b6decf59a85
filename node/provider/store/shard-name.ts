/**
 * What a shard is called wherever it lies: `shards/3f/<segment id, hex>.<index>`. One name for a shard, one shard for a name.
 *
 * @module
 */
import { bytesOfHex, hexOf } from '@lunarx/core/model'
import type { ShardKey } from './shard-store.ts'

export const SHARDS = 'shards'

/** Where shards lie whose segment id begins with this byte. */
export const folderName = (firstByte: number): string => `${SHARDS}/${firstByte.toString(16).padStart(2, '0')}`

export const folderOf = ({ segment }: ShardKey): string => folderName(segment[0] ?? 0)

export const pathOf = (key: ShardKey): string => `${folderOf(key)}/${hexOf(key.segment)}.${key.index}`

/** Without its folder; undefined for what is no shard of that folder. */
export function parseName(name: string, firstByte: number): ShardKey | undefined {
  const match = /^([0-9a-f]{64})\.(0|[1-9]\d{0,2})$/.exec(name)
  const key = match ? { segment: bytesOfHex(match[1] ?? ''), index: Number(match[2]) } : undefined
  return key && key.segment[0] === firstByte && key.index <= 255 ? key : undefined
}
