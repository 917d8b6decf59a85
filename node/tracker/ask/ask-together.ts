/**
 * What many requests ask of one peer, in few questions: a commit asks each of its providers one thing, and a hundred commits at a time
 * would ask each a hundred times.
 *
 * One who asks waits behind what is under way with the peer, so for twice the limit of a question at most where that peer is silent.
 * A provider of the version before is asked each time in vain first, and takes fewer at a time: who asks behind many waits for two
 * questions with each {@link HOLD_SHARDS} or {@link CONFIRM_SHARDS} before him.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import { hasCode, type LunarError, type PeerAddress } from '@lunarx/core/model'
import { ringName } from '@lunarx/core/placement'
import type { Clock } from '@lunarx/runtime/clock'
import { Lane, type LaneLimits } from '@lunarx/runtime/tasks'
import {
  CONFIRM_MANY_SHARDS,
  CONFIRM_SHARDS,
  confirm,
  confirmMany,
  errorOf,
  hold,
  HOLD_MANY_SHARDS,
  HOLD_SHARDS,
  holdMany,
  teach,
  type Exchange,
  type QuestionOf,
} from '@lunarx/wire'
import { TRACKER_LIMITS } from '../limits.ts'
import type { Ask } from './ask.ts'

const HOLDING = { many: holdMany, few: hold, atOnce: HOLD_SHARDS }
const CONFIRMING = { many: confirmMany, few: confirm, atOnce: CONFIRM_SHARDS }

export type HeldShard = QuestionOf<typeof hold>['shards'][number]
export type ConfirmedShard = QuestionOf<typeof confirm>['shards'][number]

const LANE: Omit<LaneLimits, 'items'> = {
  concurrent: 1,
  bytes: TRACKER_LIMITS.documentBytes,
  waitingItems: TRACKER_LIMITS.waitingAsks,
  waitingBytes: TRACKER_LIMITS.waitingAskBytes,
}
/** Of a shard in a question, about. */
const SHARD_BYTES = 256
/** Whoever comes first: no caller has more of a peer than it needs for its sets. */
const ANYONE = ''

type Lanes<Item, Answer> = Map<string, Lane<Item, Answer>>

export class AskTogether {
  readonly #ask: Ask
  readonly #clock: Clock
  readonly #confirms: Lanes<ConfirmedShard, boolean> = new Map()
  readonly #holds: Lanes<HeldShard, SignedDocument> = new Map()
  readonly #lessons: Lanes<SignedDocument, true> = new Map()

  constructor(ask: Ask, clock: Clock) {
    this.#ask = ask
    this.#clock = clock
  }

  /** Is this shard durable with the provider now? @throws {LunarError} why it cannot tell, what asking throws, TOO_MANY_REQUESTS */
  confirm(to: PeerAddress, shard: ConfirmedShard, signal: AbortSignal): Promise<boolean> {
    const lane = this.#laneOf(this.#confirms, to, CONFIRM_MANY_SHARDS, async (shards, ended) => {
      const { held } = await this.#askProvider(to, CONFIRMING, shards, ended)
      return held.map((one) => (typeof one === 'boolean' ? one : errorOf(one.refusal)))
    })
    return lane.ask(shard, ANYONE, SHARD_BYTES, signal)
  }

  /** The reservation key. @throws {LunarError} why the provider refuses this shard, what asking throws, TOO_MANY_REQUESTS */
  hold(to: PeerAddress, shard: HeldShard, signal: AbortSignal): Promise<SignedDocument> {
    const lane = this.#laneOf(this.#holds, to, HOLD_MANY_SHARDS, async (shards, ended) => {
      const { held } = await this.#askProvider(to, HOLDING, shards, ended)
      return held.map((one) => ('key' in one ? one.key : errorOf(one.refusal)))
    })
    return lane.ask(shard, ANYONE, SHARD_BYTES, signal)
  }

  /** Durable with the other tracker, if that takes it, when it resolves. @throws {LunarError} what asking throws, TOO_MANY_REQUESTS */
  teach(to: PeerAddress, record: SignedDocument, signal: AbortSignal): Promise<true> {
    const lane = this.#laneOf(this.#lessons, to, TRACKER_LIMITS.documents, async (records, ended) => {
      const options = { signal: ended, timeoutMs: TRACKER_LIMITS.trackerAskMs }
      await this.#ask(to, teach, { records: [...records], tombstones: [] }, options)
      return records.map(() => true as const)
    })
    return lane.ask(record, ANYONE, SHARD_BYTES + record.body.length, signal)
  }

  /** One of the version before is asked for the first of them; the rest waits for its turn. */
  async #askProvider<Item, Many, Few>(
    to: PeerAddress,
    { many, few, atOnce }: Ways<Item, Many, Few>,
    shards: readonly Item[],
    signal: AbortSignal,
  ): Promise<Many | Few> {
    const options = { signal, timeoutMs: TRACKER_LIMITS.providerAskMs }
    try {
      return await this.#ask(to, many, { shards: [...shards] }, options)
    } catch (error) {
      if (!hasCode(error, 'UNKNOWN_EXCHANGE')) throw error
      return await this.#ask(to, few, { shards: shards.slice(0, atOnce) }, options)
    }
  }

  /** Bounded by the peers that are being asked. */
  #laneOf<Item, Answer>(lanes: Lanes<Item, Answer>, to: PeerAddress, items: number, ask: AskMany<Item, Answer>): Lane<Item, Answer> {
    const key = to.peer ?? ringName(to)
    const lane = lanes.get(key) ?? new Lane({ limits: { ...LANE, items }, clock: this.#clock, ask, onIdle: () => lanes.delete(key) })
    lanes.set(key, lane)
    return lane
  }
}

interface Ways<Item, Many, Few> {
  readonly many: Exchange<{ shards: Item[] }, Many>
  /** Known to providers of the version before too. */
  readonly few: Exchange<{ shards: Item[] }, Few>
  readonly atOnce: number
}

type AskMany<Item, Answer> = (items: readonly Item[], signal: AbortSignal) => Promise<readonly (Answer | LunarError)[]>
