/**
 * What the trackers say of audits, as one picture. Pure. What each counts for itself adds up, none counting for much more than the others do
 * (node/wire/merge-statuses.ts); of what all know, what the middle one says.
 *
 * @module
 */
import { middleOf } from '@lunarx/core/membership'
import { boundedSum, countVerifiers, provedInAll, type AuditStatus, type ConvictionStatus, type ProviderAudit } from '@lunarx/wire'

export interface NetworkAudits {
  /** Leaves of each provider that keep the promise, and the time within which. */
  readonly promisedDraws: number
  readonly withinMs: number
  /** Leaves that the provider with the fewest has proved within that time, to all trackers together; maintenance aside. */
  readonly provedLeast: number
  /** Shards whose silence is being looked into, and those that count as missing for it. Each tracker counts what it has found. */
  readonly contained: number
  readonly silent: number
  /** Trackers that draw by the beacon, of those that audit. */
  readonly byBeacon: number
  readonly trackers: number
  /** Part of the round of watermarks that was asked: of the tracker that is the furthest behind, each having watermarks of its own. 0 … 1 */
  readonly swept: number
  /** Sets that were not swept this round, for their owners have not dealt keys. */
  readonly unkeyed: number
  /** The same, for their owners have shared them. */
  readonly shared: number
  /** Outside verifiers that some tracker knows, and those of them that none of these has heard of lately. */
  readonly verifiers: { readonly known: number; readonly silent: number }
  /** Tickets that were convicted, and what counts against trackers and owners for it: as the middle one of the trackers says. */
  readonly convictions: Convicted
  /** By peer: what the tracker that trusts it least says. */
  readonly standings: Readonly<Record<string, Standing>>
}

type Convicted = Pick<ConvictionStatus, 'kept' | 'trackers' | 'owners'>
type Standing = ProviderAudit['standing']['state'] | 'maintenance'
/** The worst last. */
const ORDER: readonly Standing[] = ['trusted', 'vetting', 'maintenance', 'suspended', 'expelled']

/** @param trackers that were asked, those without an answer included */
export function sumOfAudits(audits: readonly AuditStatus[], trackers: number): { readonly audit?: NetworkAudits } {
  const middle = middleOf(audits, ({ promisedDraws }) => promisedDraws)
  if (!middle) return {}
  const providers = Map.groupBy(
    audits.flatMap((audit) => audit.providers),
    ({ peer }) => peer,
  )
  const sum = (of: (audit: AuditStatus) => number): number => boundedSum(audits.map(of))
  const standings = Object.fromEntries([...providers].map(([peer, seen]) => [peer, worstOf(seen)]))
  const proved = [...providers]
    .filter(([peer]) => standings[peer] !== 'maintenance')
    .map(([, seen]) =>
      provedInAll(
        seen.map(({ provedLately }) => provedLately),
        middle.promisedDraws,
        trackers,
      ),
    )
  return {
    audit: {
      promisedDraws: middle.promisedDraws,
      withinMs: middle.promise.withinMs,
      provedLeast: proved.length > 0 ? Math.min(...proved) : 0,
      contained: sum(({ contained }) => contained),
      silent: sum(({ silent }) => silent),
      byBeacon: audits.filter(({ beaconRound }) => beaconRound !== null).length,
      trackers: audits.length,
      swept: Math.min(...audits.map(({ sweep }) => sweep.done)),
      unkeyed: sum(({ sweep }) => sweep.unkeyed),
      shared: sum(({ sweep }) => sweep.shared ?? 0),
      verifiers: countVerifiers(audits),
      convictions: convictionsOf(audits),
      standings,
    },
  }
}

function convictionsOf(audits: readonly AuditStatus[]): NetworkAudits['convictions'] {
  const told = middleOf(
    audits.flatMap(({ convictions }) => convictions ?? []),
    ({ kept }) => kept,
  )
  return { kept: told?.kept ?? 0, trackers: told?.trackers ?? [], owners: told?.owners ?? [] }
}

const worstOf = (seen: readonly ProviderAudit[]): Standing =>
  seen
    .map(({ standing, maintenance }): Standing => (maintenance && standing.state !== 'expelled' ? 'maintenance' : standing.state))
    .reduce((worst, one) => (ORDER.indexOf(one) > ORDER.indexOf(worst) ? one : worst), 'trusted')
