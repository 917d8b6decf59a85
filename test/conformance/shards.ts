/**
 * What every shard store must do: the volume and each remote backend are interchangeable to a provider.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { documentId, SEGMENT_RECORD, signDocument, type SegmentRecord } from '@lunarx/core/document'
import { address, AddressHasher } from '@lunarx/core/merkle'
import { LIMITS } from '@lunarx/core/model'
import type { ShardKey, ShardSeal, ShardStore } from '@lunarx/provider/store'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import type { ExecutionContext, TestFn } from 'ava'

export interface ShardsFixture extends AsyncDisposable {
  /** Over what is there, as a start finds it; empty at first. */
  readonly open: () => Promise<ShardStore>
  /** The file or object itself; undefined: there is none. */
  readonly raw: (path: string) => Promise<Uint8Array | undefined>
  /** Puts such a file there behind the store's back. */
  readonly plant: (path: string, bytes: Uint8Array) => Promise<void>
}

const MIB = 1024 * 1024
const owner = crypto.signKey(crypto.sha256(Buffer.from('owner')))

interface TestShard {
  readonly key: ShardKey
  readonly bytes: Uint8Array
  readonly seal: ShardSeal
  readonly path: string
}

function shardOf(seed: string, sizeBytes: number, index = 3): TestShard {
  const bytes = Uint8Array.from(createHash('shake256', { outputLength: sizeBytes }).update(seed).digest())
  const record: SegmentRecord = {
    network: 'net',
    owner: owner.publicKey,
    className: 'c',
    required: 4,
    parity: 2,
    survive: 1,
    shardBytes: sizeBytes,
    salt: crypto.sha256(Buffer.from(seed)).subarray(0, 16),
    birthRound: 0,
    readKey: owner.publicKey,
    addresses: Array.from({ length: 6 }, () => address(bytes, crypto)),
    createdMs: 1,
  }
  const document = signDocument(SEGMENT_RECORD, record, owner)
  const segment = documentId(SEGMENT_RECORD, document, crypto)
  const hasher = new AddressHasher(crypto)
  hasher.update(bytes)
  hasher.digest()
  const name = Buffer.from(segment).toString('hex')
  return {
    key: { segment, index },
    bytes,
    seal: { sizeBytes, record: document, leafHashes: hasher.leafHashes() },
    path: `shards/${name.slice(0, 2)}/${name}.${index}`,
  }
}

async function upload(store: ShardStore, name: string, bytes: Uint8Array): Promise<void> {
  await using file = await store.openUpload(name)
  for (let at = 0; at < bytes.length; at += MIB) await file.write(bytes.subarray(at, at + MIB), at)
  await file.sync()
}

async function publish(store: ShardStore, { key, bytes, seal }: TestShard, name = 'upload'): Promise<void> {
  await upload(store, name, bytes)
  await store.publish(name, key, seal)
}

const sum = (bytes: Uint8Array): string => `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`

async function readRange(store: ShardStore, key: ShardKey, position: number, length: number): Promise<Uint8Array | undefined> {
  await using shard = await store.open(key)
  if (!shard) return undefined
  const into = new Uint8Array(length)
  let filled = 0
  for (let read = -1; read !== 0 && filled < length; filled += read) read = await shard.read(into.subarray(filled), position + filled)
  return into.subarray(0, filled)
}

async function holds(t: ExecutionContext, store: ShardStore, { key, bytes }: TestShard): Promise<void> {
  t.is(sum((await readRange(store, key, 0, bytes.length)) ?? new Uint8Array()), sum(bytes))
}

const sorted = (keys: readonly ShardKey[]): string[] =>
  keys.map(({ segment, index }) => `${Buffer.from(segment).toString('hex')}.${index}`).toSorted()

