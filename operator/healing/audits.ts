/**
 * What several trackers say of audits, as one view. Pure. Each counts what it asked itself, so that sums count every answer once, and none
 * counts for much more than the others do (node/wire/merge-statuses.ts); of standings, that of the tracker that trusts a provider least.
 *
 * @module
 */
import { middleOf } from '@lunarx/core/membership'
import {
  boundedSum,
  countVerifiers,
  provedInAll,
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
  /** Part of the round of watermarks that was asked, of the tracker that is the furthest behind: each has watermarks of its own. 0 … 100 */
  readonly sweptPercent: number
  /** Shards whose silence is being looked into, and those that count as missing for it. */
  readonly contained: number
  readonly missing: number
  readonly verdicts: Verdicts
  /** Outside verifiers that some tracker knows, and those of them that none of these has heard of lately. */
  readonly verifiers: { readonly known: number; readonly silent: number }
  /** Tickets that were convicted, as the middle one says of the trackers: each learns what others know. */
  readonly convictions: number
  /** Newest first, by the clocks of those that keep them; of each tracker about as many, so that none fills the list. */
  readonly newest: readonly TranscriptHead[]
}

/** The worst last. */
const ORDER: readonly Standing[] = ['trusted', 'vetting', 'maintenance', 'suspended', 'expelled']
/** Draws come by chance: nine of ten that are to be expected are as good as all. */
const AS_GOOD_AS_ALL = 0.9
/** That are named. */
const NEWEST = 10
/** Leaves of one order, of all trackers together. */
const ORDERED_LEAVES = 64

const NONE: Verdicts = { proved: 0, disproved: 0, lost: 0, silent: 0 }
const add = (a: Verdicts, b: Verdicts): Verdicts => ({
  proved: a.proved + b.proved,
  disproved: a.disproved + b.disproved,
  lost: a.lost + b.lost,
  silent: a.silent + b.silent,
})

/** Of one provider, by several trackers. @param slack as `bounded` has it */
function sumOf(told: readonly Verdicts[], slack?: number): Verdicts {
  const of = (verdict: keyof Verdicts): number =>
    boundedSum(
      told.map((one) => one[verdict]),
      slack,
    )
  return { proved: of('proved'), disproved: of('disproved'), lost: of('lost'), silent: of('silent') }
}

const standingOf = ({ standing, maintenance }: ProviderAudit): Standing =>
  maintenance && standing.state !== 'expelled' ? 'maintenance' : standing.state

function mergeOrders(orders: readonly AuditOrder[]): OrderSeen[] {
  return [...Map.groupBy(orders, ({ id }) => id)].map(([id, those]) => ({
    id,
    verdicts: sumOf(
      those.map(({ verdicts }) => verdicts),
      ORDERED_LEAVES,
    ),
    trackers: those.length,
    isOver: those.every(({ isOver }) => isOver),
  }))
}

interface Promised {
  readonly draws: number
  /** Of the network. */
  readonly trackers: number
}

const provedShare = (seen: readonly ProviderAudit[], { draws, trackers }: Promised): number =>
  provedInAll(
    seen.map(({ provedLately }) => provedLately),
    draws,
    trackers,
  ) / Math.max(draws, 1)

function mergeProvider(seen: readonly ProviderAudit[], promised: Promised): ProviderAudits {
  const [worst] = seen.toSorted((a, b) => ORDER.indexOf(standingOf(b)) - ORDER.indexOf(standingOf(a)))
  const share = provedShare(seen, promised)
  return {
    standing: worst ? standingOf(worst) : 'vetting',
    reason: worst?.standing.reason ?? '',
    coverage: share === 0 ? 'None' : share >= AS_GOOD_AS_ALL ? 'Full' : 'Partial',
    verdicts: sumOf(seen.map(({ draws }) => draws)),
    orders: mergeOrders(seen.flatMap(({ order }) => order ?? [])),
  }
}

/** Undefined: no tracker that answered audits anything. */
export function mergeAudits(statuses: readonly Pick<TrackerStatus, 'audit'>[], desired: number): FleetAudits | undefined {
  const audits: AuditStatus[] = statuses.flatMap(({ audit }) => audit ?? [])
  const draws = middleOf(audits, ({ promisedDraws }) => promisedDraws)?.promisedDraws
  if (draws === undefined) return undefined
  const promised = { draws, trackers: desired }
  const seen = Map.groupBy(
    audits.flatMap(({ providers }) => providers),
    ({ peer }) => peer,
  )
  const providers = new Map([...seen].map(([peer, those]) => [peer, mergeProvider(those, promised)]))
  const shares = [...seen].flatMap(([peer, those]) =>
    providers.get(peer)?.standing === 'maintenance' ? [] : [provedShare(those, promised)],
  )
  const least = shares.length === 0 ? 0 : Math.min(...shares)
  return {
    trackers: audits.length,
    isWhole: audits.length >= desired,
    providers,
    coveredPercent: least >= AS_GOOD_AS_ALL ? 100 : Math.floor(least * 100),
    sweptPercent: Math.floor(100 * Math.min(...audits.map(({ sweep }) => sweep.done))),
    contained: boundedSum(audits.map(({ contained }) => contained)),
    missing: boundedSum(audits.map(({ silent }) => silent)),
    verdicts: [...providers.values()].map(({ verdicts }) => verdicts).reduce(add, NONE),
    verifiers: countVerifiers(audits),
    convictions:
      middleOf(
        audits.map(({ convictions }) => convictions?.kept ?? 0),
        Number,
      ) ?? 0,
    newest: newestOf(audits.map(({ newest = [] }) => newest)),
  }
}

/** Of each tracker the newest in turn, by its own clock; one that several keep was kept when the middle one of them says. */
function newestOf(kept: readonly (readonly TranscriptHead[])[]): TranscriptHead[] {
  const times = Map.groupBy(kept.flat(), ({ id }) => id)
  const sorted = kept.map((heads) => heads.toSorted(newestFirst))
  const inTurn = Array.from({ length: NEWEST }, (_, turn) => sorted.flatMap((heads) => heads[turn] ?? [])).flat()
  const named = [...new Map(inTurn.map((head) => [head.id, head])).values()].slice(0, NEWEST)
  return named.map((head) => middleOf(times.get(head.id) ?? [], ({ keptMs }) => keptMs) ?? head).sort(newestFirst)
}

const newestFirst = (a: TranscriptHead, b: TranscriptHead): number => b.keptMs - a.keptMs || (a.id < b.id ? -1 : 1)
