/**
 * Rounds of the beacon that verifiers take part in: honest ones, and some that keep back, lie or come late.
 */
import {
  BEACON_COMMITMENT,
  BEACON_REVEAL_MS,
  BEACON_ROUND_MS,
  BEACON_VERIFIERS,
  encodeBeaconProof,
  holdShare,
  signClosing,
  signSet,
  verifiersOf,
  verifyBeaconProof,
} from '@lunarx/core/audit'
import { documentId } from '@lunarx/core/document'
import { hexOf, itemAt, LIMITS } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test, { type ExecutionContext } from 'ava'
import { TRACKER_LIMITS } from '../../limits.ts'
import { live, outsider, participants, partOf, type Outsider, type Participant } from './_stage.test.ts'
import type { ToRemember } from './take-part.ts'

const NEVER = () => false
const MINUTE = 60_000
const roundOf = (all: readonly Participant[]) => itemAt(all, 0).documents.round
const outsiders = (all: readonly Participant[], count: number): Outsider[] =>
  Array.from({ length: count }, (_, i) => outsider(roundOf(all), `verifier ${i}`))

/** All have the same value, which anybody finds in the proof of any of them. @returns verifiers in it and not */
function assertValue(t: ExecutionContext, all: readonly Participant[], values: readonly (string | undefined)[]) {
  const [value = ''] = values
  t.not(value, '')
  t.is(new Set(values).size, 1)
  const said = all.map(({ documents: { proof } }) => {
    if (!proof) return t.fail('there is no proof')
    t.is(hexOf(verifyBeaconProof(proof, crypto)), value)
    const { revealed, withheld } = verifiersOf(proof)
    return { revealed: revealed.toSorted(), withheld: withheld.toSorted() }
  })
  for (const one of said) t.deepEqual(one, said[0])
  return said[0] ?? { revealed: [], withheld: [] }
}

const peersOf = (verifiers: readonly Outsider[]): string[] => verifiers.map(({ peer }) => peer).sort()

test('verifiers have secrets in the value: no verifier opens before the set is agreed, no tracker before it is closed', (t) => {
  const all = participants(3)
  const verifiers = outsiders(all, 3)
  let [wasOpenMs, wasDealtMs] = [0, 0]
  const values = live(all, undefined, {
    verifiers,
    look(sinceMs) {
      const isAgreed = all.some(({ documents }) => documents.agreed)
      const isClosed = all.some(({ documents }) => documents.closed)
      if (verifiers.some(({ part }) => part.reveal())) wasOpenMs ||= sinceMs
      if (all.some(({ documents }) => documents.deals.some((deal) => documents.isOpened(deal)))) wasDealtMs ||= sinceMs
      if (!isAgreed) t.is(wasOpenMs, 0)
      if (!isClosed) t.is(wasDealtMs, 0)
    },
  })
  t.true(wasOpenMs > 0 && wasOpenMs < BEACON_REVEAL_MS && wasDealtMs >= (3 / 4) * BEACON_ROUND_MS)
  t.deepEqual(assertValue(t, all, values), { revealed: peersOf(verifiers), withheld: [] })
  for (const { part } of verifiers) t.is(part.outcome, 'counted')
  const without = participants(3)
  t.not(live(without)[0], values[0])
  t.is(itemAt(without, 0).documents.proof?.verifiers, undefined)
})

test('a verifier that keeps its secret back is named, and the round goes on without it, no later than with it', (t) => {
  const doneMs = (opens: Outsider['opens']) => {
    const all = participants(3)
    const verifiers = [outsider(roundOf(all), 'keeps back', { opens }), outsider(roundOf(all), 'honest')]
    let done = 0
    const values = live(all, undefined, {
      verifiers,
      look: (sinceMs) => (all.every(({ documents }) => documents.value) ? (done ||= sinceMs) : undefined),
    })
    return { done, verifiers, said: assertValue(t, all, values), value: values[0] }
  }
  const open = doneMs(() => true)
  const back = doneMs(NEVER)
  const [withholding, honest] = [itemAt(back.verifiers, 0), itemAt(back.verifiers, 1)]
  t.deepEqual(back.said, { revealed: [honest.peer], withheld: [withholding.peer] })
  t.not(back.value, open.value)
  t.is(back.done, open.done)
  t.is(withholding.part.outcome, 'late')
})

test('a secret that comes to one tracker alone, in the last moment, is closed by all alike; one that comes later counts for none', (t) => {
  const stepMs = MINUTE
  for (const [when, outcome] of [
    [BEACON_REVEAL_MS - stepMs, 'revealed'],
    [BEACON_REVEAL_MS, 'withheld'],
  ] as const) {
    const all = participants(5)
    const late = outsider(roundOf(all), 'late', { opens: (i, sinceMs) => i === 0 && sinceMs >= when })
    const values = live(all, undefined, { verifiers: [late], stepMs })
    t.deepEqual(assertValue(t, all, values)[outcome], [late.peer])
  }
})

