import { mkdtempSync, readdirSync, rmSync, watch } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { SeededRandom } from '../random/index.ts'
import { SqliteStore } from './sqlite.ts'

const random = new SeededRandom('temporary files')
const KEY_BYTES = 97
const SIZES = [300, 490, 1_670, 3_900, 50_000]

/** New keys and old ones, with values of many sizes: some of these change many pages in one statement. */
function* entries(count: number): Generator<{ readonly put: Uint8Array; readonly value: Uint8Array }> {
  const keys: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const put = i % 3 === 2 ? random.pick(keys) : random.bytes(KEY_BYTES)
    keys.push(put)
    yield { put, value: random.bytes(SIZES[i % SIZES.length] ?? 0) }
  }
}

test('a store needs no folder for temporary files, which pods do not have', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lunarx-temporary-'))
  const temporary = mkdtempSync(join(tmpdir(), 'lunarx-temporary-'))
  process.env['SQLITE_TMPDIR'] = temporary
  const made: (string | null)[] = []
  const watcher = watch(temporary, (_, name) => made.push(name))
  t.teardown(() => {
    watcher.close()
    for (const one of [folder, temporary]) rmSync(one, { recursive: true })
  })

  const file = join(folder, 'store.sqlite')
  {
    await using store = new SqliteStore(file)
    await store.write([...entries(3_000)])
  }
  await sleep(200)
  t.deepEqual(made, [])
  t.deepEqual(readdirSync(temporary), [])

  // what SQLite does by default is seen here
  const plain = new DatabaseSync(file)
  plain.exec('BEGIN')
  const put = plain.prepare('INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v, id = excluded.id')
  for (const entry of entries(3_000)) if (entry.value.length < 4_096) put.run(entry.put, entry.value, null)
  plain.exec('COMMIT')
  plain.close()
  for (let waited = 0; made.length === 0 && waited < 100; waited++) await sleep(100)
  t.true(made.length > 0)
})
