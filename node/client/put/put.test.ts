import { Readable } from 'node:stream'
import test from 'ava'
import { collectBytes, digest, Fleet, OWNER } from '../_fleet.test.ts'
import { CLASS } from '../_machines.test.ts'
import { openClient, type Client, type Resumption } from '../index.ts'

const SEGMENT_BYTES = 50_000
const OTHER = { ...CLASS, name: '2+1', required: 2, parity: 1 }
const bytesOf = (length: number, seed = 1): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17 + (i >> 8)) & 0xff)

/** A client with small segments, which can be closed and opened again over the same disk. */
async function setup(providers = 7) {
  const fleet = await Fleet.start({ providers, classes: [CLASS, OTHER] })
  const { platform, peers, disk } = fleet.machines.machine('writer', 'client')
  const config = { network: fleet.machines.config, ownerSecret: OWNER, segmentBytes: SEGMENT_BYTES }
  const open = (): Promise<Client> => openClient(config, platform, peers)
  const uploads = async (): Promise<string[]> =>
    (await Promise.all(fleet.providers.map(({ machine }) => machine.disk.list('incoming')))).flat()
  return { fleet, disk, open, uploads, read: async (name: string) => await fleet.run(collectBytes((await open()).get(name))) }
}

/** Puts, and calls back once when so many shard bytes are sent; resolves with the code of the error. */
async function putUntil(client: Client, bytes: Uint8Array, sentBytes: number, callback: () => void): Promise<string> {
  let isCalled = false
  try {
    await client.put('a', bytes, {
      onProgress(progress) {
        if (isCalled || progress.sentBytes < sentBytes) return
        isCalled = true
        callback()
      },
    })
    return 'done'
  } catch (error) {
    return (error as { code: string }).code
  }
}

test('bytes, Blobs, web streams, Node streams and iterables that use their chunks again are the same object; progress ends at its size', async (t) => {
  const { fleet, open, read } = await setup()
  const client = await open()
  const object = bytesOf(130_001)
  async function* reusing(): AsyncGenerator<Uint8Array> {
    const buffer = new Uint8Array(7_001)
    for (let at = 0; at < object.length; at += buffer.length) {
      const part = object.subarray(at, at + buffer.length)
      buffer.set(part)
      yield buffer.subarray(0, part.length)
      yield buffer.subarray(0, 0)
    }
  }
  const sources = {
    bytes: object,
    blob: new Blob([Uint8Array.from(object)]),
    web: new Blob([Uint8Array.from(object)]).stream(),
    node: Readable.from([object.subarray(0, 60_000), object.subarray(60_000)]),
    reusing: reusing(),
  }
  for (const [name, source] of Object.entries(sources)) {
    const stored: number[] = []
    const stat = await fleet.run(client.put(name, source, { onProgress: ({ storedBytes }) => stored.push(storedBytes) }))
    t.like(stat, { sizeBytes: object.length, segments: 3, margin: 2 }, name)
    t.deepEqual(
      stored,
      stored.toSorted((a, b) => a - b),
    )
    t.is(stored.at(-1), object.length)
    t.is(digest(await read(name)), digest(object), name)
  }
})

test('an abort gives reservations back, removes what was stored, names nothing and leaves nothing to go on with', async (t) => {
  const { fleet, disk, open, uploads } = await setup()
  const client = await open()
  const stop = new AbortController()
  const onProgress = ({ sentBytes }: { sentBytes: number }): void => {
    if (sentBytes > 150_000) stop.abort()
  }
  const error = await t.throwsAsync(fleet.run(client.put('a', bytesOf(400_000), { signal: stop.signal, onProgress })))
  t.is((error as { code?: string } | undefined)?.code, 'ABORTED')
  t.deepEqual(await uploads(), [], 'at once, not when they expire')
  t.deepEqual(await disk.list('puts'), [])
  await fleet.machines.clock.runFor(20_000)
  t.deepEqual(await fleet.shardFiles(), [])
  await t.throwsAsync(fleet.run(client.stat('a')), { code: 'NAME_NOT_FOUND' })
})

test('a closed client leaves a journal: the next put goes on, says so, and buries what a changed source left over', async (t) => {
  const { fleet, disk, open, read } = await setup()
  const object = bytesOf(400_000)
  const first = await open()
  const closing = putUntil(first, object, 300_000, () => void first[Symbol.asyncDispose]())
  t.is(await fleet.run(closing), 'ABORTED')
  t.is((await disk.list('puts')).length, 1)

  const found: Resumption[] = []
  let sent = 0
  const changed = object.with(10, 255)
  const stat = await fleet.run(
    (await open()).put('a', changed, { onResume: (one) => found.push(one), onProgress: ({ sentBytes }) => (sent = sentBytes) }),
  )
  t.is(stat.segments, 8)
  t.is(found.length, 1)
  t.true((found[0]?.storedSegments ?? 0) >= 2)
  t.true(sent <= (8 - (found[0]?.storedSegments ?? 0) + 1) * SEGMENT_BYTES * 1.6, `${sent} bytes sent`)
  t.is(digest(await read('a')), digest(changed))
  t.deepEqual(await disk.list('puts'), [])
  await fleet.machines.clock.runFor(20_000)
  t.is((await fleet.shardFiles()).length, 8 * 6, 'the set that the old first segment had is gone')
})

test('a put of another class, or of an object that needs no sets, starts anew and buries what the other left', async (t) => {
  const { fleet, disk, open, read } = await setup()
  const object = bytesOf(300_000)
  const cut = async (): Promise<void> => {
    const client = await open()
    t.is(await fleet.run(putUntil(client, object, 250_000, () => void client[Symbol.asyncDispose]())), 'ABORTED')
    t.is((await disk.list('puts')).length, 1)
  }
  await cut()
  await fleet.run((await open()).put('a', object, { class: '2+1' }))
  await fleet.machines.clock.runFor(20_000)
  t.is((await fleet.shardFiles()).length, 6 * 3)
  await cut()
  await fleet.run((await open()).put('a', bytesOf(10), {}))
  t.deepEqual(await disk.list('puts'), [])
  await fleet.machines.clock.runFor(20_000)
  t.deepEqual(await fleet.shardFiles(), [])
  t.is(digest(await read('a')), digest(bytesOf(10)))
})

test('with a margin, a put does without the slowest, or those that are away; without, it does not', async (t) => {
  const { fleet, open, read } = await setup(6)
  const client = await open()
  fleet.machines.net.cut('p3')
  await t.throwsAsync(fleet.run(client.put('a', bytesOf(120_000), { resume: false })))
  const stat = await fleet.run(client.put('a', bytesOf(120_000), { commit: { margin: 1 } }))
  t.is(stat.margin, 1)
  t.is(digest(await read('a')), digest(bytesOf(120_000)))
  for (const margin of [-1, 3, 0.5])
    await t.throwsAsync(fleet.run(client.put('b', bytesOf(10), { commit: { margin } })), { code: 'BAD_POLICY' })
})
