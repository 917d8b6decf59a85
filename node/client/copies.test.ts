import type { ErasureClass } from '@lunarx/core/model'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { digest, Fleet, OWNER } from './_fleet.test.ts'
import { CLASS } from './_machines.test.ts'

const COPIED: ErasureClass = { ...CLASS, copies: [{ pools: ['archive'] }] }
const bytesOf = (length: number, seed = 1): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17 + (i >> 8)) & 0xff)
const SEGMENT_BYTES = 100_000

const start = async (seed: number, providers = 10) => {
  const fleet = await Fleet.start({ seed, providers, archive: 6, rows: 3, classes: [COPIED] })
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
  const { fleet, client } = await start(4, 6)
  const object = bytesOf(150_000)
  await fleet.run(client.put('a', object))
  for (const { machine } of fleet.providers.filter(({ machine }) => isArchive(machine.name)).slice(0, 3)) {
    for (const folder of await machine.disk.list('shards'))
      for (const file of await machine.disk.list(`shards/${folder}`)) await machine.disk.remove(`shards/${folder}/${file}`)
  }
  t.is(digest(await fleet.read(client, 'a')), digest(object))
  await t.notThrowsAsync(fleet.run(client.restore('a', { dryRun: true })))
})

test('shards vanish while an object is read: it is read on from the copy, byte for byte', async (t) => {
  const { fleet, client } = await start(5, 6)
  const object = bytesOf(700_000)
  const whole = await fleet.openClient(OWNER)
  await fleet.run(whole.put('a', object))
  const parts: Uint8Array[] = []
  await fleet.run(
    (async () => {
      for await (const chunk of client.get('a')) {
        parts.push(Uint8Array.from(chunk))
        cutAll(fleet, ['p0', 'p1', 'p2'])
      }
    })(),
  )
  t.true(parts.length > 1)
  t.is(digest(new Uint8Array(Buffer.concat(parts))), digest(object))
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
