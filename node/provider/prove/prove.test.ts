import { openDocument } from '@lunarx/core/document'
import { publicKeyOf } from '@lunarx/core/membership'
import { leafCount } from '@lunarx/core/merkle'
import { equalBytes, hasCode, LIMITS, utf8 } from '@lunarx/core/model'
import { LEAF_PROOF, leafDigest, packSwept, SWEEP_PROOF, sweepAnswer, sweptDigest, verifyDraw, type SweptShard } from '@lunarx/core/proof'
import type { Peers } from '@lunarx/net/peers'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SimulatedBucket } from '@lunarx/runtime/objects'
import { SeededRandom } from '@lunarx/runtime/random'
import { proveLeaf, proveSweep } from '@lunarx/wire'
import test, { type ExecutionContext } from 'ava'
import { PROVIDER_LIMITS } from '../limits.ts'
import { present, PROVIDER, SimulatedProvider, type SimulatedProviderOptions, type TestSet } from '../simulated-machine.ts'

const NONCE = crypto.sha256(utf8('nonce'))

async function start(seed: number | string, options: SimulatedProviderOptions = {}): Promise<SimulatedProvider> {
  const world = new SimulatedProvider(seed, options)
  await world.settle(world.boot())
  return world
}

const askLeaf = async (world: SimulatedProvider, set: TestSet, leaf: number, asker: Peers = world.tracker) =>
  (await world.settle(asker.ask(PROVIDER, proveLeaf, { segment: set.segment, index: 0, leaf, nonce: NONCE }))).answer

async function askSweep(world: SimulatedProvider, shards: readonly SweptShard[], asker: Peers = world.tracker) {
  const asked = packSwept(shards)
  const { answer } = await world.settle(asker.ask(PROVIDER, proveSweep, { asked, key: NONCE }))
  const proof = openDocument(SWEEP_PROOF, answer.proof, ({ provider }) => publicKeyOf(provider), crypto)
  return { asked, proof }
}

async function assertLeaf(t: ExecutionContext, world: SimulatedProvider, set: TestSet, leaf: number): Promise<void> {
  const { proof, given } = await askLeaf(world, set, leaf)
  const signed = openDocument(LEAF_PROOF, proof, ({ provider }) => publicKeyOf(provider), crypto)
  const { bytes, path } = present(given ?? undefined)
  const shard = { address: present(set.record.addresses[0]), shardBytes: set.record.shardBytes }
  t.true(verifyDraw(leaf, { bytes, path }, shard, crypto))
  t.like(signed, { network: 'net', verifier: world.tracker.self, index: 0, leaf })
  t.deepEqual(signed.segment, set.segment)
  t.deepEqual(signed.nonce, NONCE)
  t.deepEqual(signed.given, leafDigest(bytes, path, crypto))
}

for (const backend of ['volume', 'bucket'] as const)
  test(`leaves and watermarks are proved from a ${backend}, signed over question and answer`, async (t) => {
    const options = backend === 'bucket' ? { bucket: new SimulatedBucket({ random: new SeededRandom(1) }) } : {}
    const world = await start(`prove ${backend}`, options)
    const sets = [await world.settle(world.put('a', 100_000)), await world.settle(world.put('b', 16_384))]
    for (const set of sets) for (let leaf = 0; leaf < leafCount(set.bytes.length); leaf++) await assertLeaf(t, world, set, leaf)
    const places = [0, 16_380, 99_984].map((offset) => ({ segment: present(sets[0]).segment, index: 0, offset }))
    places.push({ segment: present(sets[1]).segment, index: 0, offset: 77 })
    const { asked, proof } = await askSweep(world, places)
    const codes = places.map(({ offset }, i) => present(sets[i < 3 ? 0 : 1]).bytes.subarray(offset, offset + 16))
    t.deepEqual(proof.given, sweepAnswer(NONCE, codes, crypto))
    t.deepEqual(proof.asked, sweptDigest(asked, crypto))
    t.deepEqual(proof.absent, [])
    t.deepEqual(proof.key, NONCE)
  })

test('what is not here is said so, signed, and left out of the digest', async (t) => {
  const world = await start(3)
  const [held, unknown] = [await world.settle(world.put('held', 40_000)), world.makeSet('unknown', 40_000)]
  const { proof, given } = await askLeaf(world, unknown, 0)
  t.is(given, null)
  t.is(openDocument(LEAF_PROOF, proof, ({ provider }) => publicKeyOf(provider), crypto).given, null)
  const places = [unknown, held, unknown].map(({ segment }) => ({ segment, index: 0, offset: 5 }))
  const answer = (await askSweep(world, places)).proof
  t.deepEqual(answer.absent, [0, 2])
  t.deepEqual(answer.given, sweepAnswer(NONCE, [held.bytes.subarray(5, 21)], crypto))
})

test('a leaf that went wrong on the disk is never signed as right: it is absent, and the scrub drops the shard', async (t) => {
  const world = await start(4)
  const set = await world.settle(world.put('a', 50_000))
  await world.settle(world.rot(set, 0.3))
  const given: boolean[] = []
  for (const leaf of [0, 1, 2, 3]) given.push((await askLeaf(world, set, leaf)).given !== null)
  t.true(given.includes(false))
  t.true(
    await world.clock.runUntil(
      () => present(world.running).metrics.value('lunarx_scrub_shards_total', { finding: 'damaged' }) === 1,
      60_000,
    ),
  )
  t.false(await world.settle(world.isHeld(set)))
})

test('nobody but trackers is answered, nothing behind the shard, and not without end', async (t) => {
  const world = await start(5)
  const set = await world.settle(world.put('a', 20_000))
  const other = world.join('another provider', 'provider')
  for (const asker of [world.client, other]) {
    await t.throwsAsync(askLeaf(world, set, 0, asker), { code: 'UNAUTHORIZED' })
    await t.throwsAsync(askSweep(world, [{ segment: set.segment, index: 0, offset: 0 }], asker), { code: 'UNAUTHORIZED' })
  }
  await t.throwsAsync(askLeaf(world, set, 2), { code: 'BAD_MESSAGE' })
  const last = set.bytes.length - LIMITS.watermarkBytes
  t.true(
    equalBytes(
      (await askSweep(world, [{ segment: set.segment, index: 0, offset: last }])).proof.asked,
      sweptDigest(packSwept([{ segment: set.segment, index: 0, offset: last }]), crypto),
    ),
  )
  await t.throwsAsync(askSweep(world, [{ segment: set.segment, index: 0, offset: last + 1 }]), { code: 'BAD_MESSAGE' })
  let refusal: unknown
  for (let i = 0; i < PROVIDER_LIMITS.prove.leavesPerMinute + 1 && !refusal; i++)
    refusal = await askLeaf(world, set, 0).then(
      () => undefined,
      (error: unknown) => error,
    )
  t.true(hasCode(refusal, 'TOO_MANY_REQUESTS'))
  await world.clock.runFor(60_000)
  t.truthy((await askLeaf(world, set, 0)).given)
})
