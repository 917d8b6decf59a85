import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { loadErasureEngine } from '@lunarx/runtime/erasure'
import test from 'ava'
import * as fc from 'fast-check'
import { stream } from '../../../test/vectors/stream.ts'
import { segmentKey, frameCipher, SUITES, TAG_BYTES, type Suite } from '../crypto/index.ts'
import { equalBytes, itemAt, LIMITS } from '../model/index.ts'
import { openSegment, sealSegment, segmentLayout, sealedFrameStart, stripe, gather, type SealSecrets } from './index.ts'
import { watermarkPlaces } from '../watermark/index.ts'

const engines = { crypto, erasure: await loadErasureEngine() }
const SIZE = 3 * LIMITS.frameBytes + 1_000
const layout = segmentLayout({ required: 4, parity: 2, plaintextBytes: SIZE })
const seeds = { positionSeeds: keys('position'), codeSeeds: keys('code') }
function keys(name: string): Uint8Array[] {
  return Array.from({ length: 8 }, (_, slot) => stream(`${name} ${slot}`, 32))
}
const places = watermarkPlaces(layout.dataShardBytes, seeds.positionSeeds, crypto)

const secretsOf = (suite: Suite, of: Partial<SealSecrets> = {}): SealSecrets => ({
  suite,
  dataKey: stream('key', 32),
  salt: stream('salt', 16),
  segmentIndex: 1,
  ...seeds,
  ...of,
})
/** The sealed segment, frames in a row. */
async function sealedBytes(secrets: SealSecrets): Promise<Uint8Array> {
  const { shards } = await sealSegment(stream('plaintext', SIZE), layout, secrets, engines)
  const sealed = new Uint8Array(layout.sealedBytes)
  gather(
    sealed,
    0,
    layout,
    places,
    shards.slice(0, 4).map((bytes) => ({ at: 0, bytes })),
  )
  return sealed
}
/** Opens a sealed segment by way of shards, as a reader does. */
async function opened(sealed: Uint8Array, secrets: SealSecrets): Promise<Uint8Array> {
  const shards = Array.from({ length: 4 }, () => new Uint8Array(layout.shardBytes))
  stripe(sealed, 0, layout, places, shards)
  return await openSegment([...shards, undefined, undefined], layout, secrets, engines)
}
const frameAt = (sealed: Uint8Array, frame: number): Uint8Array => sealed.slice(sealedFrameStart(frame), sealedFrameStart(frame + 1))

for (const suite of SUITES) {
  test(`${suite}: every flip, cut, reorder, splice, replay and swap is WRONG_KEY`, async (t) => {
    const secrets = secretsOf(suite)
    const sealed = await sealedBytes(secrets)
    const others = await Promise.all(
      [
        { segmentIndex: 0 }, // another segment of the object, by a salt used again
        { salt: stream('earlier salt', 16) }, // an earlier attempt at the same segment
        { dataKey: stream('other key', 32) }, // another object
        { suite: itemAt(SUITES, 1 - SUITES.indexOf(suite)) }, // the other suite
      ].map((of) => sealedBytes({ ...secrets, ...of })),
    )
    t.true(equalBytes(await opened(sealed, secrets), stream('plaintext', SIZE)))
    const frame = fc.nat({ max: layout.frames - 1 })
    const whole = fc.nat({ max: layout.frames - 2 }) // of full size
    const changes = fc.oneof(
      fc.record({ at: fc.nat({ max: sealed.length - 1 }), bit: fc.nat({ max: 7 }) }).map(({ at, bit }) => {
        const bytes = Uint8Array.from(sealed)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
        return bytes
      }),
      fc.nat({ max: sealed.length - 1 }).map((cut) => Uint8Array.from(sealed).fill(0, cut)),
      fc
        .tuple(whole, whole)
        .filter(([a, b]) => a !== b)
        .map(([a, b]) => {
          const bytes = Uint8Array.from(sealed)
          bytes.set(frameAt(sealed, a), sealedFrameStart(b)) // copied over another: a reorder when done both ways
          bytes.set(frameAt(sealed, b), sealedFrameStart(a))
          return bytes
        }),
      fc.tuple(fc.constantFrom(...others), frame).map(([other, at]) => {
        const bytes = Uint8Array.from(sealed)
        bytes.set(frameAt(other, at), sealedFrameStart(at))
        return bytes
      }),
      fc.constantFrom(...others),
    )
    await fc.assert(
      fc.asyncProperty(changes, async (changed) => {
        const result = await opened(changed, secrets).catch((error: unknown) => error)
        return (result as { code?: string }).code === 'WRONG_KEY'
      }),
      { numRuns: 120 },
    )
  })

  test(`${suite}: the last frame is no other's, and a shorter segment is not a longer one's beginning`, async (t) => {
    const key = segmentKey(suite, stream('key', 32), stream('salt', 16), crypto)
    const cipher = frameCipher(key, { suite, segmentIndex: 0, plaintextBytes: 200 }, crypto)
    const [sealed, out] = [new Uint8Array(100 + TAG_BYTES), new Uint8Array(100)]
    for (const isLast of [false, true]) {
      await cipher.seal(1, isLast, new Uint8Array(100), sealed)
      await cipher.open(1, isLast, sealed, out)
      await t.throwsAsync(async () => await cipher.open(1, !isLast, sealed, out), { code: 'WRONG_KEY' })
      await t.throwsAsync(async () => await cipher.open(2, isLast, sealed, out), { code: 'WRONG_KEY' })
      const longer = frameCipher(key, { suite, segmentIndex: 0, plaintextBytes: 201 }, crypto)
      await t.throwsAsync(async () => await longer.open(1, isLast, sealed, out), { code: 'WRONG_KEY' })
    }
  })
}
