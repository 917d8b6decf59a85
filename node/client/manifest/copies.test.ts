import { readFileSync } from 'node:fs'
import { copyKey } from '@lunarx/core/crypto'
import { bytesOfHex, hexOf, LIMITS, type PeerAddress } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import { decodeNode, encodeManifest, encodeNode, NODE_BYTES } from './manifest.ts'
import { ManifestTree, rootBytesFor, type StoredEntry } from './tree.ts'

interface CopiesVector {
  /** DAG-CBOR of a node, hex. */
  readonly node: string
  readonly dataKey: string
  /** Of copies 1, 2, 3. */
  readonly copyKeys: readonly string[]
}

const vector = JSON.parse(readFileSync(new URL('../../../test/vectors/copies.json', import.meta.url), 'utf8')) as CopiesVector
const HOLDERS = ['a', 'b', 'c', 'd'].map((host): PeerAddress => ({ host, controlPort: 4001, dataPort: 4002 }))

/** Of the first set, or of a copy of it, held by three of the four from that place on. */
const setOf = (name: string, shards: number, from: number) => ({
  id: stream(`copies ${name} id`, 32),
  salt: stream(`copies ${name} salt`, 16),
  addresses: Array.from({ length: shards }, (_, index) => stream(`copies ${name} address ${index}`, 32)),
  positionSeeds: Array.from({ length: 8 }, (_, slot) => stream(`copies ${name} seed ${slot}`, 32)),
  holders: new Map(HOLDERS.slice(from, from + 3).map((address, index) => [index, address])),
  createdMs: 1_780_000_000_000,
})

const entryOf = (name: string, shards: number, copies: number): StoredEntry => ({
  ...setOf(name, shards, 0),
  plaintextBytes: 12_345,
  copies: Array.from({ length: copies }, (_, i) => setOf(`${name} copy ${i + 1}`, shards, 1)),
})

test('a node whose sets have copies, and the keys of copies, are what they always were', async (t) => {
  const tree = new ManifestTree(() => Promise.reject(new Error('one node is enough')), NODE_BYTES)
  await tree.add(entryOf('segment', 3, 2))
  const root = await tree.finish()
  const dataKey = stream('copies data key', 32)
  const copyKeys = [1, 2, 3].map((copy) => hexOf(copyKey(dataKey, copy, crypto)))
  t.deepEqual({ node: hexOf(encodeNode(root)), dataKey: hexOf(dataKey), copyKeys }, vector)
  t.deepEqual(decodeNode(bytesOfHex(vector.node)), root)
  t.deepEqual(copyKey(dataKey, 0, crypto), dataKey)
  t.is(root.holders.length, 4, 'one list of holders for all')
  t.deepEqual(
    root.entries[0]?.copies?.map(({ holders }) => holders.map((at) => root.holders[at]?.host)),
    [
      ['b', 'c', 'd'],
      ['b', 'c', 'd'],
    ],
  )
})

test('the widest class with copies: one set of every version and copy fits a row', async (t) => {
  for (const [versions, copies] of [
    [100, 3],
    [47, 1],
    [1, 3],
    [23, 3],
  ] as const) {
    const shards = Math.min(255, Math.floor(LIMITS.copiedShards / versions / (1 + copies)))
    const stored = entryOf('widest', shards, copies)
    const tree = new ManifestTree(async () => stored, rootBytesFor(versions))
    await tree.add(stored)
    const content = {
      kind: 'sets' as const,
      suite: 'xchacha20-poly1305' as const,
      required: shards - 1,
      parity: 1,
      owner: new Uint8Array(32),
      wrappedDataKey: new Uint8Array(60),
      keyCommitment: new Uint8Array(32),
      survive: 1,
      root: await tree.finish(),
    }
    const version = { sizeBytes: 2 ** 50, className: 'c'.repeat(63), storedMs: 1_780_000_000_000, content }
    const row = encodeManifest({ version: 1, name: 'n'.repeat(1_024), versions: Array.from({ length: versions }, () => version) })
    t.true(row.length + 29 <= LIMITS.rowValueBytes, `${versions} versions of ${copies} copies of ${shards} shards: ${row.length} bytes`)
  }
})
