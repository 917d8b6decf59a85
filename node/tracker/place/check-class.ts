/**
 * A new set must be of a class that the network offers, as the network defines it.
 *
 * @module
 */
import type { SegmentRecord } from '@lunarx/core/document'
import { LunarError, type ErasureClass } from '@lunarx/core/model'

/** @throws {LunarError} UNKNOWN_CLASS, BAD_MESSAGE */
export function checkClass(record: SegmentRecord, classes: readonly ErasureClass[]): void {
  const offered = classes.find(({ name }) => name === record.className)
  const isSame =
    offered?.required === record.required &&
    offered.parity === record.parity &&
    offered.survive === record.survive &&
    (record.copy ?? 0) <= (offered.copies?.length ?? 0)
  if (!isSame)
    throw new LunarError('UNKNOWN_CLASS', 'the network offers no such class', {
      detail: {
        className: record.className,
        required: record.required,
        parity: record.parity,
        survive: record.survive,
        copy: record.copy ?? 0,
        offered: classes.map(({ name }) => name),
      },
    })
  if (record.shardBytes === 0) throw new LunarError('BAD_MESSAGE', 'a set of empty shards cannot be placed')
}
