/**
 * Convictions of tickets at one tracker: judged, kept within bounds, read by others, there again after a restart.
 */
import { encodeConviction, SWEEP_ANSWER, SWEEP_CHALLENGE, verifyConviction, type TicketConviction } from '@lunarx/core/audit'
import { documentId, readDocument, signDocument } from '@lunarx/core/document'
import { hexOf, itemAt } from '@lunarx/core/model'
import { sweepAnswer } from '@lunarx/core/proof'
import type { Peers } from '@lunarx/net/peers'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import { openTicket } from '@lunarx/wire'
import test from 'ava'
import {
  brokenConviction,
  convictionOf,
  FRAMED,
  rightCodes,
  segment,
  tracker,
  verifier,
} from '../../../core/audit/_conviction-papers.test.ts'
import { keyOf, NETWORK as network, peer, provider } from '../../../core/audit/_papers.test.ts'
import { TRACKER_LIMITS } from '../../limits.ts'
import { answerSweep, LeavesOnly } from '../sweep/index.ts'
import { Convictions, KeptConvictions } from './index.ts'

const [other, outsider] = [keyOf('another tracker'), keyOf('outsider')]
const slots = [tracker, other, verifier, tracker].map(peer)

/** A tracker of three; it can be started again on what it has kept. */
function machine() {
  const clock = new SimulatedClock()
  const openStore = new SimulatedStores({ random: new SeededRandom(1) }).opener()
  const metrics = new RecordedMetrics()
  const convicted = metrics.counter('lunarx_audit_convictions_total', 'of the test', ['cause'])
  /** @param having what the other tracker has */
  return async (having?: Convictions) => {
    const store = await openStore('audit')
    const kept = await KeptConvictions.open({ store, clock, crypto })
    const leavesOnly = await LeavesOnly.open(store)
    const ask = async (_: unknown, __: unknown, question: unknown) => await having?.answer(question as { have: Uint8Array[] })
    const ring = { reachable: [{ address: { host: 'other', port: 1 } }] }
    const verifiers = { quorum: 2, domainOf: () => undefined }
    const log = new Trace(clock).log('tracker')
    const deps = { network, crypto, log, ask, ring, verifiers, kept, leavesOnly, convicted, trackerSlots: () => slots }
    const convictions = new Convictions(deps as unknown as ConstructorParameters<typeof Convictions>[0])
    return { convictions, leavesOnly, told: (cause: string) => metrics.value('lunarx_audit_convictions_total', { cause }) }
  }
}

const judge = { network, isVerifier: () => true, quorum: 1 }
const idOf = (conviction: TicketConviction): Uint8Array => {
  const finding = verifyConviction(conviction, judge, crypto)
  if (finding.kind !== 'convicted') throw new Error(finding.reason)
  return finding.id
}

test('a conviction is kept through a restart, named in the tally, and read back as it was; it says something once', async (t) => {
  const start = machine()
  const { convictions, told } = await start()
  const conviction = convictionOf(FRAMED)
  t.true(await convictions.settle(conviction))
  t.false(await convictions.settle(conviction))
  t.is(told('leaf'), 1)
  const again = (await start()).convictions
  t.deepEqual(again.kept.list(), convictions.kept.list())
  t.deepEqual(again.tally.trackers, [{ tracker: peer(tracker), convicted: 0, named: 1, owners: 1 }])
  t.deepEqual(await again.kept.read(idOf(conviction)), encodeConviction(conviction))
})

test('what convicts nobody, and a ticket that no tracker of the network signed, are not kept', async (t) => {
  const { convictions } = await machine()()
  t.false(await convictions.settle(convictionOf(rightCodes)))
  t.false(await convictions.settle(convictionOf(FRAMED, {}, outsider)))
  t.is(convictions.kept.size, 0)
})

