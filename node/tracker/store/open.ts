/**
 * The stores of a tracker in a database.
 *
 * @module
 */
import type { PostgresStoreConfig } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'
import type { OpenStore } from '@lunarx/runtime/store'
import { Connections, type ConnectionDeps } from './connections.ts'
import { PATIENCE, type Patience } from './limits.ts'
import { migrate } from './migrate.ts'
import { PostgresStore } from './postgres-store.ts'
import { Space } from './space.ts'

export interface PostgresDeps extends Omit<ConnectionDeps, 'patience'> {
  readonly patience?: Partial<Patience>
}

export interface PostgresStores extends AsyncDisposable {
  readonly openStore: OpenStore
}

/**
 * Makes the tables where there are none.
 * @param owner whose stores these are: no other tracker of any network has this name. Who opens a store takes it over from whoever has it
 *   open under the same name.
 * @throws {LunarError} BAD_CONFIG, STORE_FAILED
 */
export async function openPostgres(config: PostgresStoreConfig, owner: string, deps: PostgresDeps): Promise<PostgresStores> {
  const { random } = deps
  const connections = new Connections(config, { ...deps, patience: { ...PATIENCE, ...deps.patience } })
  try {
    await connections.use('migrate', migrate)
  } catch (error) {
    await connections[Symbol.asyncDispose]()
    throw error
  }
  return {
    async openStore(name) {
      const token = hexOf(random.bytes(16))
      const space = await connections.use('open', (client) => Space.open(client, `${owner} ${name}`, token))
      return new PostgresStore(connections, space)
    },
    [Symbol.asyncDispose]: () => connections[Symbol.asyncDispose](),
  }
}
