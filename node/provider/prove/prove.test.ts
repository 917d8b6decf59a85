import {
  LEAF_ANSWER,
  LEAF_CHALLENGE,
  packEntries,
  SWEEP_ANSWER,
  SWEEP_CHALLENGE,
  type LeafChallenge,
  type SweepEntry,
} from '@lunarx/core/audit'
import { documentId, openDocument, signDocument } from '@lunarx/core/document'
import { publicKeyOf } from '@lunarx/core/membership'
import { leafCount } from '@lunarx/core/merkle'
import { hasCode, LIMITS, utf8 } from '@lunarx/core/model'
import { sweepAnswer, verifyDraw } from '@lunarx/core/proof'
import { identityOf } from '@lunarx/net/identity'
import type { Peers } from '@lunarx/net/peers'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SimulatedBucket } from '@lunarx/runtime/objects'
import { SeededRandom } from '@lunarx/runtime/random'
import { proveLeaf, proveSweep } from '@lunarx/wire'
import test, { type ExecutionContext } from 'ava'
import { PROVIDER_LIMITS } from '../limits.ts'
import { present, PROVIDER, SimulatedProvider, type SimulatedProviderOptions, type TestSet } from '../simulated-machine.ts'

const KEY = crypto.sha256(utf8('key'))
const PROVIDER_PEER = identityOf(crypto.sha256(utf8('provider')), crypto).peer

async function start(seed: number | string, options: SimulatedProviderOptions = {}): Promise<SimulatedProvider> {
  const world = new SimulatedProvider(seed, options)
  await world.settle(world.boot())
  return world
}

/** Signed by the host of this name, whose role it is too. */
function challengeOf(world: SimulatedProvider, set: TestSet, leaf: number, by = 'tracker', more: Partial<LeafChallenge> = {}) {
  const { signKey, peer } = identityOf(crypto.sha256(utf8(by)), crypto)
  const about = { network: 'net', provider: PROVIDER_PEER, verifier: peer, round: 7, sequence: 1, askedFor: 'draw' as const }
  const challenge = { ...about, segment: set.segment, index: 0, leaf, askedMs: world.clock.now(), ...more }
  return signDocument(LEAF_CHALLENGE, challenge, signKey)
}

async function askLeaf(
  world: SimulatedProvider,
  set: TestSet,
  leaf: number,
  asker: Peers = world.tracker,
  challenge = challengeOf(world, set, leaf),
) {
  const { answer } = await world.settle(asker.ask(PROVIDER, proveLeaf, { challenge }))
  const signed = openDocument(LEAF_ANSWER, answer.answer, () => publicKeyOf(PROVIDER_PEER), crypto)
  return { ...signed, isOfChallenge: Buffer.compare(signed.challenge, documentId(LEAF_CHALLENGE, challenge, crypto)) === 0 }
}

async function askSweep(
  world: SimulatedProvider,
  entries: readonly SweepEntry[],
  parts = [{ from: 0, until: entries.length }],
  asker: Peers = world.tracker,
) {
  const { signKey, peer } = identityOf(crypto.sha256(utf8('tracker')), crypto)
  const about = { network: 'net', provider: PROVIDER_PEER, verifier: peer, round: 7, ticket: KEY, key: KEY }
  const challenge = signDocument(SWEEP_CHALLENGE, { ...about, entries: packEntries(entries), askedMs: 1 }, signKey)
  const { answer } = await world.settle(asker.ask(PROVIDER, proveSweep, { challenge, parts }))
  return answer.answers.map((one) => openDocument(SWEEP_ANSWER, one, () => publicKeyOf(PROVIDER_PEER), crypto))
}

async function assertLeaf(t: ExecutionContext, world: SimulatedProvider, set: TestSet, leaf: number): Promise<void> {
  const { proof, isOfChallenge } = await askLeaf(world, set, leaf)
  const shard = { address: present(set.record.addresses[0]), shardBytes: set.record.shardBytes }
  t.true(verifyDraw(leaf, present(proof ?? undefined), shard, crypto))
  t.true(isOfChallenge)
}

