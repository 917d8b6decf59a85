/**
 * shrink-trackers: fewer trackers are wanted than there are → which one goes next, how far it has come, or why none may. Pure, and judged
 * anew each time.
 *
 *   wait → leave out → roll out → hand over → remove
 *
 * One tracker of the network at a time, the highest ordinal of its pool. First the configuration names it no more; once every pod has
 * started with that, the leaving tracker knows that it is to hand over what it has, and says when every owner has it; then its pod goes.
 * What is begun is remembered by the configuration itself: it goes on after whatever restart, and is taken back by naming the tracker
 * again.
 *
 * @module
 */
import type { TrackerStatus } from '@lunarx/wire'
import type { Rollout } from './rollout.ts'

export interface TrackerPoolSize {
  /** Of the pool; pods are `name-0`, `name-1`, … */
  readonly name: string
  readonly wanted: number
  /** Pods that its StatefulSet asks for now. */
  readonly live: number
}

export interface TrackersSight {
  /** Of the network. */
  readonly pools: readonly TrackerPoolSize[]
  /** 2d + 1: on so many trackers a record lives. */
  readonly copies: number
  /** Whether the configuration in force names this pod. True where there is none. */
  readonly isNamed: (pod: string) => boolean
}

export interface NextTracker {
  readonly pool: string
  readonly pod: string
  /** The configuration in force names it no more. */
  readonly isLeftOut: boolean
}

export interface TrackersPlan {
  /** Why no tracker goes although fewer are wanted. */
  readonly refusal?: { readonly reason: 'TooFewTrackers'; readonly message: string }
  /** The one that goes next; none: no pool is too large, or none may shrink. */
  readonly next?: NextTracker
}

/** Which tracker goes next. One that is left out already comes first, so that never two are. */
export function planTrackers({ pools, copies, isNamed }: TrackersSight): TrackersPlan {
  const shrinking = pools.filter(({ wanted, live }) => wanted < live)
  if (shrinking.length === 0) return {}
  const staying = pools.reduce((sum, { wanted }) => sum + wanted, 0)
  if (staying < copies)
    return {
      refusal: {
        reason: 'TooFewTrackers',
        message: `Every record lives on ${copies} trackers, twice spec.survive of the network and one; ${staying} would stay.`,
      },
    }
  const candidates = shrinking.map(({ name, live }) => ({ pool: name, pod: `${name}-${live - 1}` }))
  const next = candidates.find(({ pod }) => !isNamed(pod)) ?? candidates[0]
  return next ? { next: { ...next, isLeftOut: !isNamed(next.pod) } } : {}
}

/** Pods of a pool that the configuration is to name. @param begins a tracker that is named is to be left out from now on */
export function namedReplicas({ name, wanted, live }: TrackerPoolSize, { next }: TrackersPlan, begins: boolean): number {
  if (wanted >= live) return wanted
  return next?.pool === name && (next.isLeftOut || begins) ? live - 1 : live
}

export type TrackerWord = Pick<TrackerStatus, 'name' | 'trackers' | 'handover'>

export interface LeaveSight {
  readonly next: NextTracker
  /** Pods of the trackers that stay. */
  readonly staying: readonly string[]
  /** What those say that answer, the one that leaves included. */
  readonly words: readonly TrackerWord[]
  readonly rollout: Rollout
}

/** How far a tracker has come on its way out. */
export interface Leave {
  readonly pod: string
  readonly reason: 'TrackersMissing' | 'RollingOut' | 'LeavingOut' | 'HandingOver' | 'RemovingPods'
  readonly message: string
  /** The configuration may name it no more. */
  readonly mayBeLeftOut: boolean
  /** Its pod and its volume may go. */
  readonly isHandedOver: boolean
}

/** A tracker's host is its pod's name, alone or before the first dot. */
const podOf = ({ address }: TrackerWord['trackers'][number]): string => address.host.split('.')[0] ?? ''

const isSame = (a: readonly string[], b: readonly string[]): boolean => [...a].sort().join() === [...b].sort().join()

const few = (names: readonly string[]): string =>
  names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')

type Waiting = Pick<Leave, 'reason' | 'message'>

function missing({ staying, words }: LeaveSight): Waiting | undefined {
  const silent = staying.filter((pod) => !words.some(({ name }) => name === pod))
  return silent.length === 0 ? undefined : { reason: 'TrackersMissing', message: `no answer from ${few(silent)}` }
}

/** Somebody still runs with another configuration than the one in force. */
function rolling({ next: { pod }, staying, words, rollout }: LeaveSight): Waiting | undefined {
  const behind = words.filter(({ name, trackers }) => {
    const known = trackers.map(podOf)
    return !isSame(name === pod ? known.filter((one) => one !== pod) : known, staying)
  })
  if (behind.length > 0)
    return { reason: 'RollingOut', message: `${few(behind.map(({ name }) => name))} still to start with the new configuration` }
  if (rollout.kind === 'settled') return undefined
  const why = rollout.kind === 'wait' ? `: ${rollout.message}` : ''
  return { reason: 'RollingOut', message: `pods are still to start with the new configuration${why}` }
}

/** What the tracker itself says. */
function handing({ next: { pod }, words }: LeaveSight): Waiting | undefined {
  const word = words.find(({ name }) => name === pod)
  if (word === undefined) return { reason: 'TrackersMissing', message: 'no answer from it; what it has is handed over when it is back' }
  if (word.handover === undefined) return { reason: 'RollingOut', message: 'it is still to start with the new configuration' }
  const { left, compared, trackers, isDone } = word.handover
  if (isDone) return undefined
  return { reason: 'HandingOver', message: `${left} records left to confirm; ${compared} of ${trackers} trackers compared` }
}

export function judgeLeave(sight: LeaveSight): Leave {
  const { next, rollout } = sight
  const { pod, isLeftOut } = next
  const say = ({ reason, message }: Waiting, may: Partial<Leave> = {}): Leave => ({
    pod,
    reason,
    message: `${pod}: ${message}.`,
    mayBeLeftOut: false,
    isHandedOver: false,
    ...may,
  })
  const absent = missing(sight)
  if (absent) return say(absent)
  if (!isLeftOut) {
    if (rollout.kind !== 'settled')
      return say({ reason: 'RollingOut', message: `pods are being replaced${rollout.kind === 'wait' ? `: ${rollout.message}` : ''}` })
    return say({ reason: 'LeavingOut', message: 'about to be left out of the configuration' }, { mayBeLeftOut: true })
  }
  const waiting = rolling(sight) ?? handing(sight)
  if (waiting) return say(waiting)
  return say({ reason: 'RemovingPods', message: 'everything handed over' }, { isHandedOver: true })
}
