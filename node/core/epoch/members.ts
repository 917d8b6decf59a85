/**
 * Which members of an epoch hold a partition: rendezvous hashing (Thaler, Ravishankar 1998), one member per domain at most.
 *
 * A member that joins or leaves moves one replica of a partition at most, and only of the partitions it gains or held.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { compareBytes, utf8 } from '../model/bytes.ts'
import type { Epoch, EpochMember } from './document.ts'

const PREFIX = utf8('lunarx/rendezvous/1\0')

/** R = d + 2 replicas, so that d + 1 acknowledge while one is away. */
export const replicaCount = (survive: number): number => survive + 2

/** Members that must hold a commit before it is acknowledged: d + 1. */
export const writeQuorum = (epoch: Pick<Epoch, 'survive'>): number => epoch.survive + 1

/**
 * Complete answers that prove an absence (or that nothing newer is there), and handovers that make a new member complete: R − d,
 * R being the replicas there are. With the write quorum they exceed R, so that the two always meet in a member.
 */
export const readQuorum = (epoch: Pick<Epoch, 'survive'>, replicas: number): number => Math.max(1, replicas - epoch.survive)

/**
 * The members that hold this partition, best first, in distinct domains: d + 2, or as many as there are domains.
 * `planEpoch` never issues an epoch with fewer than d + 2.
 */
export function partitionMembers(epoch: Pick<Epoch, 'survive' | 'members'>, partition: Uint8Array, crypto: CryptoEngine): EpochMember[] {
  const ranked = epoch.members
    .map((member) => ({ member, score: crypto.sha256(PREFIX, partition, utf8(member.peer)) }))
    .sort((a, b) => compareBytes(a.score, b.score))
  const chosen = new Map<string, EpochMember>()
  for (const { member } of ranked) {
    if (chosen.size === replicaCount(epoch.survive)) break
    if (!chosen.has(member.domain)) chosen.set(member.domain, member)
  }
  return [...chosen.values()]
}
