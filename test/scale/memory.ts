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

/** Live bytes of tables with so many sets, and how many times their statements. `--expose-gc` makes it exact. */
export function tableBytes(layout: Layout, sets: number): number {
  const before = live()
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
  const bytes = live() - before
  if (table.find(new Uint8Array(32)) !== 0 || statements.holders(1).length !== required + parity)
    throw new Error('the tables were not filled')
  return bytes
}

function live(): number {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
