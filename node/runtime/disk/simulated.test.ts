import { utf8 } from '@lunarx/core/model'
import test from 'ava'
import { SimulatedClock } from '../clock/simulated.ts'
import { SeededRandom } from '../random/seeded.ts'
import { SimulatedDisk } from './simulated.ts'

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed)

/** What a crash leaves, over many seeds, in order. */
async function outcomes(
  work: (disk: SimulatedDisk) => Promise<unknown>,
  look: (disk: SimulatedDisk) => Promise<string>,
): Promise<string[]> {
  const seen = new Set<string>()
  for (const seed of SEEDS) {
    const disk = new SimulatedDisk({ random: new SeededRandom(seed) })
    await work(disk)
    disk.crash()
    seen.add(await look(disk))
  }
  return [...seen].toSorted()
}

const textOf = async (disk: SimulatedDisk, path: string): Promise<string> => {
  const bytes = await disk.readFile(path)
  return bytes ? new TextDecoder().decode(bytes) : 'missing'
}

test('a file that was written durably is there after every crash, the old one or the new one in between', async (t) => {
  t.deepEqual(
    await outcomes(
      (disk) => disk.writeFileDurably('a', utf8('one')),
      (disk) => textOf(disk, 'a'),
    ),
    ['one'],
  )
  const replaced = async (disk: SimulatedDisk): Promise<void> => {
    await disk.writeFileDurably('a', utf8('one'))
    await using part = await disk.open('b', 'create')
    await part.write(utf8('two'), 0)
    await part.sync()
    await disk.rename('b', 'a')
  }
  t.deepEqual(await outcomes(replaced, (disk) => textOf(disk, 'a')), ['one', 'two'])
})

test('bytes that were not synced are kept, lost or torn', async (t) => {
  const seen = await outcomes(
    async (disk) => {
      await disk.writeFileDurably('a', utf8('....'))
      const file = await disk.open('a', 'create')
      await file.write(utf8('abcd'), 0)
    },
    (disk) => textOf(disk, 'a'),
  )
  t.deepEqual(seen, ['....', 'a...', 'ab..', 'abc.', 'abcd'])
})

test('a name whose folder was not synced may be gone, though its bytes were synced', async (t) => {
  const work = async (disk: SimulatedDisk): Promise<void> => {
    const file = await disk.open('a', 'create')
    await file.write(utf8('x'), 0)
    await file.sync()
  }
  t.deepEqual(await outcomes(work, (disk) => textOf(disk, 'a')), ['missing', 'x'])
})

test('a name that was synced may stand for an empty file, when the bytes were not', async (t) => {
  const work = async (disk: SimulatedDisk): Promise<void> => {
    const file = await disk.open('a', 'create')
    await file.write(utf8('x'), 0)
    await disk.syncFolder('')
  }
  t.deepEqual(await outcomes(work, (disk) => textOf(disk, 'a')), ['', 'x'])
})

test('a removal that was not synced may be undone', async (t) => {
  const work = async (disk: SimulatedDisk): Promise<void> => {
    await disk.writeFileDurably('a', utf8('x'))
    await disk.remove('a')
  }
  t.deepEqual(await outcomes(work, (disk) => textOf(disk, 'a')), ['missing', 'x'])
})

test('a rename between folders needs both to be synced', async (t) => {
  const work = async (disk: SimulatedDisk): Promise<void> => {
    for (const folder of ['from', 'to']) await disk.makeFolder(folder)
    await disk.writeFileDurably('from/a', utf8('x'))
    await disk.rename('from/a', 'to/a')
    await disk.syncFolder('to')
  }
  t.deepEqual(await outcomes(work, async (disk) => `${await textOf(disk, 'from/a')} ${await textOf(disk, 'to/a')}`), ['missing x', 'x x'])
})

test('an open file of before the crash never answers', async (t) => {
  const disk = new SimulatedDisk({ random: new SeededRandom(1) })
  const clock = new SimulatedClock()
  const file = await disk.open('a', 'create')
  disk.crash()
  await t.throwsAsync(clock.runWhile(file.size(), 1_000), { message: /still waiting/ })
})

test('a sync takes its time, and a crash may fall into it', async (t) => {
  const clock = new SimulatedClock()
  const machine = clock.machine()
  const disk = new SimulatedDisk({ random: new SeededRandom(1), syncMs: [5, 5] })
  disk.attach(machine)
  let isDurable = false
  const writing = disk.writeFileDurably('a', utf8('x')).then(() => {
    isDurable = true
  })
  await clock.runFor(9)
  t.false(isDurable)
  machine.halt()
  disk.crash()
  await clock.runFor(100)
  t.false(isDurable)
  void writing
})

test('a full disk says so, changes nothing, and takes more once something is removed', async (t) => {
  const disk = new SimulatedDisk({ random: new SeededRandom(1), capacityBytes: 100 })
  await disk.writeFileDurably('a', new Uint8Array(60))
  await t.throwsAsync(disk.writeFileDurably('b', new Uint8Array(41)), { code: 'FULL' })
  t.deepEqual(await disk.space(), { totalBytes: 100, freeBytes: 40 })
  await disk.remove('a')
  await disk.writeFileDurably('b', new Uint8Array(41))
  t.is((await disk.readFile('b'))?.length, 41)
})

test('a wiped volume is empty', async (t) => {
  const disk = new SimulatedDisk({ random: new SeededRandom(1) })
  await disk.makeFolder('f')
  await disk.writeFileDurably('f/a', utf8('x'))
  disk.wipe()
  t.deepEqual(await disk.list(''), [])
})
