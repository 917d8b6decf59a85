/**
 * A verifier among a tracker that orders and a provider as pods start it, on a simulated network.
 */
import { LEAF_ANSWER, LEAF_CHALLENGE, LEAF_ORDER, VERDICT, verifyTranscript, type LeafOrder } from '@lunarx/core/audit'
import { documentId, openDocument, readDocument, signDocument, type SignedDocument } from '@lunarx/core/document'
import { publicKeyOf } from '@lunarx/core/membership'
import { hasCode, LunarError, utf8, type ErrorCode, type PeerAddress } from '@lunarx/core/model'
import { identityOf } from '@lunarx/net/identity'
import type { Peers } from '@lunarx/net/peers'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { announceVerifier, proveLeaf, recheck, verifyLeaf, type QuestionOf } from '@lunarx/wire'
import test, { type ExecutionContext } from 'ava'
import { PROVIDER, SimulatedProvider, type SimulatedProviderOptions, type TestSet } from '../provider/simulated-machine.ts'
import { PROVIDER_LIMITS } from '../provider/limits.ts'
import { VERIFIER_LIMITS } from './limits.ts'
import { startVerifier, type RunningVerifier } from './start.ts'

const identity = (host: string) => identityOf(crypto.sha256(utf8(host)), crypto)
const [TRACKER, VERIFIER_PEER, PROVIDER_PEER] = ['tracker', 'verifier', 'provider'].map(identity) as [
  ReturnType<typeof identity>,
  ReturnType<typeof identity>,
  ReturnType<typeof identity>,
]
const ADDRESS: PeerAddress = { host: 'verifier', controlPort: 1, dataPort: 2 }

interface Stage extends AsyncDisposable {
  readonly world: SimulatedProvider
  readonly verifier: RunningVerifier
  readonly metrics: RecordedMetrics
}

async function start(seed: number, options: SimulatedProviderOptions = {}): Promise<Stage> {
  const world = new SimulatedProvider(seed, options)
  await world.settle(world.boot())
  const clock = world.clock.machine()
  const peers = world.join('verifier', 'verifier', clock)
  const metrics = new RecordedMetrics()
  const platform = { clock, crypto, random: world.random.fork('verifier'), log: world.trace.log('verifier'), metrics }
  const verifier = startVerifier({ network: world.config, address: ADDRESS }, platform, peers, VERIFIER_PEER.signKey)
  return { world, verifier, metrics, [Symbol.asyncDispose]: () => world.settle(Promise.resolve(verifier[Symbol.asyncDispose]())) }
}

/** What a tracker asks of the verifier about leaf 1 of a set, with these changes. */
function orderFor(
  world: SimulatedProvider,
  set: TestSet,
  change: Partial<LeafOrder> = {},
  key = TRACKER.signKey,
): QuestionOf<typeof verifyLeaf> {
  const order = {
    network: 'net',
    tracker: TRACKER.peer,
    verifier: VERIFIER_PEER.peer,
    provider: PROVIDER_PEER.peer,
    round: 7,
    sequence: 1,
    segment: set.segment,
    index: 0,
    leaf: 1,
    expiresMs: world.clock.now() + 60_000,
    ...change,
  }
  return { order: signDocument(LEAF_ORDER, order, key), record: set.document, provider: { ...PROVIDER, peer: PROVIDER_PEER.peer } }
}

const ask = async ({ world }: Stage, question: QuestionOf<typeof verifyLeaf>) =>
  (await world.settle(world.tracker.ask({ ...ADDRESS, peer: VERIFIER_PEER.peer }, verifyLeaf, question))).answer

async function refused(t: ExecutionContext, work: Promise<unknown>, code: ErrorCode): Promise<void> {
  const error = await t.throwsAsync(work)
  t.true(hasCode(error, code), String(error))
}

