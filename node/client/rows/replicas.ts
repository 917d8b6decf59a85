/**
 * The members of partitions as this client asks them: rows of all callers share questions, one lane for writes and one for reads
 * per member and epoch.
 *
 * @module
 */
import type { EpochMember } from '@lunarx/core/epoch'
import { LIMITS, LunarError } from '@lunarx/core/model'
import type { ValuedCommit } from '@lunarx/core/row'
import type { Peers } from '@lunarx/net/peers'
import { Lane, type LaneInit, type LaneLimits } from '@lunarx/runtime/tasks'
import { errorOf, readRows, writeRows, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import { answerOf } from '../answer-of.ts'

/** For one question to one member. */
export const ASK_MS = 8_000
/** Of a commit beside its value, and of a row asked for. */
const ROW_BYTES = 1024
/** What a row asked for with its values may come to; only rows that are larger make answers that leave rows for the next. */
const EXPECTED_BYTES = 72 * 1024

const LANE_LIMITS: LaneLimits = {
  concurrent: 2,
  items: LIMITS.rowsAsked,
  bytes: LIMITS.rowsAskedBytes,
  waitingItems: 4096,
  waitingBytes: 64 * 1024 * 1024,
}

export type WantedRow = QuestionOf<typeof readRows>['keys'][number]
export type ReadRow = Extract<AnswerOf<typeof readRows>['rows'][number], { complete: boolean }>

export class Replicas {
  readonly #peers: Peers
  /** Those in use, by epoch and peer. */
  readonly #writes = new Map<string, Lane<ValuedCommit, true>>()
  readonly #reads = new Map<string, Lane<WantedRow, ReadRow>>()
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(peers: Peers) {
    this.#peers = peers
  }

  /** Durable with this member when it resolves. @throws {LunarError} what the member refuses it for, TOO_MANY_REQUESTS */
  write(epoch: number, member: EpochMember, group: string, commit: ValuedCommit, signal: AbortSignal): Promise<true> {
    const lane = laneOf(this.#writes, epoch, member, (commits, ended) => this.#askToWrite(epoch, member, commits, ended))
    return this.#watched(lane.ask(commit, group, ROW_BYTES + commit.document.body.length + (commit.value?.length ?? 0), signal))
  }

  /** @throws {LunarError} what the member refuses it for, TOO_MANY_REQUESTS */
  read(epoch: number, member: EpochMember, group: string, wanted: WantedRow, signal: AbortSignal): Promise<ReadRow> {
    const lane = laneOf(this.#reads, epoch, member, (keys, ended) => this.#askToRead(epoch, member, keys, ended))
    return this.#watched(lane.ask(wanted, group, wanted.values ? EXPECTED_BYTES : ROW_BYTES, signal))
  }

  get isIdle(): boolean {
    return this.#underWay.size === 0
  }

  /** Resolves when all that is under way now has ended. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay)
  }

  #watched<T>(asked: Promise<T>): Promise<T> {
    const ended: Promise<unknown> = asked.then(
      () => this.#underWay.delete(ended),
      () => this.#underWay.delete(ended),
    )
    this.#underWay.add(ended)
    return asked
  }

  async #askToWrite(
    epoch: number,
    { address, peer }: EpochMember,
    commits: readonly ValuedCommit[],
    signal: AbortSignal,
  ): Promise<(true | LunarError)[]> {
    const question = { epoch, commits: [...commits] }
    const { refusals } = await answerOf(this.#peers, { ...address, peer }, writeRows, question, { signal, timeoutMs: ASK_MS })
    if (refusals.length !== commits.length)
      throw new LunarError('BAD_MESSAGE', 'a member did not answer for every row that it was to write', { detail: { peer } })
    return refusals.map((refusal) => (refusal ? errorOf(refusal) : true))
  }

  async #askToRead(
    epoch: number,
    { address, peer }: EpochMember,
    keys: readonly WantedRow[],
    signal: AbortSignal,
  ): Promise<(ReadRow | LunarError)[]> {
    const question = { epoch, keys: [...keys] }
    const { rows } = await answerOf(this.#peers, { ...address, peer }, readRows, question, { signal, timeoutMs: ASK_MS })
    return rows.map((row) => ('refusal' in row ? errorOf(row.refusal) : row))
  }
}

function laneOf<Item, Answer>(
  lanes: Map<string, Lane<Item, Answer>>,
  epoch: number,
  { peer }: EpochMember,
  ask: LaneInit<Item, Answer>['ask'],
): Lane<Item, Answer> {
  const key = `${epoch}|${peer}`
  const lane = lanes.get(key) ?? new Lane({ limits: LANE_LIMITS, ask, onIdle: () => lanes.delete(key) })
  lanes.set(key, lane)
  return lane
}
