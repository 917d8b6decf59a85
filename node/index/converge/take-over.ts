/**
 * On a new epoch: tells all who are in it or were in the one before, and takes over from those of the one before, until every
 * partition is complete here. Members that do not answer are asked again as long as the epoch lasts.
 *
 * @module
 */
import type { EpochMember } from '@lunarx/core/epoch'
import type { PeerId } from '@lunarx/core/membership'
import type { Clock } from '@lunarx/runtime/clock'
import type { Random } from '@lunarx/runtime/random'
import { Limit, pauseMs } from '@lunarx/runtime/tasks'
import type { Log } from '@lunarx/runtime/log'
import { announceEpoch, handover } from '@lunarx/wire'
import { askPeer } from '../ask/index.ts'
import type { EpochFetcher, EpochKeeper } from '../epochs/index.ts'
import { ROW_LIMITS } from '../limits.ts'
import { pullDifferences, type PullDeps } from './pull.ts'

export interface TakeOverDeps extends PullDeps {
  readonly epochs: EpochKeeper
  readonly fetcher: EpochFetcher
  readonly self: PeerId
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** Members still to be told of the epoch, or to be taken over from. */
function pending(told: ReadonlySet<PeerId>, { epochs, self }: TakeOverDeps): EpochMember[] {
  const { standing } = epochs
  if (!standing) return []
  const members = new Map([...(standing.previous?.members ?? []), ...standing.current.members].map((member) => [member.peer, member]))
  const isDone = ({ peer }: EpochMember) => told.has(peer) && (standing.isMerged || standing.heard.has(peer) || !wasMember(peer))
  const wasMember = (peer: PeerId) => standing.previous?.members.some((member) => member.peer === peer) ?? false
  return [...members.values()].filter((member) => member.peer !== self && !isDone(member))
}

export class TakeOver {
  readonly #deps: TakeOverDeps
  readonly #limit = new Limit({ concurrent: ROW_LIMITS.takeOverAtOnce, queued: ROW_LIMITS.members })
  readonly #failed = new Map<PeerId, { readonly failures: number; readonly nextMs: number }>()
  #told = new Set<PeerId>()
  #epoch = 0

  constructor(deps: TakeOverDeps) {
    this.#deps = deps
  }

  /** One look at everybody who is pending. Failures are logged: the next look tries again. */
  async pass(signal: AbortSignal): Promise<void> {
    const { epochs, fetcher, clock } = this.#deps
    if (epochs.lacksPrevious) fetcher.seek()
    if (epochs.number !== this.#epoch) {
      this.#told = new Set()
      this.#failed.clear()
    }
    this.#epoch = epochs.number
    const due = pending(this.#told, this.#deps).filter(({ peer }) => (this.#failed.get(peer)?.nextMs ?? 0) <= clock.elapsed())
    await Promise.all(due.map((member) => this.#limit.run(() => this.#visit(member, signal))))
  }

  async #visit(member: EpochMember, signal: AbortSignal): Promise<void> {
    const { epochs, log } = this.#deps
    const { standing, number } = epochs
    if (signal.aborted || number !== this.#epoch || !standing) return
    try {
      if (!this.#told.has(member.peer)) await this.#tell(member, signal)
      const isSource = !standing.isMerged && standing.previous?.members.some(({ peer }) => peer === member.peer)
      if (isSource && this.#told.has(member.peer)) await this.#takeFrom(member, number, signal)
      this.#failed.delete(member.peer)
    } catch (error) {
      this.#noteFailure(member.peer)
      if (!signal.aborted) log.debug('member could not be taken over from', { member: member.name, epoch: number, error })
    }
  }

  #noteFailure(peer: PeerId): void {
    const { clock, random } = this.#deps
    const failures = (this.#failed.get(peer)?.failures ?? 0) + 1
    this.#failed.set(peer, { failures, nextMs: clock.elapsed() + pauseMs(failures, { firstPauseMs: 500, maxPauseMs: 15_000, random }) })
  }

  /** A member of the epoch before that has this epoch has left the other. */
  async #tell(member: EpochMember, signal: AbortSignal): Promise<void> {
    const { peers, epochs, fetcher } = this.#deps
    const [document] = epochs.documents
    const number = epochs.number
    if (!document) return
    const answer = await askPeer(peers, member.address, announceEpoch, { epoch: document }, { timeoutMs: ROW_LIMITS.askMs, signal })
    if (answer.number > number) await fetcher.fetchFrom(member.address, signal)
    if (answer.number < number || epochs.number !== number) return
    this.#told.add(member.peer)
    await epochs.noteLeft(member.peer, number)
  }

  async #takeFrom({ peer, address }: EpochMember, epoch: number, signal: AbortSignal): Promise<void> {
    const { peers, epochs, log } = this.#deps
    const ask = (after: Uint8Array | null) => askPeer(peers, address, handover, { epoch, after }, { timeoutMs: ROW_LIMITS.askMs, signal })
    await pullDifferences(address, epoch, ask, this.#deps, signal)
    await epochs.noteHeard(peer, epoch)
    if (epochs.standing?.isMerged) log.info('epoch merged', { epoch: epochs.number })
  }
}