test('a tracker reads what another has, judges it, and asks a set for leaves only once two trackers were convicted of it', async (t) => {
  const signal = new AbortController().signal
  const first = await machine()()
  await first.convictions.settle(convictionOf(FRAMED))
  const second = await machine()(first.convictions)
  await second.convictions.read(signal)
  t.deepEqual(second.convictions.kept.ids, first.convictions.kept.ids)
  t.false(second.leavesOnly.has(hexOf(segment)), 'one tracker alone takes no set out of the sweep of others')
  await first.convictions.settle(convictionOf(FRAMED, {}, other))
  t.true(first.leavesOnly.has(hexOf(segment)))
  await second.convictions.read(signal)
  t.true(second.leavesOnly.has(hexOf(segment)))
  t.deepEqual([...second.convictions.tally.ownerWrong], [hexOf(segment)])
  t.deepEqual((await second.convictions.answer({ have: second.convictions.kept.ids })).convictions, [])
})

test('what is not taken is not read again', async (t) => {
  const signal = new AbortController().signal
  const [wrong, asked] = [convictionOf(FRAMED, {}, outsider), [] as number[]]
  const liar = {
    async answer({ have }: { readonly have: readonly Uint8Array[] }) {
      asked.push(have.length)
      return { convictions: have.length > 0 ? [] : [wrong] }
    },
  }
  const { convictions } = await machine()(liar as unknown as Convictions)
  await convictions.read(signal)
  await convictions.read(signal)
  t.deepEqual(asked, [0, 1])
  t.is(convictions.kept.size, 0)
})

test('no tracker takes up more room than its own, and none of another cause', async (t) => {
  const { convictions } = await machine()()
  const { convictionsOfTracker } = TRACKER_LIMITS.audit
  for (let i = 0; i <= convictionsOfTracker; i++) t.is(await convictions.settle(brokenConviction(`blind ${i}`)), i < convictionsOfTracker)
  t.true(await convictions.settle(brokenConviction('blind 0', other)))
  t.true(await convictions.settle(convictionOf(FRAMED)))
  t.is(convictions.kept.size, convictionsOfTracker + 2)
})

test('a ticket that is opened to its verifier otherwise than it had committed to is convicted by it', async (t) => {
  const { convictions, told } = await machine()()
  const handlers = new Map<string, (question: unknown, context: unknown) => Promise<unknown>>()
  const peers = { answer: (exchange: { name: string }, handler: never) => void handlers.set(exchange.name, handler) }
  const opened = new RecordedMetrics().counter('lunarx_audit_openings_total', 'of the test', ['finding'])
  const deps = { network, self: peer(verifier), crypto, trackerSlots: () => slots, opened, convictions }
  answerSweep(peers as unknown as Peers, deps as unknown as Parameters<typeof answerSweep>[1])
  const open = handlers.get(openTicket.name)
  const answerTo = ({ challenge: document }: TicketConviction) => {
    const { key } = readDocument(SWEEP_CHALLENGE, document)
    const about = { challenge: documentId(SWEEP_CHALLENGE, document, crypto), from: 0, until: 2, lost: [], answeredMs: 0 }
    return signDocument(SWEEP_ANSWER, { ...about, digest: sweepAnswer(key, rightCodes, crypto) }, provider)
  }
  const openTo = async (conviction: TicketConviction) => {
    const { ticket, challenge, opening } = conviction
    return await open?.({ ticket, challenge, opening, answer: answerTo(conviction) }, { session: { peer: peer(tracker) } })
  }
  t.deepEqual(await openTo(convictionOf(rightCodes)), { finding: 'fits' })
  t.is(convictions.kept.size, 0)
  t.deepEqual(await openTo(brokenConviction()), { finding: 'broken' })
  t.like(itemAt(convictions.kept.list(), 0), { cause: 'opening', tracker: peer(tracker), segment: null })
  t.is(told('opening'), 1)
  t.deepEqual(convictions.tally.trackers, [{ tracker: peer(tracker), convicted: 1, named: 0, owners: 0 }])
})
