import test from 'ava'
import { digest, Fleet } from '../_fleet.test.ts'
import type { Client } from '../index.ts'

const bytesOf = (length: number, seed = 1): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17 + (i >> 8)) & 0xff)
const LARGE = 30_000
const SMALL = 18

async function fill(fleet: Fleet, client: Client): Promise<void> {
  for (const large of ['large/0', 'large/1']) await fleet.run(client.put(large, bytesOf(LARGE)))
  await fleet.run(Promise.all(Array.from({ length: SMALL }, (_, i) => client.put(`small/${i}`, bytesOf(i)))))
}

/** A device with nothing but the secret sees everything, once, without conflicts, and reads it. */
async function seesAll(t: { is: (a: unknown, b: unknown, message?: string) => void }, fleet: Fleet, when: string): Promise<void> {
  const device = await fleet.openClient()
  const stats = await fleet.run(Array.fromAsync(device.list()))
  t.is(stats.length, SMALL + 2, when)
  t.is(new Set(stats.map(({ name }) => name)).size, SMALL + 2, when)
  t.is(stats.filter(({ conflicts }) => conflicts > 0).length, 0, when)
  for (const name of ['large/0', 'large/1']) t.is(digest(await fleet.read(device, name)), digest(bytesOf(LARGE)), `${when}: ${name}`)
  for (const i of [0, 7, SMALL - 1]) t.is(digest(await fleet.read(device, `small/${i}`)), digest(bytesOf(i)), `${when}: small/${i}`)
}

test('a second device with nothing but the secret lists and reads everything, and each sees what the other writes', async (t) => {
  const fleet = await Fleet.start()
  const first = await fleet.openClient()
  await fill(fleet, first)
  await seesAll(t, fleet, 'second device')
  const second = await fleet.openClient()
  await fleet.run(second.put('large/0', bytesOf(LARGE, 2)))
  await fleet.run(second.delete('small/3'))
  t.is(digest(await fleet.read(first, 'large/0')), digest(bytesOf(LARGE, 2)))
  await t.throwsAsync(fleet.read(first, 'small/3'), { code: 'NAME_NOT_FOUND' })
})

test('keys are rotated twice: everything stays readable, sets of earlier generations are still buried, earlier grants still open', async (t) => {
  const fleet = await Fleet.start()
  const client = await fleet.openClient()
  const other = await fleet.openClient() // knows the keyring of before, and goes on writing
  await fill(fleet, client)
  await fleet.run(other.stat('large/0'))
  const friend = await fleet.openClient(new Uint8Array(32).fill(43))
  const before = await fleet.run(friend.address())
  const grant = await fleet.run(client.share('large/1', before.address))

  const moved: number[] = []
  t.is(await fleet.run(client.rotateKeys({ onProgress: ({ movedNames }) => moved.push(movedNames) })), 1)
  t.is(moved.at(-1), SMALL + 2)
  await seesAll(t, fleet, 'after the first')
  t.like(await fleet.run((await fleet.openClient()).address()), { generation: 1 })
  await fleet.run(other.put('large/0', bytesOf(LARGE, 3)))
  t.is(digest(await fleet.read(client, 'large/0')), digest(bytesOf(LARGE, 3)))
  await fleet.run(client.put('large/0', bytesOf(LARGE)))
  await fleet.machines.clock.runFor(20_000)
  t.is((await fleet.shardFiles()).length, 12, 'the sets of both generations that lost their name are buried')

  t.is(await fleet.run((await fleet.openClient()).rotateKeys()), 2)
  await seesAll(t, fleet, 'after the second')
  await fleet.run(friend.rotateKeys())
  const again = await fleet.openClient(new Uint8Array(32).fill(43))
  t.like(await fleet.run(again.statShared(grant)), { name: 'large/1' })
  t.not((await fleet.run(again.address())).address, before.address)
  const late = await fleet.openClient()
  for (const name of ['large/0', 'large/1']) await fleet.run(late.delete(name))
  await fleet.machines.clock.runFor(20_000)
  t.deepEqual(await fleet.shardFiles(), [])
})

// The wait takes the first 20 s; then names move, a few milliseconds each.
for (const cutMs of [5_000, 20_020, 20_045, 20_070, 20_120])
  test(`a rotation that is cut after ${cutMs} ms loses nothing, and the next one finishes it`, async (t) => {
    const fleet = await Fleet.start()
    await fill(fleet, await fleet.openClient())
    fleet.machines.net.faults = { dropRate: 0, cutRate: 0, delayMs: [2, 12], bandwidth: 1e9 }
    void (await fleet.openClient()).rotateKeys().catch(() => undefined) // never settles: its machine is gone
    await fleet.machines.clock.runFor(cutMs)
    fleet.machines.net.crash('client-1')
    await seesAll(t, fleet, 'cut')
    const device = await fleet.openClient()
    await fleet.run(device.put('small/5', bytesOf(5)))
    t.is(await fleet.run(device.rotateKeys()), 1, 'the same generation')
    await seesAll(t, fleet, 'finished')
    t.is(await fleet.run(device.rotateKeys()), 2)
    await seesAll(t, fleet, 'rotated again')
  })
