import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import test from 'ava'
import { collectBytes, digest, Fleet, OWNER, type ShardFile } from './_fleet.test.ts'
import { CLASS } from './_machines.test.ts'
import { openClient, readableOf, type Client } from './index.ts'

const bytesOf = (length: number, seed = 1): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17 + (i >> 8)) & 0xff)
/** Messages take long, and all the same time: what clients begin together they do side by side, each before it hears of the other. */
const inStep = (fleet: Fleet): void => {
  fleet.machines.net.faults = { dropRate: 0, cutRate: 0, delayMs: [500, 501], bandwidth: 1e9 }
}
const indexOf = ({ path }: { readonly path: string }): number => Number(path.split('.').at(-1))
const statsOf = async (client: Client, prefix?: string) =>
  (await Array.fromAsync(client.list({ prefix }))).sort((a, b) => (a.name < b.name ? -1 : 1))

test('objects of many sizes are put, read back, listed and deleted', async (t) => {
  const fleet = await Fleet.start()
  const client = await fleet.openClient()
  const sizes = [0, 1, 1024, 1025, 65_536, 262_144, 1_000_003]
  for (const size of sizes) {
    const stat = await fleet.run(client.put(`size/${size}`, bytesOf(size)))
    t.like(stat, { name: `size/${size}`, sizeBytes: size, class: '4+2', segments: size > 1024 ? 1 : 0, conflicts: 0 })
  }
  for (const size of sizes) t.is(digest(await fleet.read(client, `size/${size}`)), digest(bytesOf(size)))
  t.deepEqual(
    (await fleet.run(statsOf(client))).map(({ sizeBytes }) => sizeBytes).sort((a, b) => a - b),
    sizes,
  )
  t.deepEqual(
    (await fleet.run(statsOf(client, 'size/65'))).map(({ name }) => name),
    ['size/65536'],
  )
  t.like(await fleet.run(client.stat('size/1025')), { sizeBytes: 1025 })
  await fleet.run(client.delete('size/1025'))
  await t.throwsAsync(fleet.read(client, 'size/1025'), { code: 'NAME_NOT_FOUND' })
  await t.throwsAsync(fleet.run(client.stat('size/1025')), { code: 'NAME_NOT_FOUND' })
  await t.throwsAsync(fleet.run(client.delete('size/1025')), { code: 'NAME_NOT_FOUND' })
  t.is((await fleet.run(statsOf(client))).length, sizes.length - 1)
  t.is((await fleet.run(collectBytes(client.get('size/1')))).length, 1)
})

test('an object of two segments: streamed in, read whole and by ranges, of which only the segments they touch move', async (t) => {
  const fleet = await Fleet.start({ providers: 6 })
  const client = await fleet.openClient()
  const segmentBytes = 32 * 1024 * 1024
  const size = segmentBytes + 100_000
  const object = bytesOf(size)
  async function* stream(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < size; at += 900_001) yield object.subarray(at, at + 900_001)
  }
  const stored: number[] = []
  const stat = await fleet.run(client.put('large', stream(), { onProgress: ({ storedBytes }) => stored.push(storedBytes) }))
  t.like(stat, { sizeBytes: size, segments: 2 })
  t.deepEqual(
    stored,
    stored.toSorted((a, b) => a - b),
  )
  t.is(stored.at(-1), size)

  t.is(digest(await fleet.read(client, 'large')), digest(object))
  const ranges = [
    { offset: segmentBytes - 10, length: 20 },
    { offset: segmentBytes + 5 },
    { offset: 12_345, length: 1 },
    { offset: size, length: 5 },
    { offset: 0, length: 0 },
  ]
  for (const range of ranges) {
    const expected = object.subarray(range.offset, range.length === undefined ? undefined : range.offset + range.length)
    t.is(digest(await fleet.read(client, 'large', { range })), digest(expected), JSON.stringify(range))
  }

  // with the first segment unreadable, only a range that does not touch it can be read
  const segments = Map.groupBy(await fleet.shardFiles(), ({ path }) => path.replace(/\.\d+$/, ''))
  const sizeOf = async ({ machine, path }: ShardFile): Promise<number> => {
    await using file = await machine.disk.open(path, 'read')
    return (await file?.size()) ?? 0
  }
  for (const files of segments.values())
    for (const file of files.slice(0, 3)) if ((await sizeOf(file)) > 1_000_000) await file.machine.disk.remove(file.path)
  const range = { offset: segmentBytes + 5 }
  t.is(digest(await fleet.read(client, 'large', { range })), digest(object.subarray(range.offset)))
  await t.throwsAsync(fleet.read(client, 'large'), { code: 'TOO_FEW_SHARDS' })
})

