import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { loadErasureEngine } from '@lunarx/runtime/erasure'
import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import { address } from '../merkle/address.ts'
import { provePath } from '../merkle/path.ts'
import { hashLeaf, leafCount } from '../merkle/tree.ts'
import { itemAt, LIMITS } from '../model/index.ts'
import { sealSegment, segmentLayout } from '../segment/index.ts'
import { slotOfRegion, slotSeeds, watermarkOffset, watermarkPlaces } from '../watermark/index.ts'
import { bisectSweep, drawnLeaf, expectedCodes, sweepAnswer, sweptRegion, verifyDraw } from './index.ts'

const erasure = await loadErasureEngine()
const keysOf = (seed: string): Uint8Array[] => Array.from({ length: 8 }, (_, slot) => stream(`${seed} ${slot}`, 32))
const KEYS = { positionKeys: keysOf('position'), codeKeys: keysOf('code') }
/** Two-sided, 1 in 10,000: what a fixed seed may show of a binomial. The seeds are fixed, so the outcome is too. */
const Z = 3.89
const isWithin = (seen: number, trials: number, chance: number): boolean =>
  Math.abs(seen - trials * chance) <= Z * Math.sqrt(trials * chance * (1 - chance)) + 0.5

async function sealedSet(salt: Uint8Array, plaintextBytes = 400_000) {
  const layout = segmentLayout({ required: 4, parity: 2, plaintextBytes })
  const seeds = slotSeeds(KEYS, salt, crypto)
  const secrets = { suite: 'aes-256-gcm' as const, dataKey: stream('key', 32), salt, segmentIndex: 0, ...seeds }
  const { shards, addresses } = await sealSegment(new Uint8Array(plaintextBytes), layout, secrets, { crypto, erasure })
  const places = watermarkPlaces(layout.dataShardBytes, seeds.positionSeeds, crypto)
  return { layout, seeds, shards: shards.map((shard) => Uint8Array.from(shard)), addresses, places }
}

test('every region is asked once in T rounds, none before the birth nor after', (t) => {
  for (let set = 0; set < 50; set++) {
    const birth = { birthRound: 1_400 + set, salt: stream(`salt ${set}`, 16) }
    for (const watermarks of [1, 5, 128]) {
      const regions = Array.from({ length: watermarks }, (_, i) => sweptRegion(birth.birthRound + i, birth, watermarks, crypto))
      t.deepEqual(
        regions.toSorted((a, b) => (a ?? 0) - (b ?? 0)),
        Array.from({ length: watermarks }, (_, region) => region),
      )
      t.is(sweptRegion(birth.birthRound - 1, birth, watermarks, crypto), undefined)
      t.is(sweptRegion(birth.birthRound + watermarks, birth, watermarks, crypto), undefined)
    }
    t.is(sweptRegion(birth.birthRound, birth, 0, crypto), undefined, 'a shard without watermarks')
  }
})

test('who has the shards answers every round, data and parity shards alike', async (t) => {
  const salt = stream('honest', 16)
  const { layout, seeds, shards, places } = await sealedSet(salt)
  const key = stream('challenge', 32)
  for (let round = 7; round < 7 + layout.watermarks; round++) {
    const region = sweptRegion(round, { birthRound: 7, salt }, layout.watermarks, crypto) ?? -1
    const expected = expectedCodes(region, itemAt(seeds.codeSeeds, slotOfRegion(region)), erasure.code(4, 2), crypto)
    const offset = watermarkOffset(places, region)
    const codes = shards.map((shard) => shard.subarray(offset, offset + 16))
    t.deepEqual(sweepAnswer(key, codes, crypto), sweepAnswer(key, expected, crypto), `round ${round}`)
  }
})

test('a digest that does not fit is bisected to exactly the shards that are wrong', (t) => {
  const key = stream('challenge', 32)
  const expected = Array.from({ length: 1_000 }, (_, i) => stream(`code ${i}`, 16))
  const wrong = [3, 4, 500, 999]
  const held = expected.map((code, i) => (wrong.includes(i) ? new Uint8Array(16) : code))
  let asked = 0
  const answerOf = (from: number, until: number): Uint8Array => {
    asked++
    return sweepAnswer(key, held.slice(from, until), crypto)
  }
  t.deepEqual(bisectSweep(key, expected, answerOf, crypto), wrong)
  t.true(asked <= 2 * wrong.length * 10 + 1, `${asked} questions`)
  asked = 0
  t.deepEqual(
    bisectSweep(key, expected, (from, until) => sweepAnswer(key, expected.slice(from, until), crypto), crypto),
    [],
  )
})

