/**
 * Orders to audit one provider at once, which the operator gives for a person: a few leaves at random, one after another, beside the
 * draws. In memory: who gave the order sees in the status how it went, and gives it again where a tracker has forgotten it.
 *
 * @module
 */
import type { VerdictWord } from '@lunarx/core/audit'
import type { PeerId } from '@lunarx/core/membership'
import { hasCode, LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { AuditOrder } from '@lunarx/wire'
import { TRACKER_LIMITS } from '../limits.ts'

export interface OrdersDeps {
  readonly clock: Clock
  readonly isKnown: (provider: PeerId) => boolean
  /** Trackers that share an order. */
  readonly trackers: () => number
  /** One leaf; undefined: there is nothing to ask for. */
  readonly askAtOnce: (provider: PeerId, sequence: number, signal: AbortSignal) => Promise<VerdictWord | undefined>
  readonly run: (name: string, work: (signal: AbortSignal) => Promise<void>) => void
}

interface Taken {
  readonly id: string
  readonly leaves: number
  readonly verdicts: Record<VerdictWord, number>
  /** Elapsed. */
  readonly takenMs: number
  isOver: boolean
}

export class AuditOrders {
  readonly #deps: OrdersDeps
  /** The newest of each provider, longest ago first. */
  readonly #taken = new Map<PeerId, Taken>()

  constructor(deps: OrdersDeps) {
    this.#deps = deps
  }

  /** Undefined: there was none. */
  of(provider: PeerId): AuditOrder | undefined {
    const taken = this.#taken.get(provider)
    if (!taken) return undefined
    const { id, leaves, verdicts, isOver } = taken
    return { id, leaves, verdicts: { ...verdicts }, isOver }
  }

  /**
   * Takes an order, or says how far the same one is.
   * @throws {LunarError} UNKNOWN_PEER; TOO_MANY_REQUESTS: the provider was audited on order a moment ago, or too many are
   */
  take(provider: PeerId, id: string): AuditOrder {
    const { clock, isKnown, trackers, run } = this.#deps
    const { orderPauseMs, ordersAtOnce, orderedLeaves } = TRACKER_LIMITS.audit
    if (!isKnown(provider))
      throw new LunarError('UNKNOWN_PEER', 'this tracker has never heard of the provider', { detail: { peer: provider } })
    const before = this.#taken.get(provider)
    if (before?.id !== id) {
      const isTooSoon = before !== undefined && (!before.isOver || clock.elapsed() - before.takenMs < orderPauseMs)
      const underWay = [...this.#taken.values()].filter(({ isOver }) => !isOver).length
      if (isTooSoon || underWay >= ordersAtOnce)
        throw new LunarError(
          'TOO_MANY_REQUESTS',
          isTooSoon ? 'the provider was audited on order a moment ago' : 'too many audits on order',
          {
            detail: { peer: provider },
          },
        )
      const verdicts = { proved: 0, disproved: 0, lost: 0, silent: 0 }
      const taken = { id, leaves: Math.ceil(orderedLeaves / trackers()), verdicts, takenMs: clock.elapsed(), isOver: false }
      this.#remember(provider, taken)
      run('audit a provider on order', (signal) => this.#carryOut(provider, taken, signal))
    }
    return this.of(provider) as AuditOrder
  }

  #remember(provider: PeerId, taken: Taken): void {
    this.#taken.delete(provider)
    this.#taken.set(provider, taken)
    for (const [oldest, { isOver }] of this.#taken) {
      if (this.#taken.size <= TRACKER_LIMITS.providers) break
      if (isOver) this.#taken.delete(oldest)
    }
  }

  /** Ends early where there is nothing to ask for, where nobody answers, and where this tracker has too much to ask already. */
  async #carryOut(provider: PeerId, taken: Taken, signal: AbortSignal): Promise<void> {
    try {
      for (let leaf = 0; leaf < taken.leaves && taken.verdicts.silent < TRACKER_LIMITS.audit.orderedSilences; leaf++) {
        const verdict = await this.#deps.askAtOnce(provider, leaf, signal)
        if (!verdict) return
        taken.verdicts[verdict]++
      }
    } catch (error) {
      if (!hasCode(error, 'TOO_MANY_REQUESTS')) throw error
    } finally {
      taken.isOver = true
    }
  }
}
