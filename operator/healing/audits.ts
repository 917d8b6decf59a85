/**
 * What several trackers say of audits, as one view. Pure. Each counts what it asked itself, so that sums count every answer once; of
 * standings, that of the tracker that trusts a provider least.
 *
 * @module
 */
import {
  countVerifiers,
  type AuditOrder,
  type AuditStatus,
  type ProviderAudit,
  type TrackerStatus,
  type TranscriptHead,
} from '@lunarx/wire'

type Verdicts = ProviderAudit['draws']
export type Standing = ProviderAudit['standing']['state'] | 'maintenance'
/** None: it proved nothing within the time of the promise. Full: as much as the promise asks for, chance aside. */
export type AuditCoverage = 'None' | 'Partial' | 'Full'

/** An order, as far as the trackers that took it are with it. */
export interface OrderSeen {
  readonly id: string
  readonly verdicts: Verdicts
  readonly trackers: number
  readonly isOver: boolean
}

export interface ProviderAudits {
  readonly standing: Standing
  readonly reason: string
  readonly coverage: AuditCoverage
  readonly verdicts: Verdicts
  readonly orders: readonly OrderSeen[]
}

export interface FleetAudits {
  /** Trackers that audit and have answered, and whether these are all: where some are away, sums say too little. */
  readonly trackers: number
  readonly isWhole: boolean
  readonly providers: ReadonlyMap<string, ProviderAudits>
  /** Of the leaves that keep the promise, those that the provider with the fewest has proved; maintenance aside. 0 … 100 */
  readonly coveredPercent: number
  /** Part of the round of watermarks that was asked, of the tracker that is the furthest behind. 0 … 100 */
  readonly sweptPercent: number
  /** Shards whose silence is being looked into, and those that count as missing for it. */
  readonly contained: number
  readonly missing: number
  readonly verdicts: Verdicts
  /** Outside verifiers that some tracker knows, and those of them that none of these has heard of lately. */
  readonly verifiers: { readonly known: number; readonly silent: number }
  /** Tickets that were convicted, as the tracker says that knows the most. */
  readonly convictions: number
  /** Newest first. */
  readonly newest: readonly TranscriptHead[]
}

/** The worst last. */
const ORDER: readonly Standing[] = ['trusted', 'vetting', 'maintenance', 'suspended', 'expelled']
/** Draws come by chance: nine of ten that are to be expected are as good as all. */
const AS_GOOD_AS_ALL = 0.9
/** That are named. */
const NEWEST = 10

const NONE: Verdicts = { proved: 0, disproved: 0, lost: 0, silent: 0 }
const add = (a: Verdicts, b: Verdicts): Verdicts => ({
  proved: a.proved + b.proved,
  disproved: a.disproved + b.disproved,
  lost: a.lost + b.lost,
  silent: a.silent + b.silent,
})

const standingOf = ({ standing, maintenance }: ProviderAudit): Standing =>
  maintenance && standing.state !== 'expelled' ? 'maintenance' : standing.state

function mergeOrders(orders: readonly AuditOrder[]): OrderSeen[] {
  return [...Map.groupBy(orders, ({ id }) => id)].map(([id, those]) => ({
    id,
    verdicts: those.map(({ verdicts }) => verdicts).reduce(add, NONE),
    trackers: those.length,
    isOver: those.every(({ isOver }) => isOver),
  }))
}

const provedShare = (seen: readonly ProviderAudit[], promisedDraws: number): number =>
  seen.reduce((sum, { provedLately }) => sum + provedLately, 0) / Math.max(promisedDraws, 1)

function mergeProvider(seen: readonly ProviderAudit[], promisedDraws: number): ProviderAudits {
  const [worst] = seen.toSorted((a, b) => ORDER.indexOf(standingOf(b)) - ORDER.indexOf(standingOf(a)))
  const share = provedShare(seen, promisedDraws)
  return {
    standing: worst ? standingOf(worst) : 'vetting',
    reason: worst?.standing.reason ?? '',
    coverage: share === 0 ? 'None' : share >= AS_GOOD_AS_ALL ? 'Full' : 'Partial',
    verdicts: seen.map(({ draws }) => draws).reduce(add, NONE),
    orders: mergeOrders(seen.flatMap(({ order }) => order ?? [])),
  }
}

/** Undefined: no tracker that answered audits anything. */
export function mergeAudits(statuses: readonly Pick<TrackerStatus, 'audit'>[], desired: number): FleetAudits | undefined {
  const audits: AuditStatus[] = statuses.flatMap(({ audit }) => audit ?? [])
  const promisedDraws = audits[0]?.promisedDraws
  if (promisedDraws === undefined) return undefined
  const seen = Map.groupBy(
    audits.flatMap(({ providers }) => providers),
    ({ peer }) => peer,
  )
  const providers = new Map([...seen].map(([peer, those]) => [peer, mergeProvider(those, promisedDraws)]))
  const shares = [...seen].flatMap(([peer, those]) =>
    providers.get(peer)?.standing === 'maintenance' ? [] : [provedShare(those, promisedDraws)],
  )
  const least = shares.length === 0 ? 0 : Math.min(...shares)
  const heads = new Map(audits.flatMap(({ newest = [] }) => newest).map((head) => [head.id, head]))
  return {
    trackers: audits.length,
    isWhole: audits.length >= desired,
    providers,
    coveredPercent: least >= AS_GOOD_AS_ALL ? 100 : Math.floor(least * 100),
    sweptPercent: Math.floor(100 * Math.min(...audits.map(({ sweep }) => sweep.done))),
    contained: audits.reduce((sum, { contained }) => sum + contained, 0),
    missing: audits.reduce((sum, { silent }) => sum + silent, 0),
    verdicts: [...providers.values()].map(({ verdicts }) => verdicts).reduce(add, NONE),
    verifiers: countVerifiers(audits),
    convictions: Math.max(...audits.map(({ convictions }) => convictions?.kept ?? 0)),
    newest: [...heads.values()].sort((a, b) => b.keptMs - a.keptMs || (a.id < b.id ? -1 : 1)).slice(0, NEWEST),
  }
}
