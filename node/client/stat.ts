/**
 * What a caller learns of an object without reading it.
 *
 * @module
 */
import { segmentCount } from './manifest/index.ts'
import type { NamedObject } from './names/index.ts'

export interface ObjectStat {
  readonly name: string
  readonly sizeBytes: number
  /** Erasure class it was put with. */
  readonly class: string
  /** Milliseconds since 1970 UTC, by the clock of the client that put it. */
  readonly storedMs: number
  /** Its segments, a set each; 0: it lies in its row. */
  readonly segments: number
  /** Other heads of the name: versions put at the same time, kept until the next put or delete of the name. */
  readonly conflicts: number
}

export function statOf({ name, versions, conflicting }: NamedObject): ObjectStat {
  const [{ sizeBytes, className, storedMs, content }] = versions
  const segments = content.kind === 'sets' ? segmentCount(content) : 0
  return { name, sizeBytes, class: className, storedMs, segments, conflicts: conflicting.length }
}
