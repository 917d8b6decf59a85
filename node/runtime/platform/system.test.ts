import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { utf8 } from '@lunarx/core/model'
import test from 'ava'
import { systemPlatform } from './system.ts'

test('a platform keeps files and stores in its folder, apart from each other', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'lunarx-platform-'))
  t.teardown(() => rm(parent, { recursive: true }))
  const dataFolder = join(parent, 'data')
  const platform = await systemPlatform({ dataFolder, logLevel: 'error' })
  await platform.disk.writeFileDurably('a', utf8('x'))
  {
    await using store = await platform.openStore('rows')
    await store.write([{ put: utf8('a'), value: utf8('x') }])
  }
  t.deepEqual((await readdir(dataFolder)).toSorted(), ['files', 'stores'])
  t.deepEqual(await readdir(join(dataFolder, 'files')), ['a'])
  t.deepEqual(await readdir(join(dataFolder, 'stores')), ['rows.sqlite'])
  await t.throwsAsync(platform.openStore('../rows'), { instanceOf: RangeError })

  const again = await systemPlatform({ dataFolder, logLevel: 'error' })
  t.deepEqual(await again.disk.readFile('a'), utf8('x'))
  await t.throwsAsync(systemPlatform({ dataFolder: join(dataFolder, 'files', 'a'), logLevel: 'error' }), { code: 'STORE_FAILED' })
})

test('why a store fails is said once in a while, and thrown each time', async (t) => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'lunarx-platform-'))
  t.teardown(() => rm(dataFolder, { recursive: true }))
  const lines: string[] = []
  const platform = await systemPlatform({ dataFolder, logLevel: 'warn', logStream: { write: (line) => void lines.push(line) } })
  await using store = await platform.openStore('rows')
  const other = new DatabaseSync(join(dataFolder, 'stores', 'rows.sqlite'))
  other.exec('DROP TABLE entries')
  other.close()
  const entry = { put: utf8('a'), value: utf8('x') }
  for (let i = 0; i < 2; i++) await t.throwsAsync(store.write([entry]), { code: 'STORE_FAILED' })
  await t.throwsAsync(store.get(entry.put), { code: 'STORE_FAILED' })
  t.is(lines.length, 1)
  t.regex(lines.join(), /no such table.*a store failed/)
})