test('a provider that keeps only the tree, or only the places that were asked, fails every challenge that follows', async (t) => {
  for (let set = 0; set < 20; set++) {
    const salt = stream(`cheat ${set}`, 16)
    const { layout, seeds, shards, addresses, places } = await sealedSet(salt)
    const [shard, pinned] = [itemAt(shards, set % 6), itemAt(addresses, set % 6)]
    // Keeps the leaf hashes, and the 16 bytes of every round so far; all else reads as zeros.
    const leaves = Array.from({ length: leafCount(shard.length) }, (_, i) =>
      shard.subarray(i * LIMITS.leafBytes, (i + 1) * LIMITS.leafBytes),
    )
    const hashes = leaves.map((leaf) => hashLeaf(leaf, crypto))
    const kept = new Uint8Array(shard.length)
    for (let round = 0; round < layout.watermarks; round++) {
      const leaf = drawnLeaf(stream(`draw ${set} ${round}`, 32), shard.length)
      const answer = (from: Uint8Array) => ({
        bytes: from.subarray(leaf * LIMITS.leafBytes, (leaf + 1) * LIMITS.leafBytes),
        path: provePath(hashes, leaf, 1, crypto),
      })
      const asked = { address: pinned, shardBytes: shard.length }
      t.true(verifyDraw(leaf, answer(shard), asked, crypto))
      t.false(verifyDraw(leaf, answer(kept), asked, crypto))
      t.false(verifyDraw(leaf, { ...answer(shard), bytes: answer(shard).bytes.subarray(1) }, asked, crypto))

      const region = sweptRegion(round, { birthRound: 0, salt }, layout.watermarks, crypto) ?? -1
      const offset = watermarkOffset(places, region)
      const expected = itemAt(expectedCodes(region, itemAt(seeds.codeSeeds, slotOfRegion(region)), erasure.code(4, 2), crypto), set % 6)
      const key = stream(`key ${set} ${round}`, 32)
      t.notDeepEqual(sweepAnswer(key, [kept.subarray(offset, offset + 16)], crypto), sweepAnswer(key, [expected], crypto))
      kept.set(shard.subarray(offset, offset + 16), offset) // asked now, kept from now on
    }
    t.deepEqual(address(shard, crypto), pinned)
  }
})

test('a provider that has lost the fraction f of its leaves passes q draws with probability (1 − f)^q', (t) => {
  const shardBytes = 1_000 * LIMITS.leafBytes
  for (const [lost, draws] of [
    [10, 460],
    [10, 69],
    [100, 7],
    [500, 1],
  ] as const) {
    let passed = 0
    const providers = 1_000
    for (let provider = 0; provider < providers; provider++) {
      const random = stream(`draws ${lost} ${draws} ${provider}`, 8 * draws)
      const isLost = (leaf: number): boolean => (leaf * 7 + provider) % 1_000 < lost // any leaves do: the draw knows none
      if (Array.from({ length: draws }, (_, i) => drawnLeaf(random.subarray(8 * i), shardBytes)).every((leaf) => !isLost(leaf))) passed++
    }
    const chance = (1 - lost / 1_000) ** draws
    t.true(isWithin(passed, providers, chance), `${lost} of 1,000 lost, ${draws} draws: ${passed} passed, expected ${providers * chance}`)
  }
})

test('a provider that keeps the fraction c of its bytes passes the sweep of s sets with probability c^s', (t) => {
  const dataShardBytes = 128 * 2_000
  const sets = 4_000
  for (const c of [0.5, 0.9, 0.99]) {
    // It keeps the first part of every region: a plan as good as any, as places are uniform in their regions.
    const answered = Array.from({ length: sets }, (_, set) => {
      const salt = stream(`sweep ${c} ${set}`, 16)
      const region = sweptRegion(0, { birthRound: 0, salt }, 128, crypto) ?? -1
      const place = itemAt(watermarkPlaces(dataShardBytes, slotSeeds(KEYS, salt, crypto).positionSeeds, crypto), region)
      return place - region * 2_000 < c * 2_000
    })
    const one = answered.filter(Boolean).length
    t.true(isWithin(one, sets, c), `one set, c = ${c}: ${one} of ${sets}`)
    const groups = Array.from({ length: sets / 10 }, (_, i) => answered.slice(10 * i, 10 * (i + 1)).every(Boolean))
    const ten = groups.filter(Boolean).length
    t.true(isWithin(ten, groups.length, c ** 10), `ten sets, c = ${c}: ${ten} of ${groups.length}, expected ${groups.length * c ** 10}`)
  }
})
