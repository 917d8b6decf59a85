/**
 * On which pools a set may lie: a backup copy on those that its class names for it and on no other; the first set of a class with
 * copies on all but those, since what is lost with a pool must not be lost twice. All other sets may lie anywhere.
 *
 * Where the class names no such copy (any more), a copy may lie anywhere: a shard in the wrong pool is better than none.
 *
 * @module
 */
import type { ErasureClass } from '../model/fields.ts'

/** What of a segment record says where it may lie. */
export interface PooledSet {
  readonly className: string
  /** Which backup copy, from 1; undefined: the first set. */
  readonly copy?: number | undefined
}

type PooledClass = Pick<ErasureClass, 'name' | 'copies'>

/** @param classes of the network */
export function poolRule({ className, copy }: PooledSet, classes: readonly PooledClass[]): (pool: string) => boolean {
  const copies = classes.find(({ name }) => name === className)?.copies ?? []
  if (copy === undefined) {
    const kept = new Set(copies.flatMap(({ pools }) => pools))
    return (pool) => !kept.has(pool)
  }
  const named = copies[copy - 1]?.pools
  return (pool) => named === undefined || named.includes(pool)
}

/** The sets of a class: the first, then its copies. */
export const setsOfClass = ({ name, copies = [] }: PooledClass): PooledSet[] => [
  { className: name },
  ...copies.map((_, i) => ({ className: name, copy: i + 1 })),
]

/**
 * The pool of a provider, by the name in its credential: that of the pod without its ordinal. One that is no pod of a pool is a pool by
 * itself.
 */
export const poolOf = (providerName: string): string => providerName.replace(/-(0|[1-9]\d{0,5})$/, '')
