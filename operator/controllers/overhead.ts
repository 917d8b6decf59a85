/**
 * What a byte costs on disks in all: our code × what the backing stores add, which have codes or copies of their own. Pure.
 *
 * Stated by the pools, not measured: a bucket does not say how it keeps what it holds. Weighted by the room of the pools, since sets are
 * spread by room.
 *
 * @module
 */
import type { LunarNetworkSpec, LunarNetworkStatus, ProviderSpec } from '../api/index.ts'
import type { Fleet } from '../healing/index.ts'
import { podNames } from './names.ts'

export interface PoolStore {
  readonly name: string
  readonly spec: Pick<ProviderSpec, 'backend' | 'replicas'>
}

/** Bytes on disks per byte that the backend is given. Undefined: the pool does not say. */
export function storeFactor({ s3, hdfs }: ProviderSpec['backend']): number | undefined {
  if (s3) return s3.overhead === undefined ? undefined : Number(s3.overhead)
  return hdfs ? hdfs.replication : 1
}

const hundredths = (value: number): string => String(Math.round(value * 100) / 100)

export function overheadOf(
  { classes, defaultClass }: LunarNetworkSpec,
  pools: readonly PoolStore[],
  { providers }: Fleet,
): LunarNetworkStatus['overhead'] {
  const wanted = classes.find(({ name }) => name === defaultClass)
  if (wanted === undefined) return undefined
  const code = (wanted.required + wanted.parity) / wanted.required
  let [room, cost] = [0, 0]
  for (const { name, spec } of pools) {
    const names = new Set(podNames(name, spec.replicas))
    const bytes = providers.reduce((sum, one) => sum + (names.has(one.name) && !one.declaredLost ? one.capacityBytes : 0), 0)
    room += bytes
    cost += bytes * (storeFactor(spec.backend) ?? 1)
  }
  const unstated = pools.filter(({ spec }) => storeFactor(spec.backend) === undefined).map(({ name }) => name)
  const stores = room === 0 ? 1 : cost / room
  return {
    code: hundredths(code),
    stores: hundredths(stores),
    effective: hundredths(code * stores),
    ...(unstated.length === 0 ? {} : { unstated }),
  }
}
