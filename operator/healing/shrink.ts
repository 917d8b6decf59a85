/**
 * shrink: fewer pods are wanted than there are → which peers to drain, which pods may go, or why none may. Pure, and judged anew each
 * time: a scale-up in the middle, or a loss after which the rest has no room, simply makes another answer.
 *
 * A peer may be asked to go although its pod stays: it is drained, and the pod starts again on an empty volume.
 *
 * A StatefulSet removes its highest ordinals only. A pod may go when every peer under its name is drained; its claim when it went with
 * that very peer. Whoever is not known to any tracker is not known to hold nothing: where there is no fleet to look at, all stay.
 *
 * @module
 */
import type { ErasureClass } from '@lunarx/core/model'
import type { FleetProvider } from '@lunarx/wire'
import type { Fleet } from './fleet.ts'
import { judgeRest, type Refusal } from './judge-rest.ts'
import type { Claim, Member } from './members.ts'

export interface PoolSize {
  /** Of the pool; pods are `name-0`, `name-1`, … */
  readonly name: string
  readonly wanted: number
  /** Pods that its StatefulSet asks for now. */
  readonly live: number
  readonly members: readonly Member[]
  readonly claims: readonly Claim[]
  /** Peers that are to be drained although their pods stay. */
  readonly asked?: readonly string[]
}

export interface ShrinkSight {
  readonly pool: PoolSize
  readonly fleet: Fleet | undefined
  readonly classes: readonly Pick<ErasureClass, 'name' | 'required' | 'parity' | 'survive' | 'zones' | 'copies'>[]
  /** d of rows. */
  readonly survive: number
}

/** A peer that is to go. */
export type Leaving = Pick<FleetProvider, 'name' | 'peer' | 'drain'>

export interface Shrink {
  /** The question that this answers. */
  readonly wanted: number
  /** Pods that there must be: the highest ordinal that is still needed, plus one. */
  readonly needed: number
  /** To be drained, in order of name; [] when no pod is to go, or none may. */
  readonly leaving: readonly Leaving[]
  /** Claims of drained peers whose pods are not wanted any more: they go once the pod is gone. */
  readonly spent: readonly Member[]
  /** Drained because they were asked to: claim and pod are made anew. */
  readonly emptied: readonly Member[]
  readonly refusal: Refusal | undefined
}

export const isDrained = ({ drain }: Pick<FleetProvider, 'drain'>): boolean => drain?.isDrained === true

/** Undefined for a pod of another pool. */
export function ordinalOf(pod: string, pool: string): number | undefined {
  const digits = pod.startsWith(`${pool}-`) ? pod.slice(pool.length + 1) : ''
  return /^(0|[1-9]\d{0,5})$/.test(digits) ? Number(digits) : undefined
}

/** Names of pods beyond what is wanted that run, or whose volumes are still there; highest ordinal last. */
function surplusPods({ name, wanted, live, claims }: PoolSize): { readonly pod: string; readonly ordinal: number }[] {
  const ordinals = new Set(claims.flatMap(({ pod }) => ordinalOf(pod, name) ?? []))
  for (let ordinal = wanted; ordinal < live; ordinal++) ordinals.add(ordinal)
  return [...ordinals]
    .filter((ordinal) => ordinal >= wanted)
    .sort((a, b) => a - b)
    .map((ordinal) => ({ pod: `${name}-${ordinal}`, ordinal }))
}

/** Nobody under this name has anything that is needed. */
function isFree(pod: string, { members }: PoolSize, { providers }: Fleet): boolean {
  const peers = providers.filter(({ name, declaredLost }) => name === pod && !declaredLost)
  const remembered = members.find(({ name }) => name === pod)
  const isForgotten = remembered !== undefined && !providers.some(({ peer }) => peer === remembered.peer)
  return peers.every(isDrained) && !isForgotten
}

export function planShrink({ pool, fleet, classes, survive }: ShrinkSight): Shrink {
  const { wanted, live, members, claims } = pool
  const stay = (refusal?: Refusal): Shrink => ({ wanted, needed: Math.max(wanted, live), leaving: [], spent: [], emptied: [], refusal })
  const surplus = surplusPods(pool)
  const isAsked = ({ peer, name }: FleetProvider): boolean =>
    (pool.asked?.includes(peer) ?? false) && ordinalOf(name, pool.name) !== undefined
  if (surplus.length === 0 && !fleet?.providers.some(isAsked)) return stay()
  if (fleet === undefined)
    return wanted < live ? stay({ reason: 'TrackersUnreachable', message: 'No tracker says what the pods hold.', figures: '' }) : stay()
  const pods = new Set(surplus.map(({ pod }) => pod))
  const leaving = fleet.providers.filter((one) => !one.declaredLost && (pods.has(one.name) || isAsked(one)))
  const refusal = leaving.length === 0 ? undefined : judgeRest(leaving, { fleet, classes, survive })
  if (refusal) return stay(refusal)
  const needed = Math.max(wanted, ...surplus.flatMap(({ pod, ordinal }) => (isFree(pod, pool, fleet) ? [] : [ordinal + 1])))
  const drained = members.filter(
    ({ name, peer, claim }) =>
      claims.some(({ pod, uid }) => pod === name && uid === claim) && leaving.some((one) => one.peer === peer && isDrained(one)),
  )
  const isBeyond = ({ name }: Member): boolean => (ordinalOf(name, pool.name) ?? 0) >= needed
  return {
    wanted,
    needed,
    leaving: leaving.map(({ name, peer, drain }) => ({ name, peer, drain })),
    spent: drained.filter((one) => pods.has(one.name) && isBeyond(one)),
    emptied: drained.filter(({ name }) => !pods.has(name)),
    refusal: undefined,
  }
}

export interface DrainOrder {
  readonly peer: string
  readonly isDraining: boolean
}

/** What one tracker is to be told of the peers of a pool, given what it says itself. Of one that is gone already, nothing. */
export function drainOrders(pool: string, { wanted, leaving, refusal }: Shrink, seen: readonly FleetProvider[]): DrainOrder[] {
  const going = new Set(leaving.map(({ peer }) => peer))
  return seen.flatMap(({ name, peer, declaredLost, drain }) => {
    const ordinal = ordinalOf(name, pool)
    if (declaredLost || ordinal === undefined) return []
    const isGoing = going.has(peer)
    const isStaying = ordinal < wanted || refusal !== undefined
    if (isGoing === (drain !== null) || !(isGoing || isStaying)) return []
    return [{ peer, isDraining: isGoing }]
  })
}
