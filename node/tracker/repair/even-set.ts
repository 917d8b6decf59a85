/**
 * even out, for one set: look again → read the shard from where it lies → verify → store → commit → have its holder give way.
 *
 * The set has all its shards at every moment: the copy is confirmed before its first holder is told to give way, and that one reads the copy
 * whole before it does. What goes wrong leaves a shard with two holders, which is no harm.
 *
 * @module
 */
import { readDocument, SEGMENT_RECORD, type SegmentRecord, type SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { poolRule, ruleOf, signedRule, type PlacementRule } from '@lunarx/core/placement'
import type { KnownSet } from '../map/index.ts'
import { statedClaims } from '../place/index.ts'
import { fetchRight } from './absolve-shards.ts'
import type { WideSight } from './even-sight.ts'
import { planEvenStep, type EvenSet, type EvenStep } from './even-step.ts'
import { giveWay, isSparable, type Surplus } from './give-way.ts'
import { askOwners, type HealDeps } from './heal-set.ts'
import type { MovesUnderWay } from './moves-under-way.ts'
import { settleShards } from './settle-shards.ts'

export interface EvenSetDeps extends HealDeps {
  readonly underWay: Pick<MovesUnderWay, 'begin'>
  /** So many bytes are read or written now. */
  readonly spend: (bytes: number) => void
  /** Nothing has come up that goes first. */
  readonly mayGoOn: () => boolean
}

/** nothing: there is none to take; done: a shard has moved, or one that was held twice is held once; failed: it is to be tried again. */
export type EvenOutcome = 'nothing' | 'done' | 'failed'

/** What is to be done with a set, as far as its summary says. */
export function stepOf(set: KnownSet, { map, classes }: Pick<HealDeps, 'map' | 'classes'>, sight: WideSight): EvenStep | undefined {
  const holders = map.statements.holders(set.hex)
  return planStep({ ...set, rules: rulesOf(set, { classes }), holders, isAllowed: () => true }, sight)
}

/** Found among all, and decided by what its holders and those that are offered say now. */
function planStep(set: EvenSet, sight: WideSight): EvenStep | undefined {
  const found = planEvenStep(set, sight)
  if (!found) return undefined
  const offered = found.kind === 'move' ? found.to : []
  return planEvenStep(set, sight.near([...new Set([...set.holders.map(({ peer }) => peer), ...offered])]))
}

const rulesOf = (set: Parameters<typeof ruleOf>[0], { classes }: Pick<HealDeps, 'classes'>): PlacementRule[] => [
  signedRule(set),
  ruleOf(set, classes),
]

/** @throws {LunarError} STORE_FAILED */
export async function evenSet(set: KnownSet, sight: WideSight, deps: EvenSetDeps, signal: AbortSignal): Promise<EvenOutcome> {
  const document = await deps.map.records.document(set.id)
  if (!document) return 'nothing'
  const record = readDocument(SEGMENT_RECORD, document)
  const rules = rulesOf(record, deps)
  const isOnPool = poolRule(record, deps.classes)
  const isAllowed = (peer: PeerId): boolean => isOnPool(deps.fleet.poolOf(peer))
  const plan = (): EvenStep | undefined => planStep({ ...set, rules, holders: deps.map.statements.holders(set.hex), isAllowed }, sight)
  if (!plan()) return 'nothing'
  await askOwners(set, deps, signal)
  const step = plan()
  if (!step) return 'nothing'
  const surplus = step.kind === 'move' ? await copy(set, record, document, step, deps, signal) : step
  if (!surplus) return 'failed'
  deps.underWay.begin([surplus.peer, surplus.twin], set.shardBytes)
  return (await letGo(set, record, surplus, deps, signal)) ? 'done' : 'failed'
}

/** Undefined: it could not be read, or found no place. */
async function copy(
  set: KnownSet,
  record: SegmentRecord,
  document: SignedDocument,
  { index, from, to }: Extract<EvenStep, { kind: 'move' }>,
  deps: EvenSetDeps,
  signal: AbortSignal,
): Promise<Surplus | undefined> {
  deps.spend(2 * set.shardBytes)
  const bytes = await fetchRight(set, record, { index, peer: from }, deps, signal)
  if (!bytes) return undefined
  const shards = [{ index, bytes }]
  await settleShards({ set, record, document, shards, mayRelax: false, giving: from, among: to }, deps, signal)
  const twin = statedClaims(set.id, deps.map).find((claim) => claim.index === index && to.includes(claim.peer))?.peer
  return twin === undefined ? undefined : { index, peer: from, twin }
}

/** Judged anew: time has passed since the plan. */
async function letGo(set: KnownSet, record: SegmentRecord, surplus: Surplus, deps: EvenSetDeps, signal: AbortSignal): Promise<boolean> {
  const { fleet, map, ring, watch } = deps
  const isThere = ({ peer }: { readonly peer: string }): boolean => fleet.standing(peer)?.state === 'alive' && !fleet.isDraining(peer)
  const claims = statedClaims(set.id, map).filter(isThere)
  const isHeld = claims.some(({ index, peer }) => index === surplus.index && peer === surplus.twin)
  const isWhole = watch.assess(set).missing.length === 0
  if (!isHeld || !isWhole || !ring.isFirst(set.id) || !deps.mayGoOn()) return false
  if (!isSparable(surplus.peer, claims, rulesOf(record, deps), fleet)) return false
  deps.spend(set.shardBytes)
  if (!(await giveWay(set, surplus, deps, signal))) return false
  fleet.release(surplus.peer, set.shardBytes)
  return true
}
