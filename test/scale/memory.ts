/**
 * What a tracker keeps in memory of a set with all its holders: its own tables, filled from a layout.
 *
 * @module
 */
import { shardKeyBytes } from '@lunarx/core/inventory'
import { SetTable } from '../../node/tracker/map/set-table.ts'
import { StatementTable } from '../../node/tracker/map/statement-table.ts'
import { SeededRandom } from '@lunarx/runtime/random'
import type { Layout } from './layout.ts'

export interface TableMemory {
  /** Of a tracker that owns as many sets as its share is. */
  readonly sets: number
  readonly bytes: number
  /** One set more, with its holders; and what one provider takes whatever it holds. */
  readonly perSet: number
  readonly perProvider: number
}

/** Of two sizes, so that what sets take is told from what providers take. `--expose-gc` makes it exact. */
export function measureTables(layout: Layout): TableMemory {
  const { sets: all, copies, trackers, providers } = layout.shape
  const sets = Math.min(all, Math.ceil((all * copies) / trackers))
  const half = Math.ceil(sets / 2)
  const start = live()
  const smaller = fillTables(layout, half)
  const between = live()
  const larger = fillTables(layout, sets)
  const [halfBytes, bytes] = [between - start, live() - between]
  for (const statements of [smaller, larger])
    // they are still there
    if (statements.holders(1).length !== layout.holdersOf(0).length) throw new Error('the tables were not filled')
  const perSet = (bytes - halfBytes) / (sets - half)
  return { sets, bytes, perSet, perProvider: (bytes - perSet * sets) / providers }
}

function fillTables(layout: Layout, sets: number): StatementTable {
  const table = new SetTable()
  const statements = new StatementTable(table)
  const random = new SeededRandom('ids')
  const owner = random.bytes(32)
  const { required, parity, survive, shardBytes } = layout.shape
  for (let set = 0; set < sets; set++) {
    const id = random.bytes(32)
    const row = table.take(id)
    table.setRecord(row, { owner, required, parity, survive, shardBytes, createdMs: set })
    table.setCommitted(row)
    for (const [index, provider] of layout.holdersOf(set).entries())
      statements.add(String(provider), shardKeyBytes({ segment: id, index }), false, 0)
  }
  return statements
}

function live(): number {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
