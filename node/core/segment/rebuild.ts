/**
 * rebuild: lost shards of a set out of any k others, bit for bit, without a secret. What the repairer does.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import type { ErasureEngine } from '../erasure/engine.ts'
import { address } from '../merkle/address.ts'
import { equalBytes } from '../model/bytes.ts'
import { LunarError } from '../model/error.ts'
import { itemAt } from '../model/item.ts'

/** The part of a segment record that a repairer needs. */
export interface PinnedSet {
  /** k */
  readonly required: number
  /** m */
  readonly parity: number
  /** Bytes of each shard. */
  readonly shardBytes: number
  /** Of the n shards, in order. */
  readonly addresses: readonly Uint8Array[]
}

/**
 * The shards at `wanted`, in that order, verified. Uses the first k of `shards` and verifies them too.
 * @param shards by index, undefined where missing
 * @throws {LunarError} TOO_FEW_SHARDS; BAD_ADDRESS, with `detail.index`, for a shard that was given or rebuilt
 */
export function rebuildShards(
  set: PinnedSet,
  shards: readonly (Uint8Array | undefined)[],
  wanted: readonly number[],
  { crypto, erasure }: { readonly crypto: CryptoEngine; readonly erasure: ErasureEngine },
): Uint8Array[] {
  const used: (Uint8Array | undefined)[] = Array.from({ length: set.required + set.parity })
  let found = 0
  for (const [index, shard] of shards.entries()) {
    if (shard === undefined || found === set.required) continue
    verifyShard(set, index, shard, crypto)
    used[index] = shard
    found++
  }
  const rebuilt = erasure.code(set.required, set.parity).reconstruct(used, wanted)
  for (const [i, index] of wanted.entries()) if (used[index] === undefined) verifyShard(set, index, itemAt(rebuilt, i), crypto)
  return rebuilt
}

/** @throws {LunarError} BAD_ADDRESS */
function verifyShard(set: PinnedSet, index: number, shard: Uint8Array, crypto: CryptoEngine): void {
  const pinned = set.addresses[index]
  if (pinned === undefined || shard.length !== set.shardBytes || !equalBytes(address(shard, crypto), pinned))
    throw new LunarError('BAD_ADDRESS', 'a shard does not match its address', { detail: { index } })
}