test('with another owner secret there is no such object, and nothing to list', async (t) => {
  const fleet = await Fleet.start()
  const client = await fleet.openClient()
  await fleet.run(client.put('mine', bytesOf(5_000)))
  const stranger = await fleet.openClient(new Uint8Array(32).fill(43))
  await t.throwsAsync(fleet.read(stranger, 'mine'), { code: 'NAME_NOT_FOUND' })
  t.deepEqual(await fleet.run(statsOf(stranger)), [])
})

test('flipped and cut shards: read from others as long as k are whole, never wrong bytes', async (t) => {
  const fleet = await Fleet.start()
  const client = await fleet.openClient()
  const object = bytesOf(200_000)
  await fleet.run(client.put('a', object))
  const files = await fleet.shardFiles()
  t.is(files.length, 6)
  const spoil = [
    (bytes: Uint8Array) => bytes.with(0, (bytes[0] ?? 0) ^ 1),
    (bytes: Uint8Array) => bytes.subarray(0, 20_000),
    (bytes: Uint8Array) => bytes.with(33_333, (bytes[33_333] ?? 0) ^ 0x80),
  ]
  for (const [i, change] of spoil.entries()) {
    const { machine, path } = files[i] ?? { machine: undefined, path: '' }
    const bytes = await machine?.disk.readFile(path)
    await machine?.disk.writeFileDurably(path, change(bytes ?? new Uint8Array(0)))
    if (i < 2) t.is(digest(await fleet.read(client, 'a')), digest(object), `${i + 1} spoiled`)
    else await t.throwsAsync(fleet.read(client, 'a'), { code: 'TOO_FEW_SHARDS' })
  }
})

test('wrong bytes that a reader meets are reported, looked at by a tracker and made good', async (t) => {
  const fleet = await Fleet.start({ providers: 9 })
  const client = await fleet.openClient()
  const object = bytesOf(200_000)
  await fleet.run(client.put('a', object))
  const files = (await fleet.shardFiles()).sort((a, b) => indexOf(a) - indexOf(b))
  for (const { machine, path } of files.slice(0, 3)) {
    const bytes = (await machine.disk.readFile(path)) ?? new Uint8Array()
    await machine.disk.writeFileDurably(path, bytes.with(0, (bytes[0] ?? 0) ^ 1))
    // the third would be one too many, had the first not been rebuilt
    t.is(digest(await fleet.read(client, 'a')), digest(object))
    await fleet.machines.clock.runFor(10_000)
  }
  const told = fleet.machines.trace.tail().filter((line) => line.includes('wrong bytes were reported'))
  t.is(told.length, 3, told.join('\n'))
  t.true(told.every((line) => line.includes('"verdict":"wrong"')))
})

test('a provider that goes away during a put: its shard goes to another, and all n are held', async (t) => {
  const fleet = await Fleet.start({ providers: 8 })
  const client = await fleet.openClient()
  const object = bytesOf(3_000_000)
  let isCut = false
  const putting = client.put('a', object, {
    onProgress: ({ sentBytes }) => {
      if (isCut || sentBytes < 500_000) return
      isCut = true
      fleet.machines.net.cut('p3')
    },
  })
  await fleet.run(putting)
  t.true(isCut)
  const held = (await fleet.shardFiles()).filter(({ machine }) => machine.name !== 'p3')
  t.is(new Set(held.map(({ machine }) => machine.name)).size, 6)
  t.is(digest(await fleet.read(client, 'a')), digest(object))
})

test('a put that finds too few providers says so and names nothing; what it stored is removed', async (t) => {
  const fleet = await Fleet.start({ providers: 6 })
  const client = await fleet.openClient()
  fleet.machines.net.cut('p0')
  const error = await t.throwsAsync(fleet.run(client.put('a', bytesOf(50_000))))
  t.true(['NO_ROOM', 'NOT_ENOUGH_HOLDERS'].includes((error as { code?: string }).code ?? ''), String(error))
  fleet.machines.net.heal()
  await t.throwsAsync(fleet.run(client.stat('a')), { code: 'NAME_NOT_FOUND' })
  await fleet.machines.clock.runFor(30_000)
  t.deepEqual(await fleet.shardFiles(), [])
  await fleet.run(client.put('a', bytesOf(50_000)))
})

