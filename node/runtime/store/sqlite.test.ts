import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'ava'
import { SqliteStore } from './sqlite.ts'

const folder = await mkdtemp(join(tmpdir(), 'lunarx-sqlite-'))
test.after.always(() => rm(folder, { recursive: true }))

test('a file that is no database is STORE_FAILED', async (t) => {
  const file = join(folder, 'garbage.sqlite')
  await writeFile(file, 'this is no database, and long enough to be taken for one at first sight'.repeat(50))
  t.throws(() => new SqliteStore(file), { code: 'STORE_FAILED' })
  t.throws(() => new SqliteStore(join(folder, 'missing', 'a.sqlite')), { code: 'STORE_FAILED' })
})

test('a batch that fails takes no other along', async (t) => {
  await using store = new SqliteStore(join(folder, 'batches.sqlite'))
  const good = store.write([{ put: Uint8Array.of(1), value: Uint8Array.of(1) }])
  const bad = store.write([
    { put: Uint8Array.of(2), value: Uint8Array.of(2) },
    { put: Uint8Array.of(3), value: { length: 1 } as Uint8Array },
  ])
  await t.throwsAsync(bad, { code: 'STORE_FAILED' })
  await good
  t.is(await store.get(Uint8Array.of(2)), undefined)
  t.deepEqual(await store.get(Uint8Array.of(1)), Uint8Array.of(1))
})

test('a large value goes with the entry that it belonged to', async (t) => {
  const file = join(folder, 'large.sqlite')
  const large = new Uint8Array(70_000)
  {
    await using store = new SqliteStore(file)
    await store.write([1, 2, 3, 4].map((n) => ({ put: Uint8Array.of(n), value: large })))
    await store.write([
      { put: Uint8Array.of(1), value: large },
      { put: Uint8Array.of(2), value: Uint8Array.of(0) },
      { remove: Uint8Array.of(3) },
    ])
  }
  using database = new DatabaseSync(file)
  t.is(database.prepare('SELECT count(*) AS n FROM large').get()?.['n'], 2)
})

test('what was acknowledged outlives a killed process', async (t) => {
  const file = join(folder, 'killed.sqlite')
  const writer = `
    const { SqliteStore } = await import(${JSON.stringify(new URL('sqlite.ts', import.meta.url).href)})
    const store = new SqliteStore(${JSON.stringify(file)})
    for (let i = 0; ; i++) {
      await store.write([{ put: Uint8Array.of(i >> 8, i), value: Uint8Array.of(1) }])
      process.stdout.write(i + '\\n')
    }`
  const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', writer], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  for await (const chunk of child.stdout) {
    lines.push(String(chunk))
    if (lines.join('').split('\n').length > 50) break
  }
  child.kill('SIGKILL')
  await once(child, 'exit')
  const acknowledged = lines.join('').split('\n').slice(0, -1).length
  await using store = new SqliteStore(file)
  const found = await store.scan({ from: new Uint8Array(0), limit: 1_000_000 })
  t.true(found.length >= acknowledged, `${found.length} of ${acknowledged}`)
})