test('a verifier asks by an order, with a challenge of its own, and brings back what anybody can judge', async (t) => {
  await using stage = await start(1)
  const { world, metrics } = stage
  const set = await world.settle(world.put('a', 50_000))
  const { challenge, answer, verdict } = await ask(stage, orderFor(world, set))
  const asked = openDocument(LEAF_CHALLENGE, challenge, () => publicKeyOf(VERIFIER_PEER.peer), crypto)
  t.like(asked, { provider: PROVIDER_PEER.peer, verifier: VERIFIER_PEER.peer, round: 7, sequence: 1, askedFor: 'draw', index: 0, leaf: 1 })
  const judge = { network: 'net', isVerifier: (peer: string) => peer === VERIFIER_PEER.peer, quorum: 1 }
  const finding = verifyTranscript({ record: set.document, challenge, answer, verdicts: [verdict] }, judge, crypto)
  t.like(finding, { kind: 'valid', verdict: 'proved' })
  const again = await world.settle(
    world.tracker.ask({ ...ADDRESS, peer: VERIFIER_PEER.peer }, recheck, {
      record: set.document,
      challenge,
      answer: answer as SignedDocument,
    }),
  )
  t.like(readDocument(VERDICT, again.answer.verdict), { verifier: VERIFIER_PEER.peer, verdict: 'proved' })
  t.is(metrics.value('lunarx_verifier_verdicts_total', { asked: 'leaf', verdict: 'proved' }), 1)

  await world.settle(world.rot(set, 0.3))
  const found: string[] = []
  for (const leaf of [0, 1, 2, 3]) found.push(readDocument(VERDICT, (await ask(stage, orderFor(world, set, { leaf }))).verdict).verdict)
  t.true(found.includes('lost'))
  world.crash()
  const silent = await ask(stage, orderFor(world, set))
  t.is(silent.answer, null)
  t.is(readDocument(VERDICT, silent.verdict).verdict, 'silent')
})

test('what is no order for this verifier, or no record of its set, is refused before anybody is asked', async (t) => {
  await using stage = await start(2)
  const { world } = stage
  const [set, other] = [world.makeSet('a', 50_000), world.makeSet('b', 50_000)]
  const stranger = identity('stranger')
  const orders: readonly (readonly [QuestionOf<typeof verifyLeaf>, ErrorCode])[] = [
    [orderFor(world, set, { verifier: stranger.peer }), 'UNAUTHORIZED'],
    [orderFor(world, set, { provider: stranger.peer }), 'UNAUTHORIZED'],
    [orderFor(world, set, { network: 'another' }), 'UNAUTHORIZED'],
    [orderFor(world, set, { expiresMs: world.clock.now() }), 'UNAUTHORIZED'],
    [orderFor(world, set, { tracker: stranger.peer }, stranger.signKey), 'UNAUTHORIZED'],
    [orderFor(world, set, {}, stranger.signKey), 'BAD_SIGNATURE'],
    [orderFor(world, set, { leaf: 4 }), 'BAD_MESSAGE'],
    [orderFor(world, set, { index: 6 }), 'BAD_MESSAGE'],
    [{ ...orderFor(world, set), record: other.document }, 'BAD_MESSAGE'],
  ]
  for (const [question, code] of orders) await refused(t, ask(stage, question), code)
  await refused(t, world.settle(world.client.ask(ADDRESS, verifyLeaf, orderFor(world, set))), 'UNAUTHORIZED')
})

test('a provider answers a verifier by the order of a tracker alone, and for the very leaf that it names', async (t) => {
  await using stage = await start(3)
  const { world } = stage
  const set = await world.settle(world.put('a', 50_000))
  await world.clock.runFor(5_000) // until a heartbeat was answered
  const [peers, key] = [world.join('asker', 'verifier'), identity('asker').signKey]
  const about = { network: 'net', provider: PROVIDER_PEER.peer, verifier: peers.self, round: 7, sequence: 1, askedFor: 'draw' as const }
  const challenge = signDocument(LEAF_CHALLENGE, { ...about, segment: set.segment, index: 0, leaf: 1, askedMs: world.clock.now() }, key)
  const by = (change: Partial<LeafOrder>, signKey = TRACKER.signKey) =>
    orderFor(world, set, { verifier: peers.self, ...change }, signKey).order
  const prove = async (order?: SignedDocument, asker: Peers = peers) =>
    (await world.settle(asker.ask(PROVIDER, proveLeaf, { challenge, ...(order ? { order } : {}) }))).answer.answer
  const client = identity('client')
  await refused(t, prove(), 'UNAUTHORIZED')
  for (const order of [
    by({ leaf: 2 }),
    by({ sequence: 2 }),
    by({ verifier: VERIFIER_PEER.peer }),
    by({ expiresMs: world.clock.now() }),
    by({ tracker: client.peer }, client.signKey),
  ])
    await refused(t, prove(order), 'UNAUTHORIZED')
  await refused(t, prove(by({}, client.signKey)), 'BAD_SIGNATURE')
  await refused(t, prove(by({}), world.client), 'UNAUTHORIZED')
  const order = by({})
  t.deepEqual(readDocument(LEAF_ANSWER, await prove(order)).challenge, documentId(LEAF_CHALLENGE, challenge, crypto))
  await refused(t, prove(order), 'UNAUTHORIZED')
  await world.clock.runFor(1)
  t.truthy(await prove(by({})), 'another order, of the same leaf')
})

