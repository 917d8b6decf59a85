import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores, SqliteStore } from '@lunarx/runtime/store'
import test from 'ava'
import { storeConformance } from './store.ts'

storeConformance(test, 'SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lunarx-store-'))
  return { open: async () => new SqliteStore(join(folder, 'rows.sqlite')), [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
})

storeConformance(test, 'the simulated store', async () => {
  const open = new SimulatedStores({ random: new SeededRandom(1) }).opener()
  return { open: () => open('rows'), [Symbol.asyncDispose]: async () => undefined }
})