for (const backend of ['volume', 'bucket'] as const)
  test(`leaves and watermarks are proved from a ${backend}, signed over question and answer`, async (t) => {
    const options = backend === 'bucket' ? { bucket: new SimulatedBucket({ random: new SeededRandom(1) }) } : {}
    const world = await start(`prove ${backend}`, options)
    const sets = [await world.settle(world.put('a', 100_000)), await world.settle(world.put('b', 16_384))]
    for (const set of sets) for (let leaf = 0; leaf < leafCount(set.bytes.length); leaf++) await assertLeaf(t, world, set, leaf)
    const entries = [0, 16_380, 99_984].map((offset) => ({ segment: present(sets[0]).segment, index: 0, offset }))
    entries.push({ segment: present(sets[1]).segment, index: 0, offset: 77 })
    const codes = entries.map(({ offset }, i) => present(sets[i < 3 ? 0 : 1]).bytes.subarray(offset, offset + 16))
    const parts = [
      { from: 0, until: 4 },
      { from: 2, until: 3 },
    ]
    const answers = await askSweep(world, entries, parts)
    for (const [i, { from, until }] of parts.entries())
      t.like(answers[i], { from, until, lost: [], digest: sweepAnswer(KEY, codes.slice(from, until), crypto) })
  })

test('what is not here is said to be lost, signed; sixteen zeros stand for it in the digest', async (t) => {
  const world = await start(3)
  const [held, unknown] = [await world.settle(world.put('held', 40_000)), world.makeSet('unknown', 40_000)]
  t.is((await askLeaf(world, unknown, 0)).proof, null)
  const entries = [unknown, held, unknown].map(({ segment }) => ({ segment, index: 0, offset: 5 }))
  const [answer] = await askSweep(world, entries)
  const none = new Uint8Array(16)
  t.like(answer, { lost: [0, 2], digest: sweepAnswer(KEY, [none, held.bytes.subarray(5, 21), none], crypto) })
})

test('a leaf that went wrong on the disk is never signed as right: it is lost, and the scrub drops the shard', async (t) => {
  const world = await start(4)
  const set = await world.settle(world.put('a', 50_000))
  await world.settle(world.rot(set, 0.3))
  const given: boolean[] = []
  for (const leaf of [0, 1, 2, 3]) given.push((await askLeaf(world, set, leaf)).proof !== null)
  t.true(given.includes(false))
  const isDropped = () => present(world.running).metrics.value('lunarx_scrub_shards_total', { finding: 'damaged' }) === 1
  t.true(await world.clock.runUntil(isDropped, 60_000))
  t.false(await world.settle(world.isHeld(set)))
})

test('nobody but the tracker that signed the challenge is answered, and nothing behind the shard', async (t) => {
  const world = await start(5)
  const set = await world.settle(world.put('a', 20_000))
  const other = world.join('another provider', 'provider')
  for (const [asker, by] of [
    [world.client, 'client'],
    [other, 'another provider'],
    [world.tracker, 'client'],
  ] as const)
    await t.throwsAsync(askLeaf(world, set, 0, asker, challengeOf(world, set, 0, by)), { code: 'UNAUTHORIZED' })
  for (const more of [{ provider: world.client.self }, { network: 'other' }])
    await t.throwsAsync(askLeaf(world, set, 0, world.tracker, challengeOf(world, set, 0, 'tracker', more)), { code: 'UNAUTHORIZED' })
  const forged = { ...challengeOf(world, set, 0), signature: new Uint8Array(64) }
  await t.throwsAsync(askLeaf(world, set, 0, world.tracker, forged), { code: 'BAD_SIGNATURE' })
  await t.throwsAsync(askLeaf(world, set, 2), { code: 'BAD_MESSAGE' })
  const last = set.bytes.length - LIMITS.watermarkBytes
  const entryAt = (offset: number) => [{ segment: set.segment, index: 0, offset }]
  t.deepEqual((await askSweep(world, entryAt(last)))[0]?.lost, [])
  await t.throwsAsync(askSweep(world, entryAt(last + 1)), { code: 'BAD_MESSAGE' })
  await t.throwsAsync(askSweep(world, entryAt(0), [{ from: 0, until: 2 }]), { code: 'BAD_MESSAGE' })
})

test('a tracker is not answered without end', async (t) => {
  const world = await start(6)
  const set = await world.settle(world.put('a', 1_000))
  const challenge = challengeOf(world, set, 0)
  let refusal: unknown
  for (let i = 0; i < PROVIDER_LIMITS.prove.leavesPerMinute + 1 && !refusal; i++)
    refusal = await askLeaf(world, set, 0, world.tracker, challenge).then(
      () => undefined,
      (error: unknown) => error,
    )
  t.true(hasCode(refusal, 'TOO_MANY_REQUESTS'))
  await world.clock.runFor(60_000)
  t.truthy((await askLeaf(world, set, 0)).proof)
})
