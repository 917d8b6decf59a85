/**
 * Who leads, judged from a Lease. Pure. Expiry is what this process saw for how long, never a comparison of two machines' clocks.
 *
 * @module
 */
import { apiVersionOf, KINDS, type KubeObject, type Metadata } from './resource.ts'

export interface LeaseSpec {
  readonly holderIdentity?: string | undefined
  readonly leaseDurationSeconds?: number
  readonly acquireTime?: string
  readonly renewTime?: string
  readonly leaseTransitions?: number
}

export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec
}

/** The last record this process saw, and since when it has seen it unchanged (Clock.elapsed). Milliseconds. */
export interface Sighting {
  readonly record: string
  readonly sinceMs: number
}

export type Verdict = 'create' | 'renew' | 'take' | 'wait'

export function sight(lease: Lease | undefined, before: Sighting | undefined, nowMs: number): Sighting {
  const record = JSON.stringify([lease?.spec?.holderIdentity, lease?.spec?.renewTime, lease?.spec?.leaseTransitions])
  return before?.record === record ? before : { record, sinceMs: nowMs }
}

export function judgeLease(lease: Lease | undefined, self: string, sighting: Sighting, nowMs: number): Verdict {
  if (lease === undefined) return 'create'
  const { holderIdentity, leaseDurationSeconds = 0 } = lease.spec ?? {}
  if (holderIdentity === self) return 'renew'
  if (holderIdentity === undefined || holderIdentity === '') return 'take'
  return nowMs - sighting.sinceMs > leaseDurationSeconds * 1000 ? 'take' : 'wait'
}

/** MicroTime, as the API server wants it: six digits behind the second. */
export const microTime = (timeMs: number): string => new Date(timeMs).toISOString().replace('Z', '000Z')

export interface LeaseTerm {
  readonly self: string
  readonly durationSeconds: number
  /** Wall clock, for people who read the Lease. Milliseconds since 1970. */
  readonly timeMs: number
}

/** The Lease to write for `create`, `renew` or `take`. */
export function nextLease(metadata: Metadata, before: LeaseSpec | undefined, { self, durationSeconds, timeMs }: LeaseTerm): Lease {
  const isRenewal = before?.holderIdentity === self
  return {
    apiVersion: apiVersionOf(KINDS.lease),
    kind: KINDS.lease.kind,
    metadata,
    spec: {
      holderIdentity: self,
      leaseDurationSeconds: durationSeconds,
      acquireTime: isRenewal && before?.acquireTime !== undefined ? before.acquireTime : microTime(timeMs),
      renewTime: microTime(timeMs),
      leaseTransitions: isRenewal ? (before?.leaseTransitions ?? 0) : before === undefined ? 0 : (before.leaseTransitions ?? 0) + 1,
    },
  }
}

/** The Lease given back: the next one need not wait. */
export function releasedLease(lease: Lease, timeMs: number): Lease {
  return { ...lease, spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(timeMs) } }
}
