/**
 * Which versions of an object stay when a new one is put, and which sets nothing names any more. Pure.
 *
 * @module
 */
import { hexOf } from '@lunarx/core/model'
import { setsOf, type ObjectVersion } from './manifest.ts'

/**
 * The new version, then the newest of before.
 * @param before of all heads that the new one replaces, in any order
 * @param kept versions that the class keeps, the new one included, at least 1
 */
export function keepVersions(newest: ObjectVersion, before: readonly ObjectVersion[], kept: number): ObjectVersion[] {
  return [newest, ...before.toSorted((a, b) => b.storedMs - a.storedMs).slice(0, kept - 1)]
}

/** Sets that `before` names and `after` does not: what may be buried. */
export function droppedSets(before: readonly ObjectVersion[], after: readonly ObjectVersion[]): Uint8Array[] {
  const named = new Set(after.flatMap(setsOf).map(hexOf))
  const dropped = new Map(before.flatMap(setsOf).map((id) => [hexOf(id), id]))
  return [...dropped].flatMap(([hex, id]) => (named.has(hex) ? [] : [id]))
}
