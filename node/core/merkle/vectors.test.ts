import { readFileSync } from 'node:fs'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import { bytesOfHex, hexOf, LIMITS } from '../model/index.ts'
import { address, AddressHasher, formatAddress, parseAddress, provePath, verifyRange } from './index.ts'

interface AddressCase {
  readonly sizeBytes: number
  readonly seed: string
  readonly address: string
  readonly text: string
  readonly paths: readonly { readonly first: number; readonly count: number; readonly path: readonly string[] }[]
}

const cases = JSON.parse(readFileSync(new URL('../../../test/vectors/address.json', import.meta.url), 'utf8')) as readonly AddressCase[]

for (const vector of cases)
  test(`address, text and paths of ${vector.sizeBytes} bytes are those of the second implementation`, (t) => {
    const shard = stream(vector.seed, vector.sizeBytes)
    const pinned = address(shard, nodeCrypto)
    t.is(hexOf(pinned), vector.address)
    t.is(formatAddress(pinned), vector.text)
    t.deepEqual(parseAddress(vector.text), pinned)
    const hashes = new AddressHasher(nodeCrypto).update(shard).leafHashes()
    for (const { first, count, path } of vector.paths) {
      t.deepEqual(provePath(hashes, first, count, nodeCrypto).map(hexOf), path)
      const bytes = shard.subarray(first * LIMITS.leafBytes, (first + count) * LIMITS.leafBytes)
      t.true(verifyRange({ address: pinned, shardBytes: shard.length, firstLeaf: first, bytes, path: path.map(bytesOfHex) }, nodeCrypto))
    }
  })
