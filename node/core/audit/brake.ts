/**
 * The brake: when verdicts of one event would write off more shards of a set than one failure can take, the auditor is suspected first.
 *
 * Placement puts at most ⌊m/d⌋ shards of a set into one domain. If more of them are written off within one hour, either several domains
 * failed at once, which heartbeats would have told, or whoever audits errs or lies. Verdicts and removals are then held back for the hour,
 * unless verifiers of most domains signed them. Copying and repair after lost heartbeats are never held back.
 *
 * @module
 */
import { domainLimit } from '../placement/rule.ts'

/** Verdicts this close to each other are one event. */
export const EVENT_MS = 3_600_000

/** A shard that was written off by audits. */
export interface WrittenOff {
  readonly index: number
  readonly atMs: number
  /** Verifiers whose verdicts did it, by domain. */
  readonly domains: readonly string[]
}

/**
 * True if writing off one more shard has to wait: this event has taken as many as it may, and the verdicts do not come from a majority
 * of the domains that verifiers are in.
 * @param before what audits wrote off of this set, at any time
 */
export function isBraked(
  set: { readonly parity: number; readonly survive: number },
  before: readonly WrittenOff[],
  next: WrittenOff,
  verifierDomains: number,
): boolean {
  const others = new Set(
    before.filter(({ index, atMs }) => index !== next.index && Math.abs(next.atMs - atMs) < EVENT_MS).map(({ index }) => index),
  )
  if (others.size < domainLimit(set)) return false
  return new Set(next.domains).size * 2 <= verifierDomains
}
