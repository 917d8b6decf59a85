import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wordsOf } from '@lunarx/core/keys'
import test from 'ava'
import { readOwnerSecret, writeOwnerSecret } from '@lunarx/client/connect'
import { openSource, writeSink } from './byte-streams.ts'

const SECRET = Uint8Array.from({ length: 32 }, (_, i) => i)
const folderOf = (): Promise<string> => mkdtemp(join(tmpdir(), 'lunarx-files-'))
const io = { stdin: (async function* () {})(), stdout: { isTty: false, columns: 80, write: async () => undefined } }

test('an owner secret is written once, for its owner only, and read back; words do too', async (t) => {
  const folder = await folderOf()
  const file = join(folder, 'deep', 'owner')
  await writeOwnerSecret(file, SECRET)
  t.is((await stat(file)).mode & 0o777, 0o600)
  t.deepEqual(await readOwnerSecret(file), SECRET)
  await t.throwsAsync(writeOwnerSecret(file, SECRET), { code: 'BAD_CONFIG', message: /not replaced/ })
  await writeFile(file, `${wordsOf(SECRET)}\n`)
  t.deepEqual(await readOwnerSecret(file), SECRET)
  await writeFile(file, 'half a secret')
  await t.throwsAsync(readOwnerSecret(file), { code: 'BAD_WORDS' })
  await writeFile(file, 'abc')
  await t.throwsAsync(readOwnerSecret(file), { code: 'BAD_CONFIG' })
  await rm(folder, { recursive: true })
})

test('an owner secret that others may read, or the group may write, is refused; a Secret of a pod is not', async (t) => {
  const folder = await folderOf()
  const file = join(folder, 'owner')
  await writeOwnerSecret(file, SECRET)
  for (const mode of [0o604, 0o640 | 0o020, 0o777]) {
    await chmod(file, mode)
    await t.throwsAsync(readOwnerSecret(file), { code: 'BAD_CONFIG', message: /open to others/ }, mode.toString(8))
  }
  await chmod(file, 0o440)
  t.deepEqual(await readOwnerSecret(file), SECRET)
  await rm(folder, { recursive: true })
})

test('a file is read in chunks and written whole, or not at all', async (t) => {
  const folder = await folderOf()
  const [from, to] = [join(folder, 'from'), join(folder, 'to')]
  const bytes = Uint8Array.from({ length: 2_500_000 }, (_, i) => i & 0xff)
  await writeFile(from, bytes)
  {
    await using source = await openSource(from, io)
    t.is(source.sizeBytes, bytes.length)
    await writeSink(to, source.bytes, io)
  }
  t.deepEqual(new Uint8Array(await readFile(to)), bytes)
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield bytes
    throw new Error('no more')
  }
  await t.throwsAsync(writeSink(join(folder, 'half'), failing(), io), { message: 'no more' })
  t.deepEqual((await readdir(folder)).sort(), ['from', 'to'])
  await t.throwsAsync(openSource(join(folder, 'missing'), io), { code: 'BAD_CONFIG' })
  await t.throwsAsync(openSource(folder, io), { code: 'BAD_CONFIG' })
  await t.throwsAsync(writeSink(join(folder, 'no', 'folder'), failing(), io), { code: 'STORE_FAILED' })
  await rm(folder, { recursive: true })
})