export function shardsConformance(test: TestFn, name: string, makeFixture: () => Promise<ShardsFixture>): void {
  const on = (title: string, body: (fixture: ShardsFixture, t: ExecutionContext) => Promise<void>): void => {
    test(`shards ${name}: ${title}`, async (t) => {
      await using fixture = await makeFixture()
      await body(fixture, t)
    })
  }

  on('what was published comes back, in any range, with its record and its leaf hashes', async ({ open }, t) => {
    const store = await open()
    for (const sizeBytes of [1, LIMITS.leafBytes, 9 * MIB + 1_234]) {
      const shard = shardOf(`any ${sizeBytes}`, sizeBytes)
      await publish(store, shard)
      await holds(t, store, shard)
      await using opened = await store.open(shard.key)
      t.deepEqual(opened?.document, shard.seal.record)
      t.is(opened?.record.shardBytes, sizeBytes)
      t.deepEqual(await opened?.leafHashes(), [...shard.seal.leafHashes])
      for (const [position, length] of [
        [0, 1],
        [sizeBytes - 1, 1],
        [Math.floor(sizeBytes / 3), 70_001],
      ] as const) {
        const expected = shard.bytes.subarray(position, position + length)
        const found = (await readRange(store, shard.key, position, expected.length)) ?? new Uint8Array()
        t.is(sum(found), sum(expected), `${position} ${length} of ${sizeBytes}`)
      }
    }
    t.deepEqual(await store.uploads(), [])
  })

  on('the file is shard, leaf hashes, record, length and mark, whatever lies beneath', async ({ open, raw }, t) => {
    const shard = shardOf('file', 100_000)
    await publish(await open(), shard)
    const file = (await raw(shard.path)) ?? new Uint8Array()
    const leaves = Buffer.concat(shard.seal.leafHashes)
    t.is(sum(file.subarray(0, 100_000)), sum(shard.bytes))
    t.is(sum(file.subarray(100_000, 100_000 + leaves.length)), sum(leaves))
    t.is(Buffer.from(file.subarray(-4)).toString(), 'LNX1')
  })

  on('an upload is no shard, outlives a restart, and goes when it is given up', async ({ open, raw }, t) => {
    const shard = shardOf('unfinished', 50_000)
    await upload(await open(), 'one', shard.bytes.subarray(0, 20_000))
    const store = await open()
    t.deepEqual(await store.uploads(), ['one'])
    t.is(await store.open(shard.key), undefined)
    t.is(await raw(shard.path), undefined)
    t.deepEqual(await store.list(shard.key.segment[0] ?? 0), [])
    {
      await using file = await store.openUpload('one')
      const into = new Uint8Array(20_000)
      t.is(await file.size(), 20_000)
      await file.read(into, 0)
      t.is(sum(into), sum(shard.bytes.subarray(0, 20_000)))
    }
    await store.removeUpload('one')
    t.deepEqual(await store.uploads(), [])
  })

  on('a shard that was published is there after a restart, though no index knows of it', async ({ open }, t) => {
    const shard = shardOf('unknown', 30_000)
    await publish(await open(), shard)
    const store = await open()
    t.deepEqual(sorted(await store.list(shard.key.segment[0] ?? 0)), sorted([shard.key]))
    t.deepEqual(await store.uploads(), [])
    await holds(t, store, shard)
  })

  on('an upload that came to its end before a crash can be published after it', async ({ open }, t) => {
    const shard = shardOf('resumed', 30_000)
    await upload(await open(), 'one', shard.bytes)
    const store = await open()
    await store.publish('one', shard.key, shard.seal)
    await holds(t, store, shard)
  })

  on('published again, a shard is replaced', async ({ open }, t) => {
    const store = await open()
    const shard = shardOf('twice', 40_000)
    await publish(store, shard, 'one')
    await publish(store, shard, 'two')
    await holds(t, store, shard)
    t.is((await store.list(shard.key.segment[0] ?? 0)).length, 1)
  })

  on('lists by the first byte, without what is no shard', async ({ open, plant }, t) => {
    const store = await open()
    const shards = Array.from({ length: 12 }, (_, i) => shardOf(`listed ${i}`, 10, i))
    for (const shard of shards) await publish(store, shard)
    const [first] = shards
    const folder = first?.path.slice(0, 9) ?? ''
    const hex = Buffer.from(first?.key.segment ?? []).toString('hex')
    for (const name of ['x', `${hex}.`, `${hex}.007`, `${hex}.256`, `${hex}.1.1`, `${'0'.repeat(63)}.1`, `${hex.slice(2)}ff.1`])
      await plant(`${folder}/${name}`, Uint8Array.of(1))
    for (let byte = 0; byte < 256; byte++) {
      const here = shards.filter(({ key }) => key.segment[0] === byte).map(({ key }) => key)
      if (here.length > 0 || byte % 64 === 0) t.deepEqual(sorted(await store.list(byte)), sorted(here))
    }
  })

  on('removes, also twice', async ({ open, raw }, t) => {
    const store = await open()
    const [gone, kept] = [shardOf('gone', 10), shardOf('kept', 10)]
    for (const shard of [gone, kept]) await publish(store, shard)
    await store.remove(gone.key)
    await store.remove(gone.key)
    t.is(await raw(gone.path), undefined)
    const again = await open()
    t.is(await again.open(gone.key), undefined)
    await holds(t, again, kept)
  })

  on('what is no shard of its name is damage, not absence', async ({ open, raw, plant }, t) => {
    const store = await open()
    const [one, other] = [shardOf('one', 70_000), shardOf('other', 70_000)]
    for (const shard of [one, other]) await publish(store, shard)
    const file = (await raw(one.path)) ?? new Uint8Array()
    for (const wrong of [file.subarray(1), file.subarray(0, -1), file.subarray(0, 9), new Uint8Array(), (await raw(other.path)) ?? file]) {
      await plant(one.path, wrong)
      await t.throwsAsync(store.open(one.key), { code: 'SHARD_DAMAGED' }, `${wrong.length}`)
    }
    await plant(one.path, file)
    await holds(t, store, one)
  })

  on('states its free bytes', async ({ open }, t) => {
    t.true((await (await open()).freeBytes()) > 0)
  })
}
