import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { BEACON_ROUND_MS, commitSecret, encodeBeaconProof, verifyBeaconProof } from '@lunarx/core/audit'
import { LunarError, utf8 } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { Trace } from '@lunarx/runtime/log'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import test from 'ava'
import { proofOf } from '../../../core/audit/_beacon-papers.test.ts'
import { keyOf, NETWORK, peer } from '../../../core/audit/_papers.test.ts'
import { TRACKER_LIMITS } from '../../limits.ts'
import { Beacon, BeaconMemory, type BeaconDeps } from './index.ts'

const ROUND = 400_000
const open = async () => await BeaconMemory.open(await new SimulatedStores({ random: new SeededRandom(1) }).opener()('audit'))

test('a value is kept with its proof; with one that is longer than it can be, without', async (t) => {
  const memory = await open()
  const proof = proofOf([keyOf('a'), keyOf('b')], ROUND)
  const value = verifyBeaconProof(proof, crypto)
  await memory.keepValue(ROUND, value, proof)
  t.deepEqual(await memory.proofOf(ROUND), encodeBeaconProof(proof))
  const [deal] = proof.deals
  const longer = { ...proof, deals: [{ body: new Uint8Array(TRACKER_LIMITS.audit.beaconProofBytes), signature: deal?.signature ?? value }] }
  await memory.keepValue(ROUND + 1, value, longer)
  t.deepEqual(memory.valueOf(ROUND + 1), value)
  t.is(await memory.proofOf(ROUND + 1), undefined)
})

test('a tracker signs one set and one closing in a round, however often it starts again', async (t) => {
  const memory = await open()
  const documentOf = (text: string) => ({ body: utf8(text), signature: new Uint8Array(64) })
  const part = { random: new Uint8Array(32).fill(7), set: documentOf('set'), closing: documentOf('closing') }
  await memory.keepPart(ROUND, part)
  t.deepEqual(await memory.partIn(ROUND), part)
  const { closing: _, ...before } = part
  await memory.keepPart(ROUND, before as typeof part) // as a release before wrote it
  t.deepEqual(await memory.partIn(ROUND), { ...part, closing: null })
})

test('a tracker that gives no answer keeps no other from being heard; a verifier that is not known here is heard by none', async (t) => {
  const clock = new SimulatedClock(ROUND * BEACON_ROUND_MS)
  const asked: string[] = []
  const ask = async ({ host }: { host: string }) => {
    asked.push(host)
    if (host === 'liar') throw new LunarError('BAD_MESSAGE', 'as the test says')
    return { deals: [], shares: [], holds: [], sets: [], openings: [] }
  }
  const ring = { reachable: ['liar', 'other'].map((host) => ({ address: { host, port: 1 } })) }
  const [self, random, log] = [keyOf('a'), new SeededRandom(1), new Trace(clock).log('tracker')]
  const trackerSlots = () => ['a', 'b', 'c'].map((name) => peer(keyOf(name)))
  const deps = {
    network: NETWORK,
    self: peer(self),
    signKey: self,
    crypto,
    clock,
    random,
    log,
    ask,
    ring,
    memory: await open(),
    trackerSlots,
    verifierDomain: () => undefined,
  }
  const beacon = new Beacon(deps as unknown as BeaconDeps)
  await beacon.beat(new AbortController().signal)
  t.deepEqual([...new Set(asked)], ['liar', 'other'])
  const { document: commitment } = commitSecret({ network: NETWORK, round: ROUND + 1 }, keyOf('v'), random.bytes(32), crypto)
  t.throws(() => beacon.commit({ commitment }, peer(keyOf('v'))), { code: 'UNAUTHORIZED' }, 'nobody knows it')
  t.throws(() => beacon.follow({ round: ROUND + 1, reveal: null }, peer(keyOf('v'))), { code: 'UNAUTHORIZED' })
})