test('a put that is aborted, or whose source fails, leaves the name as it was and nothing behind', async (t) => {
  const fleet = await Fleet.start()
  const client = await fleet.openClient()
  await fleet.run(client.put('a', bytesOf(10)))
  const stop = new AbortController()
  const onProgress = ({ sentBytes }: { sentBytes: number }): void => {
    if (sentBytes > 1_000_000) stop.abort()
  }
  await t.throwsAsync(fleet.run(client.put('a', bytesOf(4_000_000), { signal: stop.signal, onProgress })), { code: 'ABORTED' })
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield bytesOf(100_000)
    throw new Error('disk gone')
  }
  await t.throwsAsync(fleet.run(client.put('a', failing())), { message: 'disk gone' })
  t.is(digest(await fleet.read(client, 'a')), digest(bytesOf(10)))
  await fleet.machines.clock.runFor(30_000)
  t.deepEqual(await fleet.shardFiles(), [])
})

test('a client killed during a put leaves no name, and the next put stores it', async (t) => {
  const fleet = await Fleet.start()
  let isKilled = false
  const onProgress = ({ sentBytes }: { sentBytes: number }): void => {
    if (sentBytes < 1_000_000 || isKilled) return
    isKilled = true
    fleet.machines.net.crash('client-0')
  }
  void (await fleet.openClient()).put('a', bytesOf(4_000_000), { onProgress }).catch(() => undefined) // never settles: its machine is gone
  t.true(await fleet.machines.clock.runUntil(() => isKilled, 60_000))
  await fleet.machines.clock.runFor(30_000)
  const client = await fleet.openClient()
  await t.throwsAsync(fleet.run(client.stat('a')), { code: 'NAME_NOT_FOUND' })
  await fleet.run(client.put('a', bytesOf(4_000_000)))
  t.is(digest(await fleet.read(client, 'a')), digest(bytesOf(4_000_000)))
})

test('a tracker that is away: put, get, list and delete go on with the others', async (t) => {
  for (const away of ['t0', 't1', 't2']) {
    const fleet = await Fleet.start()
    fleet.machines.net.cut(away)
    const client = await fleet.openClient()
    await fleet.run(client.put('a', bytesOf(50_000)))
    t.is(digest(await fleet.read(client, 'a')), digest(bytesOf(50_000)))
    t.is((await fleet.run(statsOf(client))).length, 1)
    await fleet.run(client.delete('a'))
    await t.throwsAsync(fleet.run(client.stat('a')), { code: 'NAME_NOT_FOUND' })
  }
})

test('all trackers away: a client that knows the epoch reads by the hint of the manifest; a put says what is missing', async (t) => {
  const fleet = await Fleet.start()
  const client = await fleet.openClient()
  await fleet.run(client.put('a', bytesOf(50_000)))
  for (const { machine } of fleet.trackers) fleet.machines.net.cut(machine.name)
  t.is(digest(await fleet.read(client, 'a')), digest(bytesOf(50_000)))
  await t.throwsAsync(fleet.run(client.put('b', bytesOf(50_000))), { code: 'PEER_UNREACHABLE' })
  await t.throwsAsync(fleet.run((await fleet.openClient()).stat('a')), { code: 'PEER_UNREACHABLE' })
})

test('any one domain away: everything reads', async (t) => {
  const fleet = await Fleet.start({ providers: 6 })
  const client = await fleet.openClient()
  const object = bytesOf(50_000)
  await fleet.run(client.put('a', object))
  for (const { machine } of fleet.providers) {
    fleet.machines.net.cut(machine.name)
    t.is(digest(await fleet.read(await fleet.openClient(), 'a')), digest(object), machine.name)
    fleet.machines.net.heal()
  }
})

test('a put over a name replaces it, and the sets of before are removed; so does a delete', async (t) => {
  const fleet = await Fleet.start()
  const client = await fleet.openClient()
  await fleet.run(client.put('a', bytesOf(50_000, 1)))
  const before = new Set((await fleet.shardFiles()).map(({ path }) => path))
  await fleet.run(client.put('a', bytesOf(60_000, 2)))
  t.is(digest(await fleet.read(client, 'a')), digest(bytesOf(60_000, 2)))
  await fleet.machines.clock.runFor(20_000)
  const after = await fleet.shardFiles()
  t.is(after.length, 6)
  t.true(after.every(({ path }) => !before.has(path)))
  await fleet.run(client.delete('a'))
  await fleet.machines.clock.runFor(20_000)
  t.deepEqual(await fleet.shardFiles(), [])
})

