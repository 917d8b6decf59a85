import { readFileSync } from 'node:fs'
import { bytesOfHex, hexOf, type PeerAddress } from '@lunarx/core/model'
import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import { decodeManifest, decodeNode, encodeManifest, encodeNode, sealIndexOf, type Manifest } from './manifest.ts'
import { ManifestTree, type StoredEntry } from './tree.ts'

interface ManifestVector {
  /** DAG-CBOR, hex, and the number that the frames of its set are bound to. */
  readonly nodes: readonly { readonly bytes: string; readonly sealIndex: number }[]
  readonly manifest: string
}

const vector = JSON.parse(readFileSync(new URL('../../../test/vectors/manifest.json', import.meta.url), 'utf8')) as ManifestVector

const HOLDERS = ['a', 'b', 'c'].map((host): PeerAddress => ({ host, controlPort: 4001, dataPort: 4002 }))

function entryOf(name: string, plaintextBytes: number): StoredEntry {
  return {
    id: stream(`manifest ${name} id`, 32),
    salt: stream(`manifest ${name} salt`, 16),
    plaintextBytes,
    addresses: [0, 1, 2].map((index) => stream(`manifest ${name} address ${index}`, 32)),
    positionSeeds: Array.from({ length: 8 }, (_, slot) => stream(`manifest ${name} seed ${slot}`, 32)),
    holders: new Map([0, 2].flatMap((index) => (HOLDERS[index] ? [[index, HOLDERS[index]]] : []))),
  }
}

test('a manifest whose root has no room for two segments: nodes and row are what they always were', async (t) => {
  const nodes: ManifestVector['nodes'][number][] = []
  const tree = new ManifestTree(async (bytes, sealIndex) => {
    nodes.push({ bytes: hexOf(bytes), sealIndex })
    return entryOf('node', bytes.length)
  }, 600)
  for (const [index, plaintextBytes] of [33_554_432, 12_345].entries()) await tree.add(entryOf(`segment ${index}`, plaintextBytes))
  const root = await tree.finish()
  const manifest: Manifest = {
    version: 1,
    name: 'räpört',
    versions: [
      {
        sizeBytes: 33_566_777,
        className: '2+1',
        storedMs: 1_770_000_000_000,
        content: {
          kind: 'sets',
          suite: 'aes-256-gcm',
          required: 2,
          parity: 1,
          owner: stream('manifest owner', 32),
          wrappedDataKey: stream('manifest wrapped key', 60),
          keyCommitment: stream('manifest commitment', 32),
          root,
        },
      },
      { sizeBytes: 3, className: '2+1', storedMs: 1_760_000_000_000, content: { kind: 'inline', bytes: stream('manifest inline', 3) } },
    ],
  }
  t.deepEqual({ nodes, manifest: hexOf(encodeManifest(manifest)) }, vector)
  t.deepEqual(decodeManifest(bytesOfHex(vector.manifest)), manifest)
  for (const { bytes } of vector.nodes) t.is(hexOf(encodeNode(decodeNode(bytesOfHex(bytes)))), bytes)
  t.deepEqual([sealIndexOf(7), sealIndexOf(7, 0), sealIndexOf(7, 1)], [7, 2 ** 28 + 7, 2 ** 29 + 7])
})
