/**
 * Anti-entropy: every few seconds the digests of some co-members are compared with the own, and differences are pulled. So a replica
 * that missed a write, or an acknowledged write that only d + 1 members have, ends with all of them.
 *
 * @module
 */
import type { EpochMember } from '@lunarx/core/epoch'
import type { PeerId } from '@lunarx/core/membership'
import type { Log } from '@lunarx/runtime/log'
import type { Random } from '@lunarx/runtime/random'
import { digestRows } from '@lunarx/wire'
import { askPeer } from '../ask/index.ts'
import type { EpochKeeper } from '../epochs/index.ts'
import { ROW_LIMITS } from '../limits.ts'
import { pullDifferences, type PullDeps } from './pull.ts'

export interface CompareDeps extends PullDeps {
  readonly epochs: EpochKeeper
  readonly random: Random
  readonly self: PeerId
  readonly log: Log
}

export class Comparison {
  readonly #deps: CompareDeps
  #queue: EpochMember[] = []
  #epoch = 0

  constructor(deps: CompareDeps) {
    this.#deps = deps
  }

  /** Compares with the next members of the epoch, each in its turn. A member that does not answer is left for the next round. */
  async pass(signal: AbortSignal): Promise<void> {
    for (const member of this.#next()) {
      if (signal.aborted) return
      try {
        await this.#compareWith(member, signal)
      } catch (error) {
        if (!signal.aborted) this.#deps.log.debug('rows could not be compared', { member: member.name, error })
      }
    }
  }

  #next(): EpochMember[] {
    const { standing } = this.#deps.epochs
    if (!standing?.current.members.some(({ peer }) => peer === this.#deps.self)) return []
    if (this.#queue.length === 0 || this.#epoch !== standing.current.number) this.#queue = this.#shuffle(standing.current.members)
    this.#epoch = standing.current.number
    return this.#queue.splice(0, ROW_LIMITS.comparedMembers)
  }

  async #compareWith({ address }: EpochMember, signal: AbortSignal): Promise<void> {
    const epoch = this.#epoch
    const ask = (after: Uint8Array | null) =>
      askPeer(this.#deps.peers, address, digestRows, { epoch, after }, { timeoutMs: ROW_LIMITS.askMs, signal })
    await pullDifferences(address, epoch, ask, this.#deps, signal)
  }

  #shuffle(members: readonly EpochMember[]): EpochMember[] {
    const { random, self } = this.#deps
    return members
      .filter(({ peer }) => peer !== self)
      .map((member) => ({ member, at: random.uniform() }))
      .sort((a, b) => a.at - b.at)
      .map(({ member }) => member)
  }
}