test('a class that keeps versions keeps their sets', async (t) => {
  const fleet = await Fleet.start({ classes: [{ ...CLASS, versions: 2 }] })
  const client = await fleet.openClient()
  for (const [puts, sets] of [1, 2, 2, 2].entries()) {
    await fleet.run(client.put('a', bytesOf(50_000, puts)))
    await fleet.machines.clock.runFor(20_000)
    t.is((await fleet.shardFiles()).length, sets * 6, `${puts + 1} puts`)
  }
  await fleet.run(client.delete('a'))
  await fleet.machines.clock.runFor(20_000)
  t.deepEqual(await fleet.shardFiles(), [])
})

test('versions that a class keeps are listed and read by their time; others are VERSION_NOT_FOUND', async (t) => {
  const fleet = await Fleet.start({ classes: [{ ...CLASS, versions: 2 }] })
  const client = await fleet.openClient()
  const stored: number[] = []
  for (const seed of [1, 2, 3]) {
    stored.push((await fleet.run(client.put('a', bytesOf(seed === 2 ? 500 : 50_000, seed)))).storedMs)
    await fleet.machines.clock.runFor(1_000)
  }
  const [first = 0, second = 0, third = 0] = stored
  t.deepEqual(
    (await fleet.run(client.versions('a'))).map(({ storedMs, sizeBytes, segments }) => [storedMs, sizeBytes, segments]),
    [
      [third, 50_000, 1],
      [second, 500, 0],
    ],
  )
  t.is(digest(await fleet.read(client, 'a')), digest(bytesOf(50_000, 3)))
  t.is(digest(await fleet.read(client, 'a', { version: third })), digest(bytesOf(50_000, 3)))
  t.is(digest(await fleet.read(client, 'a', { version: second })), digest(bytesOf(500, 2)))
  await t.throwsAsync(fleet.read(client, 'a', { version: first }), { code: 'VERSION_NOT_FOUND' })
})

test('a reader that leaves while a chunk is on its way has its transfers cut, and so has one that cancels its stream', async (t) => {
  const fleet = await Fleet.start({ providers: 6 })
  const client = await fleet.openClient()
  await fleet.run(client.put('a', bytesOf(3_000_000)))
  const { net, clock } = fleet.machines
  net.faults = { dropRate: 0, cutRate: 0, delayMs: [1, 2], bandwidth: 1 } // a shard takes minutes
  const leaves = [
    async () => {
      const chunks = client.get('a')[Symbol.asyncIterator]()
      const pending = chunks.next()
      await clock.sleep(2_000)
      await chunks.return?.()
      t.true((await pending).done)
    },
    async () => {
      const reader = readableOf(client.get('a')).getReader()
      const pending = reader.read()
      await clock.sleep(2_000)
      await reader.cancel()
      t.true((await pending).done)
    },
    async () => {
      const stop = new AbortController()
      const pending = collectBytes(client.get('a', { signal: stop.signal })).catch((error: unknown) => error)
      await clock.sleep(2_000)
      stop.abort()
      t.like(await pending, { code: 'ABORTED' })
    },
  ]
  for (const leave of leaves) {
    const since = clock.elapsed()
    await fleet.run(leave())
    t.true(clock.elapsed() - since < 2_100, `${clock.elapsed() - since} ms`)
  }
})

test('lent chunks are right until the next is pulled and empty after that, the others are kept', async (t) => {
  const fleet = await Fleet.start({ providers: 6 })
  const client = await fleet.openClient()
  const bytes = bytesOf(1_000_003)
  for (const size of [500, bytes.length]) await fleet.run(client.put('a', bytes.subarray(0, size)))
  for (const [size, lend] of [
    [bytes.length, true],
    [bytes.length, false],
    [300_000, true],
  ] as const) {
    const pulled: Uint8Array[] = []
    await fleet.run(
      (async () => {
        let at = 0
        for await (const chunk of client.get('a', { lend, range: { offset: 0, length: size } })) {
          t.deepEqual(chunk, bytes.slice(at, at + chunk.length))
          at += chunk.length
          pulled.push(chunk)
        }
        t.is(at, size)
      })(),
    )
    t.is(
      pulled.reduce((sum, { length }) => sum + length, 0),
      lend ? 0 : size,
    )
  }
})

test('an object as a Node stream and as a web stream', async (t) => {
  const fleet = await Fleet.start({ providers: 6 })
  const client = await fleet.openClient()
  const object = bytesOf(1_000_000)
  await fleet.run(client.put('a', object))
  const sink: Buffer[] = []
  const taken = pipeline(Readable.from(client.get('a')), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) sink.push(chunk)
  })
  await fleet.run(taken)
  t.is(digest(new Uint8Array(Buffer.concat(sink))), digest(object))
  t.is(digest(await fleet.run(collectBytes(readableOf(client.get('a'))))), digest(object))
})

