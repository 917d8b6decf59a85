/**
 * report-damage: somebody got wrong bytes from a holder → read the shard → condemn it if it is wrong, so that it is rebuilt.
 *
 * A report is a hint, never evidence: whoever lies costs a reading (two where the first is wrong), of which only a few go on at a time, and no holder is asked
 * that the map does not know.
 *
 * @module
 */
import { readDocument, SEGMENT_RECORD } from '@lunarx/core/document'
import { hexOf, LunarError } from '@lunarx/core/model'
import type { Asked } from '@lunarx/net/peers'
import { reportDamage, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import { TRACKER_LIMITS } from '../limits.ts'
import { atOwner, type TrackerRing } from '../ring/index.ts'
import { fetchRight, type AbsolveDeps } from './absolve-shards.ts'

export interface ReportDeps extends AbsolveDeps {
  readonly ring: TrackerRing
}

type Answer = AnswerOf<typeof reportDamage>
type Report = QuestionOf<typeof reportDamage>

export class ReportCheck {
  readonly #deps: ReportDeps
  /** What is being read. */
  readonly #running = new Set<string>()

  constructor(deps: ReportDeps) {
    this.#deps = deps
  }

  /** @throws {LunarError} UNKNOWN_SET, TOO_MANY_REQUESTS */
  async answer(report: Report, { session, signal }: Asked): Promise<Answer> {
    const { ring, ask } = this.#deps
    return atOwner(
      report.segment,
      session,
      ring,
      (owner) => ask(owner, reportDamage, report, { signal }),
      () => this.#inTurn(report, signal),
    )
  }

  async #inTurn(report: Report, signal: AbortSignal): Promise<Answer> {
    const key = `${hexOf(report.segment)} ${report.index} ${report.holder}`
    if (this.#running.has(key) || this.#running.size >= TRACKER_LIMITS.reportsAtOnce)
      throw new LunarError('TOO_MANY_REQUESTS', 'other reports are being looked into, or this one is already')
    this.#running.add(key)
    try {
      return { verdict: await this.#check(report, signal) }
    } finally {
      this.#running.delete(key)
    }
  }

  async #check({ segment, index, holder }: Report, signal: AbortSignal): Promise<Answer['verdict']> {
    const { map } = this.#deps
    const set = map.records.get(hexOf(segment))
    const document = set && (await map.records.document(segment))
    if (!set || !document) throw new LunarError('UNKNOWN_SET', 'this tracker does not know the set')
    const held = map.statements.holders(set.hex).find((one) => one.index === index && one.peer === holder)
    if (!held) return 'unread'
    if (held.isCondemned) return 'wrong'
    const bytes = await fetchRight(set, readDocument(SEGMENT_RECORD, document), { index, peer: holder }, this.#deps, signal)
    if (bytes) return 'right'
    const now = map.statements.holders(set.hex).find((one) => one.index === index && one.peer === holder)
    return now?.isCondemned === true ? 'wrong' : 'unread'
  }
}