test('a verifier that commits to two secrets has the one that a majority holds, or none', (t) => {
  const twoFaced = (all: readonly Participant[], isFirst: (i: number) => boolean): Outsider => {
    const [one, other] = [partOf(roundOf(all), 'two-faced', 'one'), partOf(roundOf(all), 'two-faced', 'other')]
    return outsider(roundOf(all), 'two-faced', { part: other, committed: (i) => (isFirst(i) ? one : other) })
  }
  const three = participants(3)
  const most = twoFaced(three, (i) => i === 0)
  t.deepEqual(assertValue(t, three, live(three, undefined, { verifiers: [most] })), { revealed: [most.peer], withheld: [] })
  const four = participants(4)
  const even = twoFaced(four, (i) => i < 2)
  t.deepEqual(assertValue(t, four, live(four, undefined, { verifiers: [even] })), { revealed: [], withheld: [] })
  t.is(even.part.outcome, 'not-held')

  const { documents } = itemAt(three, 0)
  const [first, second] = [partOf(documents.round, 'again', 'one'), partOf(documents.round, 'again', 'two')]
  const { peer, domain } = outsider(documents.round, 'again')
  documents.verifiers.offer(first.commitment, { peer, domain })
  t.notThrows(() => documents.verifiers.offer(first.commitment, { peer, domain }))
  t.throws(() => documents.verifiers.offer(second.commitment, { peer, domain }), { code: 'BAD_MESSAGE' })
  t.throws(() => documents.verifiers.offer(most.part.commitment, { peer: 'another', domain }), { code: 'UNAUTHORIZED' })
})

test('a secret that is not the one committed to is none', (t) => {
  const all = participants(3)
  const part = partOf(roundOf(all), 'liar')
  const other = partOf(roundOf(all), 'liar', 'another')
  const liar = outsider(roundOf(all), 'liar', { part: other, committed: () => part })
  // it signs for the set that it was told, as if its commitment were the other
  Object.assign(other, { reveal: () => itemAt(all, 0).part.set ?? undefined })
  const values = live(all, undefined, { verifiers: [liar] })
  t.deepEqual(assertValue(t, all, values), { revealed: [], withheld: [liar.peer] })
})

test('a flood of verifiers costs a round nothing: eight have secrets, one of a token; what is remembered is bounded', (t) => {
  const all = participants(3)
  const flood = Array.from({ length: 6 }, (_, i) => outsider(roundOf(all), `flood ${i}`, { domain: 'flood' }))
  const others = Array.from({ length: BEACON_VERIFIERS + 3 }, (_, i) => outsider(roundOf(all), `other ${i}`))
  const kept = flood.slice(0, TRACKER_LIMITS.audit.outsidersOfDomain)
  const { documents } = itemAt(all, 0)
  for (const { part, peer, domain } of kept) documents.verifiers.offer(part.commitment, { peer, domain })
  const last = itemAt(flood, kept.length)
  t.throws(() => documents.verifiers.offer(last.part.commitment, last), { code: 'TOO_MANY_REQUESTS' })
  const values = live(all, undefined, { verifiers: [...kept, ...others] })
  const { revealed, withheld } = assertValue(t, all, values)
  t.is(revealed.length, BEACON_VERIFIERS)
  t.true(peersOf(flood).filter((peer) => revealed.includes(peer)).length <= 1)
  t.deepEqual(withheld, [])
  t.is(documents.verifiers.commitments.length, BEACON_VERIFIERS)
})

test('a tracker that makes verifiers up has as many kept as it may hold, and none is in the set: a majority has to hold each', (t) => {
  const all = participants(3)
  const [liar, honest] = [itemAt(all, 0), itemAt(all, 1)]
  const made = outsiders(all, 2 * BEACON_VERIFIERS).map(({ part: { commitment } }) => commitment)
  const holds = made.map((one) => holdShare(roundOf(all), documentId(BEACON_COMMITMENT, one, crypto), liar.key))
  honest.documents.absorb({ commitments: made })
  t.is(honest.documents.verifiers.commitments.length, 0, 'nobody says to hold them')
  honest.documents.absorb({ commitments: made, holds })
  t.is(honest.documents.verifiers.commitments.length, BEACON_VERIFIERS)
  t.deepEqual(assertValue(t, all, live(all)), { revealed: [], withheld: [] })
  const deals = honest.documents.deals.map(({ id }) => id)
  t.true(honest.documents.isAcceptable(deals))
  for (const { id } of honest.documents.verifiers.commitments) t.false(honest.documents.isAcceptable([...deals, id]))
})

