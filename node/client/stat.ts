/**
 * What a caller learns of an object without reading it.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import { copyCount, segmentCount, type ObjectVersion } from './manifest/index.ts'
import { allVersions, type NamedObject } from './names/index.ts'

export interface ObjectStat {
  readonly name: string
  readonly sizeBytes: number
  /** Erasure class it was put with. */
  readonly class: string
  /** Milliseconds since 1970 UTC, by the clock of the client that put it. */
  readonly storedMs: number
  /** Its segments, a set each; 0: it lies in its row. */
  readonly segments: number
  /** Backup copies of each set; 0: none, or it lies in its row. */
  readonly copies: number
  /** Other heads of the name: versions put at the same time, kept until the next put or delete of the name. */
  readonly conflicts: number
}

export function statOf({ name, versions, conflicting }: NamedObject): ObjectStat {
  const [{ sizeBytes, className, storedMs, content }] = versions
  const [segments, copies] = content.kind === 'sets' ? [segmentCount(content), copyCount(content)] : [0, 0]
  return { name, sizeBytes, class: className, storedMs, segments, copies, conflicts: conflicting.length }
}

/** All versions that are kept, those of conflicting heads too: first the one that the name stands for, then the newest. */
export function statsOf(object: NamedObject): ObjectStat[] {
  const [current, ...others] = allVersions(object)
  const stats = [current, ...others.toSorted((a, b) => b.storedMs - a.storedMs)].flatMap((version) =>
    version ? [statOf({ ...object, versions: [version] })] : [],
  )
  return stats.filter(({ storedMs }, i) => stats.findIndex((stat) => stat.storedMs === storedMs) === i)
}

/**
 * The version that the name stands for, or the one stored at that time.
 * @throws {LunarError} VERSION_NOT_FOUND
 */
export function versionOf(object: NamedObject, storedMs?: number): ObjectVersion {
  if (storedMs === undefined) return object.versions[0]
  const version = allVersions(object).find((one) => one.storedMs === storedMs)
  if (!version)
    throw new LunarError('VERSION_NOT_FOUND', 'no such version of the object is kept', { detail: { name: object.name, storedMs } })
  return version
}
