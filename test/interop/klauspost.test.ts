import { hexOf, itemAt } from '@lunarx/core/model'
import { sealSegment, segmentLayout } from '@lunarx/core/segment'
import { slotSeeds, watermarkPlaces } from '@lunarx/core/watermark'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { loadErasureEngine } from '@lunarx/runtime/erasure'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { stream } from '../vectors/stream.ts'
import { askKlauspost, type Geometry } from './klauspost.ts'

/** `SEED=7` asks for other shapes. */
const seed = Number(process.env['SEED'] ?? 1)
const random = new SeededRandom(seed)
/** Products of bytes in one case: what the portable engine does in about a second. */
const MOST_PRODUCTS = 60_000_000

/** A size of any order of magnitude up to the most. */
const sizeUpTo = (most: number): number => Math.max(1, Math.floor(most ** random.uniform()))

/** Half of them small, the others anywhere. */
function geometry(): Geometry {
  const most = random.uniform() < 0.5 ? 24 : 255
  const required = 1 + random.below(most - 1)
  return { required, parity: 1 + random.below(most - required) }
}

const erasure = Array.from({ length: 40 }, () => {
  const { required, parity } = geometry()
  return { required, parity, shardBytes: sizeUpTo(Math.min(300_000, MOST_PRODUCTS / (required * parity))) }
})
const segments = Array.from({ length: 10 }, () => {
  const { required, parity } = geometry()
  return { required, parity, plaintextBytes: sizeUpTo(Math.min(3_000_000, MOST_PRODUCTS / parity)), segmentIndex: random.below(1_000) }
})
const answers = askKlauspost({ erasure, segments })

test(`random geometries and sizes: our parity is that of klauspost/reedsolomon, and any k shards give the data back (SEED=${seed})`, async (t) => {
  const engine = await loadErasureEngine()
  const cases = (await answers).erasure
  t.is(cases.length, erasure.length)
  for (const { required, parity, shardBytes, seed, paritySha256 } of cases) {
    const bytes = stream(seed, required * shardBytes)
    const data = Array.from({ length: required }, (_, index) => bytes.slice(index * shardBytes, (index + 1) * shardBytes))
    const code = engine.code(required, parity)
    const made = code.encode(data)
    t.is(hexOf(crypto.sha256(...made)), paritySha256, seed)
    const shards: (Uint8Array | undefined)[] = [...data, ...made]
    for (let lost = 0; lost < parity; lost++) shards[random.below(shards.length)] = undefined
    const missing = data.flatMap((_, index) => (shards[index] ? [] : [index]))
    for (const [i, back] of code.reconstruct(shards, missing).entries())
      t.is(Buffer.compare(back, itemAt(data, itemAt(missing, i))), 0, `${seed}: data shard ${missing[i]}`)
  }
})

test(`random geometries and sizes: our sets have the addresses of the second implementation (SEED=${seed})`, async (t) => {
  const engines = { crypto, erasure: await loadErasureEngine() }
  const cases = (await answers).segments
  t.is(cases.length, segments.length)
  for (const { required, parity, plaintextBytes, segmentIndex, seed, places, addresses } of cases) {
    const keysOf = (name: string): Uint8Array[] => Array.from({ length: 8 }, (_, slot) => stream(`${seed} ${name} key ${slot}`, 32))
    const salt = stream(`${seed} salt`, 16)
    const seeds = slotSeeds({ positionKeys: keysOf('position'), codeKeys: keysOf('code') }, salt, crypto)
    const layout = segmentLayout({ required, parity, plaintextBytes })
    t.deepEqual(watermarkPlaces(layout.dataShardBytes, seeds.positionSeeds, crypto), places, seed)
    const secrets = { suite: 'aes-256-gcm', dataKey: stream(`${seed} data key`, 32), salt, segmentIndex, ...seeds } as const
    const made = await sealSegment(stream(`${seed} plaintext`, plaintextBytes), layout, secrets, engines)
    t.deepEqual(made.addresses.map(hexOf), addresses, seed)
  }
})
