/**
 * Shard files on the volumes of the shared network, by pod and by set.
 *
 * @module
 */
import type { Cluster } from '../../hack/cluster/cluster.ts'
import { hashShards, providerPods } from '../../hack/cluster/network.ts'
import { NAMESPACE } from './network.ts'

/** Of the sample's class: 4 + 2. */
const SHARDS_OF_A_SET = 6

/** Name of the shard file → its hash. */
export type Shards = ReadonlyMap<string, string>
/** Name of the pod → what lies on its volume. */
export type ShardsByPod = ReadonlyMap<string, Shards>

/** Of a shard file. */
export const setOf = (shard: string): string => shard.slice(0, shard.lastIndexOf('.'))

/** @param pods names. Default: all providers that there are */
export async function allShards(cluster: Cluster, pods?: readonly string[]): Promise<ShardsByPod> {
  const names = pods ?? (await providerPods(cluster, NAMESPACE)).map(({ metadata: { name } }) => name)
  return new Map(await Promise.all(names.map(async (name) => [name, await hashShards(cluster, NAMESPACE, name)] as const)))
}

/** Whatever pod it lies on. */
export const anywhere = (all: ShardsByPod): Shards => new Map([...all.values()].flatMap((shards) => [...shards]))

/** Names of the sets of which there is a shard. */
export const setsOf = (shards: Shards): ReadonlySet<string> => new Set([...shards.keys()].map(setOf))

/**
 * Shards of this pod whose sets are whole. A client that is killed leaves parts of a set; with fewer than k of them there is nothing
 * to rebuild it from, and nobody promised it.
 */
export function promisedShards(all: ShardsByPod, pod: string): Shards {
  const sizes = new Map<string, number>()
  for (const shard of anywhere(all).keys()) sizes.set(setOf(shard), (sizes.get(setOf(shard)) ?? 0) + 1)
  return new Map([...(all.get(pod) ?? [])].filter(([shard]) => sizes.get(setOf(shard)) === SHARDS_OF_A_SET))
}

/**
 * How many of these shards exist now, on any of these volumes. Of a set that was removed meanwhile nothing is left, and nothing wanted.
 *
 * @throws {Error} a set still exists and its shard is not there bit for bit
 */
export function assertAllThere(wanted: Shards, now: ShardsByPod): number {
  const held = anywhere(now)
  const sets = setsOf(held)
  const alive = [...wanted].filter(([shard]) => sets.has(setOf(shard)))
  const missing = alive.filter(([shard, hash]) => held.get(shard) !== hash).map(([shard]) => shard)
  if (missing.length > 0) throw new Error(`missing: ${missing.join(' ')}`)
  return alive.length
}
