/**
 * Convictions of tickets at one tracker: judged, kept within bounds, read by others, there again after a restart.
 */
import {
  encodeConviction,
  EVIDENCE_BYTES,
  SWEEP_ANSWER,
  SWEEP_CHALLENGE,
  TICKET_OPENING,
  verifyConviction,
  type TicketConviction,
} from '@lunarx/core/audit'
import { documentId, readDocument, signDocument } from '@lunarx/core/document'
import { hexOf, itemAt, LunarError, textOf } from '@lunarx/core/model'
import { sweepAnswer } from '@lunarx/core/proof'
import type { Peers } from '@lunarx/net/peers'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores, type KeyValueStore } from '@lunarx/runtime/store'
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
import { KeptConvictions, Convictions, type ConvictionsDeps } from './index.ts'

const [other, outsider] = [keyOf('another tracker'), keyOf('outsider')]
const slots = [tracker, other, verifier, tracker].map(peer)
type Answers = Pick<Convictions, 'answer'>
const HOUR = 3_600_000

/** A tracker of three; it can be started again on what it has kept. Batches of the papers were asked at 0. */
function machine() {
  const clock = new SimulatedClock(HOUR)
  const openStore = new SimulatedStores({ random: new SeededRandom(1) }).opener()
  const metrics = new RecordedMetrics()
  const convicted = metrics.counter('lunarx_audit_convictions_total', 'of the test', ['cause'])
  const state = { slots, /** Writes of keys that begin with this fail. */ broken: '' }
  /** @param others what each of the other trackers has */
  async function start(...others: readonly Answers[]) {
    const real = await openStore('audit')
    const store: KeyValueStore = {
      get: (key) => real.get(key),
      scan: (range) => real.scan(range),
      async write(changes) {
        const isBroken = changes.some((change) => 'put' in change && textOf(change.put.slice(0, 1)) === state.broken)
        if (isBroken) throw new LunarError('STORE_FAILED', 'as the test says')
        await real.write(changes)
      },
      [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
    }
    const kept = await KeptConvictions.open({ store, clock, crypto })
    const leavesOnly = await LeavesOnly.open(store)
    const ask = async ({ host }: { host: string }, _: unknown, question: unknown) =>
      await itemAt(others, Number(host)).answer(question as { have: Uint8Array[] })
    const ring = { reachable: others.map((_, i) => ({ address: { host: String(i), port: 1 } })) }
    const verifiers = { quorum: 2, domainOf: () => undefined }
    const log = new Trace(clock).log('tracker')
    const deps = { network, crypto, clock, log, ask, ring, verifiers, kept, leavesOnly, convicted, trackerSlots: () => state.slots }
    const convictions = await Convictions.open(deps as unknown as ConvictionsDeps)
    return { convictions, leavesOnly, told: (cause: string) => metrics.value('lunarx_audit_convictions_total', { cause }) }
  }
  return Object.assign(start, { clock, state })
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

test('one that gives no answer, or whose session is refused, keeps no other from being heard', async (t) => {
  const signal = new AbortController().signal
  const first = await machine()()
  await first.convictions.settle(convictionOf(FRAMED))
  const refuse = (code: 'BAD_MESSAGE' | 'UNAUTHORIZED' | 'TIMEOUT'): Answers => ({
    answer: async () => await Promise.reject(new LunarError(code, 'as the test says')),
  })
  const { convictions } = await machine()(refuse('BAD_MESSAGE'), refuse('UNAUTHORIZED'), refuse('TIMEOUT'), first.convictions)
  await convictions.read(signal)
  t.is(convictions.kept.size, 1)
  const stopped = await machine()(refuse('TIMEOUT'))
  await t.throwsAsync(stopped.convictions.read(AbortSignal.abort()), { code: 'TIMEOUT' })
})

test('a conviction of a tracker that is not known yet is taken at the next reading after it is', async (t) => {
  const signal = new AbortController().signal
  const first = await machine()()
  await first.convictions.settle(convictionOf(FRAMED))
  const second = machine()
  second.state.slots = []
  const { convictions } = await second(first.convictions)
  await convictions.read(signal)
  t.is(convictions.kept.size, 0)
  second.state.slots = slots
  await convictions.read(signal)
  t.is(convictions.kept.size, 1)
})

test('what is longer than evidence can be is not kept: nobody could read it', async (t) => {
  const { convictions } = await machine()()
  const { opening, ...rest } = brokenConviction()
  const padded = (bytes: number): TicketConviction => {
    const value = { ...readDocument(TICKET_OPENING, opening), padding: new Uint8Array(bytes) }
    return { ...rest, opening: signDocument(TICKET_OPENING, value, tracker) }
  }
  t.false(await convictions.settle(padded(EVIDENCE_BYTES)))
  t.true(await convictions.settle(padded(EVIDENCE_BYTES - 10_000)))
})

test('what could not be written is not taken for kept, and a set is asked for leaves only though that failed at first', async (t) => {
  const signal = new AbortController().signal
  const start = machine()
  const { convictions, leavesOnly } = await start()
  start.state.broken = 'c'
  await t.throwsAsync(convictions.settle(convictionOf(FRAMED)), { code: 'STORE_FAILED' })
  t.is(convictions.kept.size, 0)
  start.state.broken = ''
  t.true(await convictions.settle(convictionOf(FRAMED)))
  start.state.broken = 'n'
  await t.throwsAsync(convictions.settle(convictionOf(FRAMED, {}, other)), { code: 'STORE_FAILED' })
  t.false(leavesOnly.has(hexOf(segment)))
  start.state.broken = ''
  t.true((await start()).leavesOnly.has(hexOf(segment)), 'made good when it starts again')
  await convictions.read(signal)
  t.true(leavesOnly.has(hexOf(segment)), 'and while it goes on')
})

test('only what was found here, or asked since this process began, is counted; a restart brings no news', async (t) => {
  const signal = new AbortController().signal
  const first = await machine()()
  await first.convictions.settle(convictionOf(FRAMED))
  t.is(first.told('leaf'), 1)
  const { convictions, told } = await machine()(first.convictions)
  await convictions.read(signal)
  t.is(convictions.kept.size, 1)
  t.is(told('leaf'), 0)
})

test('after 90 days they are gone, and not read again from others that have them yet', async (t) => {
  const signal = new AbortController().signal
  const first = await machine()()
  await first.convictions.settle(convictionOf(FRAMED))
  const second = machine()
  const { convictions } = await second(first.convictions)
  await convictions.read(signal)
  t.is(convictions.kept.size, 1)
  await second.clock.runFor(TRACKER_LIMITS.audit.convictionMs)
  await convictions.read(signal)
  t.is(convictions.kept.size, 0)
  t.is((await second()).convictions.kept.size, 0)
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
  const { convictions } = await machine()(liar)
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
