import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import fc from 'fast-check'
import { stream } from '../../../test/vectors/stream.ts'
import { AddressHasher, provePath } from '../merkle/index.ts'
import { concatBytes, itemAt, LIMITS } from '../model/index.ts'
import { sweepAnswer } from '../proof/index.ts'
import {
  isOpened,
  judgeBatch,
  judgePlace,
  leavesAt,
  packEntries,
  ticketCommitment,
  unpackEntries,
  type BatchPart,
  type Ticket,
} from './index.ts'

const key = stream('key', 32)
const codesFor = (count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => stream(`code ${i}`, 16))

/** Asks until nothing is left to ask. */
function play(count: number, held: readonly Uint8Array[], lost: readonly number[]) {
  const codes = codesFor(count)
  const opening = { digest: sweepAnswer(key, codes, crypto), codes: concatBytes(...codes) }
  const answer = ({ from, until }: BatchPart) => ({
    from,
    until,
    digest: sweepAnswer(
      key,
      held.slice(from, until).map((code, i) => (lost.includes(from + i) ? new Uint8Array(16) : code)),
      crypto,
    ),
    lost: lost.filter((at) => at >= from && at < until),
  })
  const answers: ReturnType<typeof answer>[] = []
  for (;;) {
    const judged = judgeBatch(key, count, opening, answers, crypto)
    if (judged.ask.length === 0) return { ...judged, questions: answers.length }
    answers.push(...judged.ask.map(answer))
  }
}

test('one answer proves a batch that is whole', (t) => {
  t.deepEqual(play(4_096, codesFor(4_096), []), { wrong: [], lost: [], ask: [], questions: 1 })
})

test('a batch that does not fit is bisected to exactly what is wrong, and what was said to be lost is not', (t) => {
  const found = fc.property(fc.uniqueArray(fc.nat(63), { maxLength: 6 }), fc.uniqueArray(fc.nat(63), { maxLength: 6 }), (wrong, said) => {
    const lost = said.filter((at) => !wrong.includes(at)).sort((a, b) => a - b)
    const held = codesFor(64).map((code, i) => (wrong.includes(i) ? stream(`bad ${i}`, 16) : code))
    const judged = play(64, held, lost)
    const isExact = String(judged.wrong) === String(wrong.toSorted((a, b) => a - b)) && String(judged.lost) === String(lost)
    return isExact && judged.questions <= 1 + 2 * 6 * wrong.length
  })
  t.notThrows(() => fc.assert(found, { seed: 7, numRuns: 60 }))
})

test('without the codes nothing can be bisected', (t) => {
  const answer = { from: 0, until: 2, digest: stream('wrong', 32), lost: [] }
  t.throws(() => judgeBatch(key, 2, { digest: stream('right', 32), codes: null }, [answer], crypto), { instanceOf: RangeError })
})

test('entries survive packing, with offsets beyond four gigabytes', (t) => {
  const entries = [0, 1, 255].map((index, i) => ({ segment: stream(`set ${i}`, 32), index, offset: [0, 65_535, 2 ** 40 - 1][i] ?? 0 }))
  const packed = packEntries(entries)
  t.is(packed.length, 48)
  t.deepEqual(
    unpackEntries(packed),
    entries.map((entry) => ({ ...entry, segment: entry.segment.slice(0, 10) })),
  )
})

test('a ticket is opened only by what it committed to', (t) => {
  const codes = codesFor(3)
  const [blind, digest] = [stream('blind', 32), sweepAnswer(key, codes, crypto)]
  const ticket = { tracker: 't', key, commitment: ticketCommitment(blind, digest, crypto) } as Ticket
  const [id, opening] = [stream('id', 32), { ticket: stream('id', 32), tracker: 't', blind, digest, codes: null }]
  t.true(isOpened(id, ticket, opening, 3, crypto))
  t.true(isOpened(id, ticket, { ...opening, codes: concatBytes(...codes) }, 3, crypto))
  t.false(isOpened(id, ticket, { ...opening, codes: concatBytes(...codes.toReversed()) }, 3, crypto))
  t.false(isOpened(id, ticket, { ...opening, codes: concatBytes(...codes) }, 2, crypto))
  t.false(isOpened(id, ticket, { ...opening, digest: stream('other', 32) }, 3, crypto))
  t.false(isOpened(id, ticket, { ...opening, blind: stream('other', 32) }, 3, crypto))
  t.false(isOpened(id, ticket, { ...opening, tracker: 'u' }, 3, crypto))
  t.false(isOpened(stream('other', 32), ticket, opening, 3, crypto))
})

test('a right leaf convicts the ticket, across the border of two leaves too', (t) => {
  const shard = stream('shard', 3 * LIMITS.leafBytes)
  const hasher = new AddressHasher(crypto).update(shard)
  const record = { addresses: [hasher.digest()], shardBytes: shard.length }
  const answerOf = (leaf: number) => ({
    bytes: shard.subarray(leaf * LIMITS.leafBytes, (leaf + 1) * LIMITS.leafBytes),
    path: provePath(hasher.leafHashes(), leaf, 1, crypto),
  })
  for (const offset of [0, 100, LIMITS.leafBytes - 16, LIMITS.leafBytes - 15, LIMITS.leafBytes - 1, 3 * LIMITS.leafBytes - 16]) {
    const leaves = leavesAt(offset).map(answerOf)
    t.is(leaves.length, offset % LIMITS.leafBytes > LIMITS.leafBytes - 16 ? 2 : 1)
    const at = { index: 0, offset }
    t.is(judgePlace(at, shard.slice(offset, offset + 16), record, leaves, crypto), 'answer-wrong')
    t.is(judgePlace(at, stream('framed', 16), record, leaves, crypto), 'ticket-wrong')
    const damaged = leaves.map(({ bytes, path }) => ({ bytes: bytes.map((byte) => byte ^ 1), path }))
    t.is(judgePlace(at, stream('framed', 16), record, damaged, crypto), 'disproved')
    t.is(judgePlace(at, stream('framed', 16), record, [itemAt(leaves, 0), ...leaves], crypto), 'disproved')
  }
})
