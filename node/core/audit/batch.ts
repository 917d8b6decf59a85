/**
 * A batch of the sweep, judged: what the whole digest proves, which parts to ask next where it does not fit, and what a right leaf says
 * of a ticket whose code it contradicts.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import type { SegmentRecord } from '../document/segment-record.ts'
import { concatBytes, equalBytes } from '../model/bytes.ts'
import { itemAt } from '../model/item.ts'
import { LIMITS } from '../model/limits.ts'
import { verifyDraw, type DrawAnswer } from '../proof/draw.ts'
import { sweepAnswer } from '../proof/sweep.ts'
import type { SweepAnswer, SweepEntry } from './challenge.ts'
import { codesOf, type TicketOpening } from './ticket.ts'

const NO_CODE = new Uint8Array(LIMITS.watermarkBytes)

/** A part of a batch, by place: from … until. */
export interface BatchPart {
  readonly from: number
  readonly until: number
}

export interface BatchJudgement {
  /** Places that are proved to be wrong: their leaf is to be asked. Ascending. */
  readonly wrong: readonly number[]
  /** Places that the provider says it has lost. Ascending. */
  readonly lost: readonly number[]
  /** Parts whose answer would tell more: halves of what does not fit. None: the batch is judged. */
  readonly ask: readonly BatchPart[]
}

/**
 * @param entries how many were asked
 * @param answers what came so far, of this challenge, checked by their signatures; of two for one part the first counts
 */
export function judgeBatch(
  key: Uint8Array,
  entries: number,
  opening: Pick<TicketOpening, 'digest' | 'codes'>,
  answers: readonly Pick<SweepAnswer, 'from' | 'until' | 'digest' | 'lost'>[],
  crypto: CryptoEngine,
): BatchJudgement {
  const whole = answerFor(answers, 0, entries)
  if (!whole) return { wrong: [], lost: [], ask: [{ from: 0, until: entries }] }
  if (whole.lost.length === 0 && equalBytes(whole.digest, opening.digest)) return { wrong: [], lost: [], ask: [] }
  if (opening.codes === null) throw new RangeError('an opening without codes cannot be bisected: ask the slot for them')
  const codes = codesOf(opening.codes)
  const wrong: number[] = []
  const lost = new Set<number>()
  const ask: BatchPart[] = []
  const visit = (from: number, until: number): void => {
    const answer = answerFor(answers, from, until)
    if (!answer) {
      ask.push({ from, until })
      return
    }
    const said = new Set(answer.lost.filter((at) => at >= from && at < until))
    const expected = codes.slice(from, until).map((code, i) => (said.has(from + i) ? NO_CODE : code))
    if (equalBytes(answer.digest, sweepAnswer(key, expected, crypto))) for (const at of said) lost.add(at)
    else if (until - from === 1) wrong.push(from)
    else {
      const middle = (from + until) >>> 1
      visit(from, middle)
      visit(middle, until)
    }
  }
  visit(0, entries)
  return { wrong, lost: [...lost].sort((a, b) => a - b), ask }
}

/** Leaves that hold the 16 bytes at an offset: one, or two where they straddle. */
export function leavesAt(offset: number): number[] {
  const first = Math.floor(offset / LIMITS.leafBytes)
  const last = Math.floor((offset + LIMITS.watermarkBytes - 1) / LIMITS.leafBytes)
  return first === last ? [first] : [first, last]
}

/**
 * What the leaf at a place says when the watermark did not fit.
 * - `disproved`: it does not fit the address. The provider lacks its shard.
 * - `ticket-wrong`: it fits, and has other bytes at the place than the ticket expected: slot or owner erred or lied, the provider did not.
 * - `answer-wrong`: it fits and has the expected bytes: the provider has its shard and answered the sweep wrongly. Nobody lost anything.
 */
export type PlaceFinding = 'disproved' | 'ticket-wrong' | 'answer-wrong'

/** @param leaves answers for all of {@link leavesAt}, in order */
export function judgePlace(
  { index, offset }: Pick<SweepEntry, 'index' | 'offset'>,
  expected: Uint8Array,
  record: Pick<SegmentRecord, 'addresses' | 'shardBytes'>,
  leaves: readonly DrawAnswer[],
  crypto: CryptoEngine,
): PlaceFinding {
  const numbers = leavesAt(offset)
  const shard = { address: itemAt(record.addresses, index), shardBytes: record.shardBytes }
  if (leaves.length !== numbers.length || !numbers.every((leaf, i) => verifyDraw(leaf, itemAt(leaves, i), shard, crypto)))
    return 'disproved'
  const bytes = concatBytes(...leaves.map((leaf) => leaf.bytes))
  const at = offset - itemAt(numbers, 0) * LIMITS.leafBytes
  return equalBytes(bytes.subarray(at, at + LIMITS.watermarkBytes), expected) ? 'answer-wrong' : 'ticket-wrong'
}

const answerFor = <A extends BatchPart>(answers: readonly A[], from: number, until: number): A | undefined =>
  answers.find((answer) => answer.from === from && answer.until === until)
