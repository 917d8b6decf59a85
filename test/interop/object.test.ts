import { join } from 'node:path'
import type { Client } from '@lunarx/client'
import { openClient } from '@lunarx/client'
import test, { type ExecutionContext } from 'ava'
import { Fleet, OWNER } from '../../node/client/_fleet.test.ts'
import { stream } from '../vectors/stream.ts'
import { flipped } from './flipped.ts'
import { Overheard } from './overheard.ts'
import { read, writeShards } from './reader.ts'
import { scratchFolder } from './scratch.ts'

const CLASS = { name: '4+2', required: 4, parity: 2, survive: 1, inlineBytes: 1024, versions: 1 } as const

/** A client on a simulated network, and all that leaves it. */
async function network(): Promise<{ fleet: Fleet; client: Client; heard: Overheard }> {
  const fleet = await Fleet.start({ seed: 3, classes: [CLASS] })
  const { platform, peers } = fleet.machines.machine('overheard', 'client')
  const heard = new Overheard(peers)
  return { fleet, heard, client: await openClient({ network: fleet.machines.config, ownerSecret: OWNER }, platform, heard.peers) }
}

interface Wish {
  readonly name: string
  readonly heard: Overheard
  /** Shards that the reader gets of each set. */
  readonly indexes?: readonly number[]
  readonly ownerSecret?: Uint8Array
}

async function readObject({ name, heard, indexes = [], ownerSecret = OWNER }: Wish) {
  await using scratch = await scratchFolder()
  const sets: Record<string, unknown> = {}
  for (const [id, { record, shards }] of heard.sets) {
    const given = new Map([...shards].filter(([index]) => indexes.includes(index)))
    sets[id] = { record, shards: await writeShards(join(scratch.path, id), given) }
  }
  return await read('object', { ownerSecret, name, commits: heard.commitsOf(name, OWNER), sets })
}

async function reads(t: ExecutionContext, wish: Wish, expected: Uint8Array): Promise<void> {
  const { stdout, stderr } = await readObject(wish)
  t.is(stderr, '')
  t.is(Buffer.compare(stdout, expected), 0)
}

test('an inline object: the reader has it from its sealed row and the owner secret', async (t) => {
  const { fleet, client, heard } = await network()
  const bytes = stream('interop inline', 1024)
  await fleet.run(client.put('Grüße/🌕.txt', bytes))
  t.is(heard.sets.size, 0)
  await reads(t, { name: 'Grüße/🌕.txt', heard }, bytes)
  t.like(await readObject({ name: 'Grüße/🌕.txt', heard, ownerSecret: new Uint8Array(32) }), { status: 3 })
})

test('an object of sets: the reader has it from rows, records and any k shards, as they left the client', async (t) => {
  const { fleet, client, heard } = await network()
  const bytes = stream('interop object', 1_500_000)
  await fleet.run(client.put('large', bytes))
  t.is(heard.sets.size, 1)
  await reads(t, { name: 'large', heard, indexes: [0, 1, 2, 3] }, bytes)
  await reads(t, { name: 'large', heard, indexes: [1, 2, 4, 5] }, bytes)
  t.like(await readObject({ name: 'large', heard, indexes: [1, 2, 4] }), { status: 3, stderr: 'too few shards: 3 of 4\n' })
})

test('an object that was put over: the reader takes the newest of all commits, and nothing once it is deleted', async (t) => {
  const { fleet, client, heard } = await network()
  const [first, second] = [stream('interop first', 100), stream('interop second', 200)]
  await fleet.run(client.put('name', first))
  await reads(t, { name: 'name', heard }, first)
  await fleet.run(client.put('name', second))
  t.is(heard.commitsOf('name', OWNER).length, 2)
  await reads(t, { name: 'name', heard }, second)
  await fleet.run(client.delete('name'))
  t.like(await readObject({ name: 'name', heard }), { status: 3, stderr: 'no such row\n' })
})

test('a shard that was changed on its way is named', async (t) => {
  const { fleet, client, heard } = await network()
  await fleet.run(client.put('large', stream('interop flipped', 50_000)))
  for (const { shards } of heard.sets.values()) shards.set(2, flipped(shards.get(2), 777))
  t.like(await readObject({ name: 'large', heard, indexes: [2, 3, 4, 5] }), { status: 3, stderr: 'bad address: shard 2\n' })
})
