/**
 * What every disk must do: the machine's own and the simulated one are interchangeable.
 *
 * @module
 */
import type { Disk } from '@lunarx/runtime/disk'
import { utf8 } from '@lunarx/core/model'
import type { ExecutionContext, TestFn } from 'ava'

export interface DiskFixture extends AsyncDisposable {
  readonly disk: Disk
}

export function diskConformance(test: TestFn, name: string, makeFixture: () => Promise<DiskFixture>): void {
  const on = (title: string, body: (disk: Disk, t: ExecutionContext) => Promise<void>): void => {
    test(`${name}: ${title}`, async (t) => {
      await using fixture = await makeFixture()
      await body(fixture.disk, t)
    })
  }

  on('reads what was written, at any position, with zeros in holes', async (disk, t) => {
    await using file = await disk.open('a', 'create')
    await file.write(utf8('world'), 8)
    await file.write(utf8('hello'), 0)
    const into = new Uint8Array(20)
    t.is(await file.read(into, 0), 13)
    t.deepEqual(into.subarray(0, 13), utf8('hello\0\0\0world'))
    t.is(await file.read(into, 13), 0)
    t.is(await file.size(), 13)
  })

  on('truncates and extends with zeros', async (disk, t) => {
    await using file = await disk.open('a', 'create')
    await file.write(utf8('hello'), 0)
    await file.truncate(2)
    await file.truncate(4)
    const into = new Uint8Array(8)
    t.is(await file.read(into, 0), 4)
    t.deepEqual(into.subarray(0, 4), utf8('he\0\0'))
  })

  on('opens an existing file for writing without emptying it', async (disk, t) => {
    await disk.writeFileDurably('a', utf8('hello'))
    await using file = await disk.open('a', 'create')
    t.is(await file.size(), 5)
  })

  on('tells a missing file from a failure', async (disk, t) => {
    t.is(await disk.open('missing', 'read'), undefined)
    t.is(await disk.readFile('missing'), undefined)
    t.false(await disk.remove('missing'))
    t.deepEqual(await disk.list('missing'), [])
    await t.throwsAsync(disk.rename('missing', 'b'), { code: 'STORE_FAILED' })
    await t.throwsAsync(disk.open('missing/a', 'create'), { code: 'STORE_FAILED' })
    await t.throwsAsync(disk.syncFolder('missing'), { code: 'STORE_FAILED' })
  })

  on('a file opened for reading cannot be written', async (disk, t) => {
    await disk.writeFileDurably('a', utf8('hello'))
    await using file = await disk.open('a', 'read')
    await t.throwsAsync(async () => file?.write(utf8('x'), 0), { code: 'STORE_FAILED' })
  })

  on('renames over another file; who has it open keeps the old one', async (disk, t) => {
    await disk.makeFolder('f/g')
    await disk.writeFileDurably('a', utf8('new'))
    await disk.writeFileDurably('f/g/b', utf8('old'))
    await using old = await disk.open('f/g/b', 'read')
    await disk.rename('a', 'f/g/b')
    t.deepEqual(await disk.readFile('f/g/b'), utf8('new'))
    t.is(await disk.readFile('a'), undefined)
    const into = new Uint8Array(3)
    await old?.read(into, 0)
    t.deepEqual(into, utf8('old'))
  })

  on('lists the names of one folder, folders included', async (disk, t) => {
    await disk.makeFolder('f/g')
    await disk.makeFolder('f/g')
    await disk.writeFileDurably('f/a', utf8('a'))
    await disk.writeFileDurably('f/g/b', utf8('b'))
    t.deepEqual((await disk.list('f')).toSorted(), ['a', 'g'])
    t.deepEqual(await disk.list('f/g'), ['b'])
    t.deepEqual(await disk.list(''), ['f'])
  })

  on('removes a file', async (disk, t) => {
    await disk.writeFileDurably('a', utf8('a'))
    t.true(await disk.remove('a'))
    t.is(await disk.readFile('a'), undefined)
  })

  on('replaces a whole file, and leaves nothing else behind', async (disk, t) => {
    await disk.writeFileDurably('a', utf8('a long first text'))
    await disk.writeFileDurably('a', utf8('short'))
    t.deepEqual(await disk.readFile('a'), utf8('short'))
    t.deepEqual(await disk.list(''), ['a'])
  })

  on('refuses paths that lead out of the root', async (disk, t) => {
    for (const path of ['../a', '/a', 'a/../../b', './a', 'a//b', 'a/', 'a\\b', 'a\0b'])
      await t.throwsAsync(async () => disk.open(path, 'create'), { instanceOf: RangeError }, path)
    await t.throwsAsync(async () => disk.rename('a', '../b'), { instanceOf: RangeError })
    await t.throwsAsync(async () => disk.remove('../b'), { instanceOf: RangeError })
    await t.throwsAsync(async () => disk.list('..'), { instanceOf: RangeError })
  })

  on('a closed file refuses, closing twice does not', async (disk, t) => {
    const file = await disk.open('a', 'create')
    await file.close()
    await file.close()
    await t.throwsAsync(file.write(utf8('x'), 0), { code: 'STORE_FAILED' })
  })

  on('states its space', async (disk, t) => {
    const { totalBytes, freeBytes } = await disk.space()
    t.true(totalBytes > 0 && freeBytes > 0 && freeBytes <= totalBytes)
  })
}
