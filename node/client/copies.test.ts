import type { ErasureClass } from '@lunarx/core/model'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { digest, Fleet, OWNER } from './_fleet.test.ts'
import { CLASS } from './_machines.test.ts'

const COPIED: ErasureClass = { ...CLASS, copies: [{ pools: ['archive'] }] }
const bytesOf = (length: number, seed = 1): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17 + (i >> 8)) & 0xff)
const SEGMENT_BYTES = 100_000

const start = async (seed: number, providers = 10, archive = 6) => {
  const fleet = await Fleet.start({ seed, providers, archive, rows: 3, classes: [COPIED] })
  return { fleet, client: await fleet.openClient(OWNER, SEGMENT_BYTES) }
}

/** Set → hosts of its shards. */
async function placesOf(fleet: Fleet): Promise<Map<string, string[]>> {
  const places = new Map<string, string[]>()
  for (const { machine, path } of await fleet.shardFiles()) {
    const set = path.replace(/\.\d+$/, '')
    places.set(set, [...(places.get(set) ?? []), machine.name])
  }
  return places
}

const isArchive = (host: string): boolean => host.startsWith('archive-')
const cutAll = (fleet: Fleet, hosts: Iterable<string>): void => {
  for (const host of hosts) fleet.machines.net.cut(host)
}

test('every set has a copy under other addresses on the pool of its class, and on no other', async (t) => {
  const { fleet, client } = await start(1)
  const stat = await fleet.run(client.put('a', bytesOf(250_000)))
  t.like(stat, { segments: 3, copies: 1, margin: 2 })
  t.like(await fleet.run(client.put('small', bytesOf(1_000))), { segments: 0, copies: 0 })
  const sets = [...(await placesOf(fleet)).values()]
  t.is(sets.length, 6)
  t.is(sets.filter((hosts) => hosts.every(isArchive)).length, 3)
  t.is(sets.filter((hosts) => !hosts.some(isArchive)).length, 3)
  const files = await fleet.shardFiles()
  const contents = await Promise.all(
    files.map(async ({ machine, path }) => digest((await machine.disk.readFile(path)) ?? new Uint8Array())),
  )
  t.is(new Set(contents).size, 36, 'no two shards are alike')
})

for (const seed of [1, 2, 3])
  test(`more than m shards of the first sets are gone: read from the copy, restored from it, and deleted with it (SEED=${seed})`, async (t) => {
    const { fleet, client } = await start(seed)
    const random = new SeededRandom(seed)
    const object = bytesOf(250_000, seed)
    await fleet.run(client.put('a', object))
    const first = [...(await placesOf(fleet)).values()].filter((hosts) => !hosts.some(isArchive))
    const lost = new Set((first[0] ?? []).toSorted(() => random.uniform() - 0.5).slice(0, 3))
    cutAll(fleet, lost)

    t.is(digest(await fleet.read(client, 'a')), digest(object))
    const range = { offset: 99_990, length: 20 }
    t.is(digest(await fleet.read(client, 'a', { range })), digest(object.subarray(99_990, 100_010)))
    await fleet.machines.clock.runFor(30_000)
    const fresh = await fleet.openClient(OWNER, SEGMENT_BYTES)
    t.is(digest(await fleet.read(fresh, 'a')), digest(object), 'they are known to be lost')

    const looked = await fleet.run(client.restore('a', { dryRun: true }))
    t.true(looked.restored >= 1)
    t.like(looked, { sets: 6, lost: 0 })
    t.is((await fleet.run(client.restore('a'))).restored, looked.restored)
    t.like(await fleet.run(client.restore('a')), { restored: 0, lost: 0 })
    const archive = fleet.providers.map(({ machine }) => machine.name).filter(isArchive)
    cutAll(fleet, archive)
    t.is(digest(await fleet.read(client, 'a')), digest(object), 'from the first sets alone')

    fleet.machines.net.heal()
    await fleet.machines.clock.runFor(30_000)
    await fleet.run(client.delete('a'))
    await fleet.machines.clock.runFor(120_000)
    t.deepEqual(await fleet.shardFiles(), [])
  })

