/**
 * Judges questions by the epoch they name, and remembers which members a partition has.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { partitionMembers, type EpochMember } from '@lunarx/core/epoch'
import type { PeerId } from '@lunarx/core/membership'
import { hexOf, LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import { ROW_LIMITS } from '../limits.ts'
import type { EpochFetcher } from './fetch.ts'
import type { EpochKeeper } from './keep.ts'
import { isComplete, isInForce, type Standing } from './standing.ts'

export interface GateDeps {
  readonly epochs: EpochKeeper
  readonly fetcher: EpochFetcher
  readonly crypto: CryptoEngine
  readonly clock: Clock
  readonly self: PeerId
}

export class EpochGate {
  readonly #deps: GateDeps
  readonly #members = new Map<string, readonly EpochMember[]>()
  #epochOfMembers = 0

  constructor(deps: GateDeps) {
    this.#deps = deps
  }

  /**
   * The standing in this epoch, which must be the newest one here.
   * @throws {LunarError} STALE_EPOCH with `current`, the number of the newest epoch here (0: none yet)
   */
  require(number: number): Standing {
    const { epochs, fetcher } = this.#deps
    const { standing } = epochs
    if (standing?.current.number === number) return standing
    if (number > epochs.number) fetcher.seek()
    throw new LunarError('STALE_EPOCH', 'this member is in another epoch', { detail: { asked: number, current: epochs.number } })
  }

  /** True if the epoch is still the newest one here. */
  isCurrent(number: number): boolean {
    return this.#deps.epochs.number === number
  }

  /** Members of a partition in the newest epoch, best first. */
  members(partition: Uint8Array, { current }: Standing): readonly EpochMember[] {
    if (current.number !== this.#epochOfMembers || this.#members.size >= ROW_LIMITS.rememberedPartitions) this.#members.clear()
    this.#epochOfMembers = current.number
    const key = hexOf(partition)
    const known = this.#members.get(key)
    if (known) return known
    const members = partitionMembers(current, partition, this.#deps.crypto)
    this.#members.set(key, members)
    return members
  }

  isMember(partition: Uint8Array, peer: PeerId, standing: Standing): boolean {
    return this.members(partition, standing).some((member) => member.peer === peer)
  }

  /** @throws {LunarError} BAD_MESSAGE if the partition is placed elsewhere */
  requireOwn(partition: Uint8Array, standing: Standing): void {
    if (!this.isMember(partition, this.#deps.self, standing))
      throw new LunarError('BAD_MESSAGE', 'the partition is not placed with this member', { detail: { epoch: standing.current.number } })
  }

  /** May this member claim absence in the partition now? */
  isComplete(number: number, partition: Uint8Array): boolean {
    const { standing } = this.#deps.epochs
    return standing?.current.number === number && isComplete(standing, partition, this.#deps.crypto)
  }

  /**
   * Waits until writes of this partition may be acknowledged in the epoch: members of the epoch before are told at once, so this
   * takes long only when too many of them are away.
   * @throws {LunarError} NOT_ENOUGH_REPLICAS after 5 s, STALE_EPOCH when a newer epoch came
   */
  async waitInForce(number: number, partition: Uint8Array, signal: AbortSignal): Promise<void> {
    const { clock, crypto } = this.#deps
    const untilMs = clock.elapsed() + ROW_LIMITS.forceWaitMs
    while (!isInForce(this.require(number), partition, crypto)) {
      if (clock.elapsed() >= untilMs)
        throw new LunarError('NOT_ENOUGH_REPLICAS', 'too few members have left the epoch before', { detail: { epoch: number } })
      await clock.sleep(ROW_LIMITS.forceLookMs, signal)
    }
  }
}
