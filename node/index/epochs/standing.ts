/**
 * Where a member stands between two epochs: what it may acknowledge, and whether its word on absence counts. Pure.
 *
 * Two rules carry rows over from one epoch to the next (d = survive, R = replicas of a partition in the epoch before):
 * - complete: R − d members of the epoch before have handed the partition over. Whoever hands over has left that epoch for good, and
 *   a commit that it acknowledged was held by d + 1: so the two meet.
 * - in force: d + 1 members of the epoch before have left it, or all that stayed. A reader of the old epoch asks R − d members: so
 *   one of them sends it to the new epoch. (Members left out are the exception: they were found lost, or are being drained, the latter
 *   one of a partition at a time. Where two or more of one partition are left out at once, a reader that reaches nobody else still reads
 *   the old state.)
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { partitionMembers, readQuorum, writeQuorum, type Epoch } from '@lunarx/core/epoch'
import type { PeerId } from '@lunarx/core/membership'

export interface Standing {
  readonly current: Epoch
  /** The epoch before, as far as it is known; undefined for the first. */
  readonly previous: Epoch | undefined
  /** All partitions are complete in `current`. */
  readonly isMerged: boolean
  /** Members of `previous` that have handed over, this one included if it had merged that epoch. */
  readonly heard: ReadonlySet<PeerId>
  /** Members of `previous` that hold `current`, and so have left `previous`, this one included. */
  readonly left: ReadonlySet<PeerId>
}

/** May this member claim that it has all that was acknowledged in this partition before the epoch? */
export function isComplete(standing: Standing, partition: Uint8Array, crypto: CryptoEngine): boolean {
  if (standing.isMerged) return true
  if (!standing.previous) return false
  const before = partitionMembers(standing.previous, partition, crypto)
  return before.filter(({ peer }) => standing.heard.has(peer)).length >= readQuorum(standing.previous, before.length)
}

/** True if every partition there can be is complete: those that have not handed over sit in d domains at most. */
export function hasHeardAll({ previous, heard }: Standing): boolean {
  if (!previous) return false
  const silent = previous.members.filter(({ peer }) => !heard.has(peer))
  return silent.length < previous.members.length && new Set(silent.map(({ domain }) => domain)).size <= previous.survive
}

/** May a write of this partition be acknowledged in the epoch? */
export function isInForce({ current, previous, left }: Standing, partition: Uint8Array, crypto: CryptoEngine): boolean {
  if (!previous) return current.number === 1
  const now = new Set(current.members.map(({ peer }) => peer))
  const before = partitionMembers(previous, partition, crypto)
  const stayed = before.filter(({ peer }) => now.has(peer)).length
  return before.filter(({ peer }) => left.has(peer)).length >= Math.min(writeQuorum(previous), stayed)
}
