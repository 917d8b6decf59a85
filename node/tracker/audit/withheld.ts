/**
 * read-withheld: what a holder proves to trackers and does not give to the owner of the set, the owner has from a tracker, leaf by leaf
 * (white paper 5.2, the hostage attack).
 *
 * The holder sees a question like those that it is audited by, and is judged by its answer like by any: whoever keeps silent is contained.
 * Who asks has to show the signed word of the set's owner. Asked of one holder, a few leaves at a time, within what audits leave of a
 * provider's time.
 *
 * @module
 */
import { LEAF_ANSWER, verdictWord } from '@lunarx/core/audit'
import { readDocument } from '@lunarx/core/document'
import { leafCount } from '@lunarx/core/merkle'
import { equalBytes, hasCode, LunarError } from '@lunarx/core/model'
import type { Asked } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { Counter, Metrics } from '@lunarx/runtime/metrics'
import { Limit, RateLimit } from '@lunarx/runtime/tasks'
import type { AnswerOf, QuestionOf, readWithheld } from '@lunarx/wire'
import { openListing } from '../lease/open-listing.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { OpenDeps } from '../map/index.ts'
import type { Cases } from './cases.ts'
import { openSet, type AuditedShard, type DrawDeps, type Drawn } from './draw.ts'
import type { Proven } from './prove.ts'

const { audit, providers } = TRACKER_LIMITS
const MINUTE_MS = 60_000
/** Clients that are counted apart. */
const CLIENTS = 1_000

export interface WithheldDeps extends OpenDeps, DrawDeps {
  readonly clock: Clock
  readonly metrics: Metrics
  readonly cases: Pick<Cases, 'of'>
  /** One leaf; undefined: the provider is not asked now. */
  readonly askForOwner: (drawn: Drawn, sequence: number, signal: AbortSignal) => Promise<Proven | undefined>
}

type Proofs = AnswerOf<typeof readWithheld>['proofs']

export class WithheldLeaves {
  readonly #deps: WithheldDeps
  readonly #limit = new Limit({ concurrent: audit.withheldAtOnce, queued: audit.withheldQueued })
  readonly #rates: Readonly<Record<'ofProvider' | 'forClient' | 'inAll', RateLimit>>
  readonly #asked: Counter

  constructor(deps: WithheldDeps) {
    this.#deps = deps
    const perMinute = (requests: number, maxKeys: number): RateLimit =>
      new RateLimit({ requests, windowMs: MINUTE_MS, maxKeys }, deps.clock)
    this.#rates = {
      ofProvider: perMinute(audit.withheldOfProvider, providers),
      forClient: perMinute(audit.withheldForClient, CLIENTS),
      inAll: perMinute(audit.withheldInAll, 2), // of one key: with as many as it may have it would begin anew
    }
    this.#asked = deps.metrics.counter(
      'lunarx_audit_owner_leaves_total',
      'Leaves that owners had this tracker ask of holders that do not give them, by its verdict',
      ['verdict'],
    )
    for (const verdict of verdictWord.options) this.#asked.add(0, { verdict })
  }

  /** @throws {LunarError} BAD_MESSAGE: the shard has no such leaf; BAD_SIGNATURE, UNAUTHORIZED, UNKNOWN_SET, TOO_MANY_REQUESTS */
  async answer(
    { listing, segment, index, leaves }: QuestionOf<typeof readWithheld>,
    { session, signal }: Pick<Asked, 'session' | 'signal'>,
  ): Promise<AnswerOf<typeof readWithheld>> {
    const { owner, expiresMs } = openListing(listing, session, this.#deps)
    if (expiresMs <= this.#deps.clock.now()) throw new LunarError('UNAUTHORIZED', 'the request has expired')
    const set = await openSet(segment, this.#deps)
    if (!set) throw new LunarError('UNKNOWN_SET', 'this tracker does not know the set')
    if (!equalBytes(set.record.owner, owner)) throw new LunarError('UNAUTHORIZED', 'the set is of another owner')
    const count = leafCount(set.record.shardBytes)
    if (index >= set.record.addresses.length || leaves.some((leaf) => leaf >= count))
      throw new LunarError('BAD_MESSAGE', 'the set has no such leaf', { detail: { index, leaves: count } })
    const provider = this.#holderOf({ ...set, index })
    if (provider === undefined) return { proofs: [] }
    const shard = { ...set, index, provider }
    return { proofs: await this.#limit.run(() => this.#ask(shard, [...new Set(leaves)], session.peer, signal), signal) }
  }

  /** Of those that are relied on, one whose silence is not being looked into, if there is one. */
  #holderOf(shard: Omit<AuditedShard, 'provider'>): string | undefined {
    const { map, cases } = this.#deps
    const holders = map.statements.holders(shard.hex).filter(({ index, isCondemned }) => index === shard.index && !isCondemned)
    const sound = holders.find(({ peer }) => !cases.of({ ...shard, provider: peer }))
    return (sound ?? holders[0])?.peer
  }

  /** Until one is not proved, or the holder has taken its time: who waits for the answer gives up some time. */
  async #ask(shard: AuditedShard, leaves: readonly number[], client: string, signal: AbortSignal): Promise<Proofs> {
    const proofs: Proofs = []
    const sinceMs = this.#deps.clock.elapsed()
    for (let at = 0; at < leaves.length; at += audit.withheldLeavesAtOnce) {
      const some = leaves.slice(at, at + audit.withheldLeavesAtOnce)
      try {
        for (const _ of some) this.#take(shard.provider, client)
      } catch (error) {
        if (!hasCode(error, 'TOO_MANY_REQUESTS') || proofs.length === 0) throw error
        return proofs
      }
      const proven = await Promise.all(some.map((leaf, i) => this.#deps.askForOwner({ shard, leaf }, at + i, signal)))
      const given = proven.flatMap((one) => this.#proofOf(one) ?? [])
      proofs.push(...given)
      if (given.length < some.length || this.#deps.clock.elapsed() - sinceMs > audit.withheldMs) return proofs
    }
    return proofs
  }

  /** @throws {LunarError} TOO_MANY_REQUESTS */
  #take(provider: string, client: string): void {
    this.#rates.forClient.take(client) // first: who has had its share takes nothing of the others'
    this.#rates.ofProvider.take(provider)
    this.#rates.inAll.take('all')
  }

  #proofOf(proven: Proven | undefined): Proofs[number] | undefined {
    if (!proven) return undefined
    const { verdict, transcript, leaf } = proven
    this.#asked.add(1, { verdict })
    const proof = verdict === 'proved' && transcript.answer ? readDocument(LEAF_ANSWER, transcript.answer).proof : null
    return proof ? { leaf, ...proof } : undefined
  }
}
