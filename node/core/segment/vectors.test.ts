import { readFileSync } from 'node:fs'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import { loadErasureEngine } from '@lunarx/runtime/erasure'
import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import { keyCommitment, wrapDataKey } from '../crypto/index.ts'
import { hexOf } from '../model/index.ts'
import { slotSeeds, watermarkPlaces } from '../watermark/index.ts'
import { openSegment, sealSegment, segmentLayout } from './index.ts'

interface SegmentCase {
  readonly required: number
  readonly parity: number
  readonly plaintextBytes: number
  readonly segmentIndex: number
  readonly seed: string
  readonly shardBytes: number
  readonly watermarks: number
  readonly places: readonly number[]
  readonly keyCommitment: string
  readonly wrappedKey: string
  readonly addresses: readonly string[]
  readonly shards?: readonly string[]
}

const cases = JSON.parse(readFileSync(new URL('../../../test/vectors/segment.json', import.meta.url), 'utf8')) as readonly SegmentCase[]
const keysOf = (seed: string): Uint8Array[] => Array.from({ length: 8 }, (_, slot) => stream(`${seed} ${slot}`, 32))

for (const vector of cases)
  test(`${vector.seed}: shards and addresses are those of the second implementation`, async (t) => {
    const { required, parity, plaintextBytes, segmentIndex, seed } = vector
    const engines = { crypto: nodeCrypto, erasure: await loadErasureEngine() }
    const layout = segmentLayout({ required, parity, plaintextBytes })
    t.is(layout.shardBytes, vector.shardBytes)
    t.is(layout.watermarks, vector.watermarks)

    const [dataKey, salt] = [stream(`${seed} data key`, 32), stream(`${seed} salt`, 16)]
    t.is(hexOf(keyCommitment(dataKey, nodeCrypto)), vector.keyCommitment)
    t.is(hexOf(await wrapDataKey(stream(`${seed} wrapping key`, 32), dataKey, stream(`${seed} nonce`, 12), nodeCrypto)), vector.wrappedKey)

    const seeds = slotSeeds({ positionKeys: keysOf(`${seed} position key`), codeKeys: keysOf(`${seed} code key`) }, salt, nodeCrypto)
    t.deepEqual(watermarkPlaces(layout.dataShardBytes, seeds.positionSeeds, nodeCrypto), vector.places)

    const secrets = { suite: 'aes-256-gcm', dataKey, salt, segmentIndex, ...seeds } as const
    const plaintext = stream(`${seed} plaintext`, plaintextBytes)
    const { shards, addresses } = await sealSegment(plaintext, layout, secrets, engines)
    t.deepEqual(addresses.map(hexOf), vector.addresses)
    if (vector.shards) t.deepEqual(shards.map(hexOf), vector.shards)
    t.is(Buffer.compare(await openSegment(shards, layout, secrets, engines), plaintext), 0)
  })
