/**
 * The map: which sets there are, which are deleted, and who says to hold what. A convergent index over signed records and the
 * statements of holders; never the only copy: delete it, and inventories bring it back.
 *
 * @module
 */
import type { KeyValueStore, OpenStore } from '@lunarx/runtime/store'
import { Records } from './records.ts'
import { SetTable } from './set-table.ts'
import { Statements } from './statements.ts'

export interface TrackerMap extends AsyncDisposable {
  /** Every set of which there is a record or a statement. */
  readonly sets: SetTable
  readonly records: Records
  readonly statements: Statements
  /** True if the store held nothing when it was opened: a first start, or a lost volume. */
  readonly isNew: boolean
}

export interface MapDeps {
  readonly network: string
  readonly openStore: OpenStore
  /** Names of the network's classes. Unset: none, and nobody asks of which class a set is. */
  readonly classNames?: readonly string[]
  readonly scanEntries: number
  /** A set, or its holders, changed. */
  readonly onChange: (hex: string) => void
}

export async function openMap({ network, openStore, classNames, scanEntries, onChange }: MapDeps): Promise<TrackerMap> {
  const store: KeyValueStore = await openStore('map')
  const isNew = (await store.scan({ from: new Uint8Array(), limit: 1 })).length === 0
  const sets = new SetTable(classNames)
  const records = await Records.open({ network, store, sets, scanEntries, onChange })
  const statements = await Statements.open({ store, sets, scanEntries, onChange })
  return { sets, records, statements, isNew, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
}