test('two clients that put at the same time: both versions are kept and reported, until the next put replaces both', async (t) => {
  const fleet = await Fleet.start()
  const [one, two] = [await fleet.openClient(), await fleet.openClient()]
  for (const client of [one, two]) await fleet.run(client.stat('a').catch(() => undefined)) // both know the epoch
  inStep(fleet)
  // one of them may have a longer way to its trackers, and come second
  let [name, before] = ['', 0]
  for (const tried of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
    await fleet.machines.clock.runFor(20_000)
    before = (await fleet.shardFiles()).length
    await fleet.run(Promise.all([one.put(tried, bytesOf(50_000, 1)), two.put(tried, bytesOf(50_000, 2))]))
    name = tried
    if ((await fleet.run(one.stat(tried))).conflicts > 0) break
  }
  t.like(await fleet.run(one.stat(name)), { conflicts: 1 })
  t.like(await fleet.run(statsOf(two, name)), [{ conflicts: 1 }])
  await fleet.machines.clock.runFor(20_000)
  t.is((await fleet.shardFiles()).length, before + 12, 'the sets of both are kept')
  const shown = digest(await fleet.read(one, name))
  t.is(shown, digest(await fleet.read(two, name)), 'both see the same one')

  await fleet.run(one.put(name, bytesOf(50_000, 3)))
  t.like(await fleet.run(two.stat(name)), { conflicts: 0 })
  t.is(digest(await fleet.read(two, name)), digest(bytesOf(50_000, 3)))
  await fleet.machines.clock.runFor(20_000)
  t.is((await fleet.shardFiles()).length, before + 6)
})

test('a put that has not seen a delete survives it; puts of one client to one name follow each other', async (t) => {
  const fleet = await Fleet.start()
  const [one, two] = [await fleet.openClient(), await fleet.openClient()]
  await fleet.run(one.put('a', bytesOf(10, 1)))
  await fleet.run(two.stat('a'))
  inStep(fleet)
  await fleet.run(Promise.all([one.put('a', bytesOf(10, 2)), two.delete('a')]))
  t.is(digest(await fleet.read(two, 'a')), digest(bytesOf(10, 2)))
  await fleet.run(Promise.all([3, 4, 5].map((seed) => one.put('a', bytesOf(2_000, seed)))))
  t.like(await fleet.run(two.stat('a')), { conflicts: 0 })
  await fleet.machines.clock.runFor(20_000)
  t.is((await fleet.shardFiles()).length, 6)
})

test('wrong use is refused with a code before anything is sent', async (t) => {
  const fleet = await Fleet.start()
  const client = await fleet.openClient()
  await t.throwsAsync(fleet.run(client.put('a', bytesOf(10), { class: 'gold' })), { code: 'UNKNOWN_CLASS' })
  await t.throwsAsync(fleet.run(client.put('', bytesOf(10))), { code: 'BAD_NAME' })
  await t.throwsAsync(fleet.run(client.stat('a'.repeat(1025))), { code: 'BAD_NAME' })
  await t.throwsAsync(fleet.run(client.put('a', bytesOf(10), { signal: AbortSignal.abort() })), { code: 'ABORTED' })
  await fleet.run(client.put('a', bytesOf(10)))
  await t.throwsAsync(fleet.read(client, 'a', { range: { offset: -1 } }), { code: 'BAD_RANGE' })
  const { platform, peers } = fleet.machines.machine('guest', 'client')
  const network = { ...fleet.machines.config, network: 'other/net' }
  await t.throwsAsync(openClient({ network, ownerSecret: OWNER }, platform, peers), { code: 'UNKNOWN_NETWORK' })
})

test('a reader that stops early stops the transfers; a closed client aborts what is under way', async (t) => {
  const fleet = await Fleet.start()
  const client = await fleet.openClient()
  await fleet.run(client.put('a', bytesOf(3_000_000)))
  const first = await fleet.run(
    (async () => {
      for await (const chunk of client.get('a')) return chunk
      return undefined
    })(),
  )
  t.is(first?.length, 256 * 1024)
  t.is(digest(new Uint8Array(await fleet.run(new Response(readableOf(client.get('a'))).arrayBuffer()))), digest(bytesOf(3_000_000)))
  const reading = collectBytes(client.get('a'))
  await fleet.run(Promise.resolve(client[Symbol.asyncDispose]()))
  await t.throwsAsync(fleet.run(reading), { code: 'ABORTED' })
  await t.throwsAsync(fleet.run(client.stat('a')), { code: 'ABORTED' })
})
