/**
 * Which versions of an object stay when a new one is put, and which nothing names any more. Pure.
 *
 * @module
 */
import { hexOf } from '@lunarx/core/model'
import type { ObjectVersion, StoredSets } from './manifest.ts'

/**
 * The new version, then the newest of before.
 * @param before of all heads that the new one replaces, in any order
 * @param kept versions that the class keeps, the new one included, at least 1
 */
export function keepVersions(newest: ObjectVersion, before: readonly ObjectVersion[], kept: number): ObjectVersion[] {
  return [newest, ...before.toSorted((a, b) => b.storedMs - a.storedMs).slice(0, kept - 1)]
}

/** Contents that `before` has and `after` has not, once each: their sets may be buried. No two versions share a set. */
export function droppedContents(before: readonly ObjectVersion[], after: readonly ObjectVersion[]): StoredSets[] {
  const named = new Set(after.flatMap(contentsOf).map(nameOf))
  const dropped = new Map(before.flatMap(contentsOf).map((content) => [nameOf(content), content]))
  return [...dropped].flatMap(([name, content]) => (named.has(name) ? [] : [content]))
}

const contentsOf = ({ content }: ObjectVersion): StoredSets[] => (content.kind === 'sets' ? [content] : [])

/** The same in every head that keeps the version; of no other, because every put draws a data key. */
const nameOf = ({ keyCommitment }: StoredSets): string => hexOf(keyCommitment)