test('a tracker that was put out orders nothing', async (t) => {
  const revoked = new Set<string>()
  await using stage = await start(5, { isRevoked: (peer) => revoked.has(peer) })
  const { world } = stage
  const set = await world.settle(world.put('a', 50_000))
  await world.clock.runFor(5_000) // until a heartbeat was answered
  const verdict = async (leaf: number): Promise<string> =>
    readDocument(VERDICT, (await ask(stage, orderFor(world, set, { leaf }))).verdict).verdict
  t.is(await verdict(0), 'proved')
  revoked.add(TRACKER.peer)
  t.is(await verdict(1), 'silent')
  revoked.clear()
  t.is(await verdict(2), 'proved')
})

test('a verifier is not answered without end, and takes nothing of what trackers may ask', async (t) => {
  await using stage = await start(6)
  const { world } = stage
  const set = await world.settle(world.put('a', 50_000))
  await world.clock.runFor(5_000) // until a heartbeat was answered
  const verdicts: string[] = []
  for (let sequence = 0; sequence < PROVIDER_LIMITS.prove.outsidePerMinute + 2; sequence++)
    verdicts.push(readDocument(VERDICT, (await ask(stage, orderFor(world, set, { sequence }))).verdict).verdict)
  t.is(verdicts.indexOf('silent'), PROVIDER_LIMITS.prove.outsidePerMinute)
  const about = { network: 'net', provider: PROVIDER_PEER.peer, verifier: TRACKER.peer, round: 7, sequence: 1, askedFor: 'draw' as const }
  const own = { ...about, segment: set.segment, index: 0, leaf: 1, askedMs: world.clock.now() }
  const challenge = signDocument(LEAF_CHALLENGE, own, TRACKER.signKey)
  t.truthy((await world.settle(world.tracker.ask(PROVIDER, proveLeaf, { challenge }))).answer.answer)
})

test('a verifier announces itself again and again: sooner than it lapses, and ever more rarely where nobody takes it', async (t) => {
  await using stage = await start(4)
  const { world, verifier } = stage
  const heardMs: number[] = []
  let isTaking = false
  world.tracker.answer(announceVerifier, async ({ address }, { session }) => {
    t.is(session.peer, VERIFIER_PEER.peer)
    t.like(address, ADDRESS)
    heardMs.push(world.clock.elapsed())
    if (!isTaking) throw new LunarError('TOO_MANY_REQUESTS', 'no room')
    return { lapsesMs: 90_000 }
  })
  await world.clock.runFor(60 * 60_000)
  t.false(verifier.ready())
  const pauses = (): number[] => heardMs.slice(1).map((atMs, i) => atMs - (heardMs[i] ?? 0))
  t.true(
    pauses()
      .slice(-3)
      .every((ms) => ms > 200_000 && ms < VERIFIER_LIMITS.maxPauseMs + 10_000),
    pauses().join(' '),
  )
  isTaking = true
  await world.clock.runFor(10 * 60_000)
  t.true(verifier.ready())
  t.true(
    pauses()
      .slice(-3)
      .every((ms) => ms > 20_000 && ms < 40_000),
    pauses().join(' '),
  )
})