test('two commitments of one verifier that a majority holds, since some tracker lies, have one place', (t) => {
  const all = participants(3)
  live(all)
  const { documents } = itemAt(all, 0)
  const commitments = ['one', 'two'].map((secret) => partOf(roundOf(all), 'two-faced', secret).commitment)
  const ids = commitments.map((one) => documentId(BEACON_COMMITMENT, one, crypto))
  const holds = all.slice(0, 2).flatMap(({ key }) => ids.map((id) => holdShare(roundOf(all), id, key)))
  documents.absorb({ commitments, holds })
  t.is(documents.verifiers.commitments.length, 2)
  t.is(documents.heldCommitments.length, 1)
  const deals = documents.deals.map(({ id }) => id)
  for (const id of ids) t.true(documents.isAcceptable([...deals, id]))
  t.false(documents.isAcceptable([...deals, ...ids]))
})

test('eight trackers and eight verifiers, one that keeps back among them, make a proof that is kept', (t) => {
  const all = participants(LIMITS.trackerSlots, 'n'.repeat(253))
  const verifiers = outsiders(all, BEACON_VERIFIERS).map((one, i) => (i === 0 ? { ...one, opens: NEVER } : one))
  const values = live(all, undefined, { verifiers })
  t.is(assertValue(t, all, values).withheld.length, 1)
  const { proof } = itemAt(all, 0).documents
  t.true(proof && encodeBeaconProof(proof).length < TRACKER_LIMITS.audit.beaconProofBytes)
})

test('trackers that are away, and one that comes back in the last quarter, neither lose the round nor open it early', (t) => {
  const all = participants(5)
  const verifiers = outsiders(all, 2)
  const values = live(all, (i, part) => i > 1 && (i !== 2 || part < 0.67 || part >= 0.8), { verifiers })
  t.deepEqual(assertValue(t, all.slice(2), values.slice(2)), { revealed: peersOf(verifiers), withheld: [] })
  t.is(values[0], undefined)
})

test('trackers that agree so late that no verifier can open go on without any', (t) => {
  const all = participants(3)
  const verifiers = outsiders(all, 2)
  const values = live(all, (i, part) => i === 0 || part < 0.5 || part > 0.75, { verifiers })
  t.deepEqual(assertValue(t, all, values), { revealed: [], withheld: peersOf(verifiers) })
})

/** The first of them signs something before its turn, as soon as it can. */
function signsEarly(all: readonly Participant[], sign: (first: Participant) => ToRemember | undefined) {
  const first = itemAt(all, 0)
  let isDone = false
  return (sinceMs: number): void => {
    if (isDone || sinceMs < 0.4 * BEACON_ROUND_MS) return
    const signed = sign(first)
    if (!signed) return
    first.part = { ...first.part, ...signed }
    isDone = true
  }
}

test('trackers that leave verifiers out make a value, in whose proof they are not; each that was held sees it', (t) => {
  const all = participants(3)
  const verifiers = outsiders(all, 2)
  const look = signsEarly(all, ({ documents: { deals }, key }) => {
    const ids = deals.map(({ id }) => id)
    return { set: signSet(roundOf(all), ids, key) }
  })
  t.deepEqual(assertValue(t, all, live(all, undefined, { verifiers, look })), { revealed: [], withheld: [] })
  t.is(itemAt(all, 0).documents.proof?.verifiers, undefined)
  for (const { part } of verifiers) {
    t.is(part.outcome, 'left-out')
    t.is(part.reveal(), undefined)
  }
})

test('one tracker that says too early whose secrets came in time has the others sign the same: no round is split by it', (t) => {
  const closing = (revealed: (ids: readonly Uint8Array[]) => readonly Uint8Array[]) => {
    const all = participants(3)
    const verifiers = outsiders(all, 2)
    const look = signsEarly(all, ({ documents: { agreedVerifiers: set, verifiers: known }, key }) =>
      set && known.revealed.length === 2 ? { closing: signClosing(roundOf(all), set.id, revealed(known.revealed), key) } : undefined,
    )
    const said = assertValue(t, all, live(all, undefined, { verifiers, look }))
    return { ...said, verifiers, outcomes: verifiers.map(({ part }) => part.outcome) }
  }
  const none = closing(() => [])
  t.deepEqual(none.withheld, peersOf(none.verifiers))
  t.deepEqual(none.outcomes, ['left-out', 'left-out'])
  const unknown = closing((ids) => [...ids.slice(1), new Uint8Array(32)])
  t.deepEqual(unknown.revealed, peersOf(unknown.verifiers), 'what nobody can open is followed by nobody')
})
