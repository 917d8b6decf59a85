import { LIMITS, utf8, type PeerAddress } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import fc from 'fast-check'
import { segmentsIn, setIdsOf, type NamedSet } from '../get/walk.ts'
import {
  coverOf,
  decodeNode,
  encodeManifest,
  encodeNode,
  MIN_FAN_OUT,
  NODE_BYTES,
  segmentCount,
  type ManifestNode,
  type StoredSets,
} from './manifest.ts'
import { ManifestTree, rootBytesFor, type StoredEntry } from './tree.ts'

const id = (text: string): Uint8Array => crypto.sha256(utf8(text))
const ANY_HASH = id('any')
const provider = (n: number): PeerAddress => ({ host: `provider-${n}.storage.svc.cluster.local`, controlPort: 4001, dataPort: 4002 })

/** Of n shards, on some of `fleet` providers. */
function entry(name: string, n: number, plaintextBytes: number, fleet = 20): StoredEntry {
  return {
    id: id(name),
    salt: id(`salt ${name}`).subarray(0, 16),
    plaintextBytes,
    addresses: Array.from({ length: n }, () => ANY_HASH),
    positionSeeds: Array.from({ length: LIMITS.trackerSlots }, () => ANY_HASH),
    holders: new Map(Array.from({ length: n }, (_, i) => [i, provider((name.length * 7 + i) % fleet)])),
  }
}

/** A tree of so many segments, and its nodes as they were stored. */
async function treeOf(segments: readonly StoredEntry[], rootBytes = NODE_BYTES) {
  const nodes = new Map<string, { readonly bytes: Uint8Array; readonly sealIndex: number }>()
  const n = segments[0]?.addresses.length ?? 0
  const tree = new ManifestTree(async (bytes, sealIndex) => {
    const stored = entry(`node ${sealIndex}`, n, bytes.length)
    nodes.set(Buffer.from(stored.id).toString('hex'), { bytes, sealIndex })
    return stored
  }, rootBytes)
  for (const segment of segments) await tree.add(segment)
  const root = await tree.finish()
  const opened: string[] = []
  const openNode = async ({ entry: { id }, sealIndex }: NamedSet): Promise<ManifestNode> => {
    const name = Buffer.from(id).toString('hex')
    const node = nodes.get(name)
    if (node?.sealIndex !== sealIndex) throw new Error('a node is asked for by another index than it was sealed with')
    opened.push(name)
    return decodeNode(node.bytes)
  }
  return { nodes, opened, openNode, content: contentOf(root) }
}

const contentOf = (root: ManifestNode): StoredSets => ({
  kind: 'sets',
  suite: 'aes-256-gcm',
  required: 10,
  parity: 4,
  owner: id('owner'),
  wrappedDataKey: new Uint8Array(60),
  keyCommitment: id('commitment'),
  root,
})

test('a walk finds exactly the bytes of a span, whatever the shape of the tree, and opens only nodes on its way', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 200 }),
      fc.constantFrom(2, 14, 80),
      fc.constantFrom(NODE_BYTES, 9_000),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (count, n, rootBytes, a, b) => {
        const segments = Array.from({ length: count }, (_, i) => entry(`segment ${i}`, n, 1_000 + (i % 3)))
        const starts = segments.reduce<number[]>((sums, { plaintextBytes }) => [...sums, (sums.at(-1) ?? 0) + plaintextBytes], [0])
        const sizeBytes = starts.at(-1) ?? 0
        const [from = 0, until = 0] = [Math.floor(a * sizeBytes), Math.floor(b * sizeBytes)].sort((x, y) => x - y)
        const { content, openNode, opened, nodes } = await treeOf(segments, rootBytes)
        t.is(segmentCount(content), count)

        const wanted = (await Array.fromAsync(segmentsIn(content, { from, until }, openNode))).flat()
        const bytes = wanted.map(({ sealIndex, from, until }) => [(starts[sealIndex] ?? NaN) + from, (starts[sealIndex] ?? NaN) + until])
        t.is(bytes[0]?.[0] ?? from, from)
        t.is(bytes.at(-1)?.[1] ?? from, from === until ? from : until)
        for (const [i, [start]] of bytes.entries()) if (i > 0) t.is(start, bytes[i - 1]?.[1])
        for (const { entry, sealIndex } of wanted) t.deepEqual(entry.id, segments[sealIndex]?.id)
        // no more than one node beside those that hold wanted segments, on every level
        if (until - from <= 1_000) t.true(opened.length <= 2 * content.root.level)

        opened.length = 0
        const ids = await Array.fromAsync(setIdsOf(content, openNode))
        t.is(new Set(ids.map((one) => Buffer.from(one).toString('hex'))).size, count + nodes.size)
        t.is(opened.length, nodes.size)
      },
    ),
    { numRuns: 15 },
  )
})

test('no node is larger than it may be, and a node above the leaves has enough below it for the tree to end', async (t) => {
  for (const [n, fleet] of [
    [14, 20],
    [14, 2_000],
    [255, 5_000],
  ] as const) {
    const segments = Array.from({ length: 240 }, (_, i) => entry(`segment ${i}`, n, 1_000, fleet))
    const { nodes, content } = await treeOf(segments)
    t.true(nodes.size > 0)
    const all = [...nodes.values()].map(({ bytes }) => ({ bytes, node: decodeNode(bytes) }))
    for (const { bytes, node } of all) t.true(bytes.length <= NODE_BYTES || node.entries.length === MIN_FAN_OUT, `${n}: ${bytes.length}`)
    t.true(encodeNode(content.root).length <= NODE_BYTES)
    const perLevel = Map.groupBy(all, ({ node }) => node.level)
    for (const [level, nodes] of perLevel) {
      const above = perLevel.get(level + 1)
      if (above) t.true(above.length * MIN_FAN_OUT <= nodes.length + MIN_FAN_OUT)
      t.is(
        nodes.reduce((sum, { node }) => sum + node.entries.reduce((sum, one) => sum + coverOf(one).segments, 0), 0),
        240,
      )
    }
  }
})

test('all versions that a class may keep fit one row, whatever its code', async (t) => {
  for (const n of [6, 14, 255])
    for (const versions of [1, 16, 100]) {
      const segments = Array.from({ length: 60 }, (_, i) => entry(`segment ${i}`, n, 1_000, 5_000))
      const { content } = await treeOf(segments, rootBytesFor(versions))
      const version = { sizeBytes: 1, className: 'c'.repeat(63), storedMs: 1e12, content }
      const manifest = encodeManifest({ version: 1, name: 'n'.repeat(1_024), versions: Array.from({ length: versions }, () => version) })
      t.true(manifest.length <= LIMITS.rowValueBytes - 29, `${n} shards, ${versions} versions: ${manifest.length}`)
    }
})