test('the copy is restored from the first', async (t) => {
  const { fleet, client } = await start(4, 6, 9)
  const object = bytesOf(150_000)
  await fleet.run(client.put('a', object))
  const copy = [...(await placesOf(fleet)).values()].find((hosts) => hosts.every(isArchive)) ?? []
  cutAll(fleet, copy.slice(0, 3))
  await fleet.machines.clock.runFor(30_000)
  t.is(digest(await fleet.read(client, 'a')), digest(object))
  t.true((await fleet.run(client.restore('a'))).restored >= 1)
  cutAll(fleet, ['p0', 'p1', 'p2'])
  t.is(digest(await fleet.read(client, 'a')), digest(object), 'from the copies alone')
})

test('providers vanish while an object is read: the rest comes from the copy', async (t) => {
  const { fleet, client } = await start(5, 6)
  const object = bytesOf(450_000)
  await fleet.run(client.put('a', object))
  const parts: Uint8Array[] = []
  await fleet.run(
    (async () => {
      for await (const chunk of client.get('a')) {
        parts.push(Uint8Array.from(chunk))
        cutAll(fleet, ['p0', 'p1', 'p2'])
      }
    })(),
  )
  t.true(parts.length >= 5)
  t.is(digest(new Uint8Array(Buffer.concat(parts))), digest(object))
})

test('shards turn out wrong in the middle of a set: it is read on from the copy at that byte', async (t) => {
  const { fleet } = await start(8, 6)
  const client = await fleet.openClient(OWNER)
  const object = bytesOf(700_000)
  await fleet.run(client.put('a', object))
  const data = (await fleet.shardFiles()).filter(({ machine, path }) => !isArchive(machine.name) && /\.[012]$/.test(path))
  t.is(data.length, 3)
  for (const { machine, path } of data) {
    const bytes = (await machine.disk.readFile(path)) ?? new Uint8Array()
    await machine.disk.writeFileDurably(path, bytes.with(170_000, (bytes[170_000] ?? 0) ^ 1)) // near the end of the shard
  }
  t.is(digest(await fleet.read(client, 'a')), digest(object))
  t.true(fleet.machines.trace.tail().some((line) => line.includes('a copy of a set cannot be read on, taking another')))
})

test('a put is refused while the pool of its copies has no room, and names nothing', async (t) => {
  const { fleet, client } = await start(6, 6)
  fleet.machines.net.cut('archive-0')
  await fleet.machines.clock.runFor(30_000)
  await t.throwsAsync(fleet.run(client.put('a', bytesOf(50_000))), { code: 'NO_ROOM' })
  await t.throwsAsync(fleet.run(client.stat('a')), { code: 'NAME_NOT_FOUND' })
  fleet.machines.net.heal()
  await fleet.machines.clock.runFor(5_000)
  t.like(await fleet.run(client.put('a', bytesOf(50_000))), { copies: 1 })
})

test('a grantee, and the owner after a rotation of keys, read from the copy too', async (t) => {
  const { fleet, client } = await start(7, 6)
  const object = bytesOf(150_000)
  await fleet.run(client.put('a', object))
  const other = await fleet.openClient(new Uint8Array(32).fill(9))
  const grant = await fleet.run(client.share('a', (await fleet.run(other.address())).address))
  await fleet.run(client.rotateKeys())
  cutAll(fleet, ['p0', 'p1', 'p2'])
  await fleet.machines.clock.runFor(30_000)
  t.is(digest(await fleet.read(client, 'a')), digest(object))
  const shared = other.getShared(grant)
  t.is(digest(new Uint8Array(Buffer.concat(await fleet.run(Array.fromAsync(shared))))), digest(object))
  fleet.machines.net.heal()
  await fleet.machines.clock.runFor(30_000)
  await fleet.run(client.delete('a'))
  await fleet.machines.clock.runFor(60_000)
  t.deepEqual(await fleet.shardFiles(), [])
})
