/**
 * verify-leaf: open the order → sign a challenge → ask the provider → judge → sign the verdict.
 *
 * An answer that is not signed, or is to another question, is no answer: silence, by which the tracker only learns that it has to ask
 * itself.
 *
 * @module
 */
import { judgeLeaf, LEAF_CHALLENGE, openLeafAnswer, openLeafOrder, signVerdict, type LeafOrder, type VerdictWord } from '@lunarx/core/audit'
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import { documentId, openDocument, SEGMENT_RECORD, signDocument, type SegmentRecord, type SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { leafCount } from '@lunarx/core/merkle'
import { equalBytes, LunarError } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import { Limit } from '@lunarx/runtime/tasks'
import { proveLeaf, type AnswerOf, type QuestionOf, type verifyLeaf } from '@lunarx/wire'
import { VERIFIER_LIMITS } from './limits.ts'

export interface LeafVerifierDeps {
  readonly network: string
  readonly self: PeerId
  readonly signKey: SignKey
  readonly crypto: CryptoEngine
  readonly clock: Clock
  readonly log: Log
  readonly peers: Peers
}

type Question = QuestionOf<typeof verifyLeaf>

export interface VerifiedLeaf {
  readonly verdict: VerdictWord
  readonly answer: AnswerOf<typeof verifyLeaf>
}

export class LeafVerifier {
  readonly #deps: LeafVerifierDeps
  readonly #limit = new Limit({ concurrent: VERIFIER_LIMITS.leavesAtOnce, queued: VERIFIER_LIMITS.leavesQueued })

  constructor(deps: LeafVerifierDeps) {
    this.#deps = deps
  }

  /**
   * @param tracker who asks, proved by its session
   * @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNAUTHORIZED: the order is for another verifier or by another tracker, or has expired;
   * TOO_MANY_REQUESTS
   */
  async verify(question: Question, tracker: PeerId, signal: AbortSignal): Promise<VerifiedLeaf> {
    const { order, record } = this.#open(question, tracker)
    return await this.#limit.run(() => this.#ask(question, order, record, signal), signal)
  }

  #open({ order: document, record: signed, provider }: Question, tracker: PeerId): { order: LeafOrder; record: SegmentRecord } {
    const { network, self, crypto, clock } = this.#deps
    const order = openLeafOrder(document, { network, crypto, nowMs: clock.now(), isTracker: (peer) => peer === tracker })
    if (order.verifier !== self || order.provider !== provider.peer)
      throw new LunarError('UNAUTHORIZED', 'the order is for another verifier or another provider')
    const record = openDocument(SEGMENT_RECORD, signed, ({ owner }) => owner, crypto)
    const isOf = equalBytes(order.segment, documentId(SEGMENT_RECORD, signed, crypto)) && record.network === network
    if (!isOf || order.index >= record.addresses.length || order.leaf >= leafCount(record.shardBytes))
      throw new LunarError('BAD_MESSAGE', 'the record is not that of the order, or has no such leaf')
    return { order, record }
  }

  async #ask({ order: document, provider }: Question, order: LeafOrder, record: SegmentRecord, signal: AbortSignal): Promise<VerifiedLeaf> {
    const { network, self, signKey, clock, crypto } = this.#deps
    const { round, sequence, segment, index, leaf } = order
    const about = { network, provider: order.provider, verifier: self, round, sequence, askedFor: 'draw' as const, segment, index, leaf }
    const challenge = signDocument(LEAF_CHALLENGE, { ...about, askedMs: Math.floor(clock.now()) }, signKey)
    const answered = await this.#prove(provider, challenge, document, signal)
    const verdict = answered ? judgeLeaf(record, order, answered.value, crypto) : 'silent'
    const answer = answered?.document ?? null
    const signed = signVerdict(challenge, answer, verdict, { ...this.#deps, nowMs: clock.now() })
    return { verdict, answer: { challenge, answer, verdict: signed } }
  }

  /** Undefined: no answer, whatever the reason. */
  async #prove(provider: Question['provider'], challenge: SignedDocument, order: SignedDocument, signal: AbortSignal) {
    const { peers, crypto, log } = this.#deps
    try {
      const options = { signal, timeoutMs: VERIFIER_LIMITS.answerMs }
      const { answer, body, session } = await peers.ask(provider, proveLeaf, { challenge, order }, options)
      await body[Symbol.asyncIterator]().return?.()
      return { document: answer.answer, value: openLeafAnswer(answer.answer, session.peer, challenge, crypto) }
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof LunarError)) throw error
      log.info('a provider gave no answer', { provider: provider.peer, error })
      return undefined
    }
  }
}
