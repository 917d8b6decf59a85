/**
 * lost nodes: a node that is gone takes its local volumes with it. Pods of a StatefulSet stay bound to them for ever, so that after a
 * grace period pod and claim are released, and a new provider (or tracker) comes up elsewhere on an empty volume. Pure.
 *
 * Shards heal from heartbeats long before: this is about pods. A volume that another node can reach is left to Kubernetes, which alone
 * can tell that nobody writes to it any more. Nothing is released whose shards may still be needed.
 *
 * @module
 */
import type { FleetProvider } from '@lunarx/wire'
import { smallestMargin, type Fleet } from './fleet.ts'

export interface LostNodePolicy {
  readonly policy: 'Replace' | 'Wait'
  /** For nodes that merely do not answer. */
  readonly afterMs: number
}

/** A node from which a volume can be used. */
export interface Home {
  readonly node: string
  /** Since when it does not answer, milliseconds since 1970; `for-good`: a person took it out of service; undefined: it answers. */
  readonly gone: number | 'for-good' | undefined
}

/** A pod that is not ready, and from where its volume can be used. */
export interface StrandedPod {
  readonly name: string
  readonly component: 'tracker' | 'provider' | 'verifier'
  readonly pod: { readonly uid: string } | undefined
  readonly claim: { readonly name: string; readonly uid: string }
  /** Those that exist. []: none does, its Node was deleted. */
  readonly homes: readonly Home[]
}

export interface LostNodeSight {
  readonly stranded: readonly StrandedPod[]
  readonly policy: LostNodePolicy
  /** Undefined: no tracker answers. */
  readonly fleet: Fleet | undefined
  readonly trackers: { readonly desired: number; readonly reachable: number }
  readonly nowMs: number
}

export type LostNodeReason = 'PolicyWait' | 'GracePeriod' | 'StillNeeded' | 'TrackersUnreachable' | 'Replacing'

export interface LostPod {
  readonly stranded: StrandedPod
  /** Peers that lived on the volume and are not declared lost yet. */
  readonly peers: readonly string[]
  /** Replacing: pod and claim are to be released now. */
  readonly reason: LostNodeReason
  /** For a person: what is waited for, and what to do. Without figures that change from look to look. */
  readonly message: string
}

/** Since when the volume cannot be reached from anywhere; undefined: it can. */
function goneSince(homes: readonly Home[]): number | 'for-good' | undefined {
  let since: number | 'for-good' = 'for-good'
  for (const { gone } of homes) {
    if (gone === undefined) return undefined
    if (gone !== 'for-good') since = since === 'for-good' ? gone : Math.max(since, gone)
  }
  return since
}

const peersOf = ({ name }: StrandedPod, fleet: Fleet | undefined): readonly FleetProvider[] =>
  fleet?.providers.filter((one) => one.name === name) ?? []

const clock = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** What the shards of the pod say against its removal; undefined: nothing. */
function whyNeeded(isForGood: boolean, { fleet }: LostNodeSight): string | undefined {
  const margin = (fleet && smallestMargin(fleet.sets)) ?? 1
  if (margin < 0) return 'sets are lost without what lies there: bring the node back'
  if (margin < 1 && !isForGood) return 'there are sets without a spare shard; it goes on when these are repaired'
  return undefined
}

function judge(stranded: StrandedPod, since: number | 'for-good', sight: LostNodeSight): LostPod {
  const { policy, fleet, trackers, nowMs } = sight
  const nodes = stranded.homes.map(({ node }) => node)
  const where = nodes.length === 0 ? 'The node of its volume was deleted' : `Node ${nodes.join(', ')} is gone`
  const advice = nodes.length === 0 ? '' : ` If it never comes back: kubectl delete node ${nodes.join(' ')}`
  const open = peersOf(stranded, fleet).filter(({ declaredLost }) => !declaredLost)
  const say = (reason: LostNodeReason, message: string): LostPod => ({
    stranded,
    peers: open.map(({ peer }) => peer),
    reason,
    message: `${stranded.name}: ${where}${message}`,
  })
  if (policy.policy === 'Wait') return say('PolicyWait', '; it is waited for (spec.lostNode.policy is Wait).')
  const isForGood = since === 'for-good'
  if (!isForGood && nowMs < since + policy.afterMs)
    return say('GracePeriod', ` since ${clock(since)}; replaced elsewhere after ${clock(since + policy.afterMs)}.${advice}`)
  if (stranded.component === 'verifier') return say('Replacing', '; it starts elsewhere, with another key.')
  if (stranded.component === 'tracker') {
    const hasMajority = trackers.reachable * 2 > trackers.desired
    if (!hasMajority && !isForGood) return say('TrackersUnreachable', `; most trackers do not answer.${advice}`)
    return say('Replacing', '; it starts elsewhere on an empty volume.')
  }
  if (fleet === undefined) return say('TrackersUnreachable', '; no tracker says what is still needed of it.')
  if (open.some(({ state }) => state !== 'lost')) return say('GracePeriod', '; the trackers still hope to hear of it.')
  const needed = whyNeeded(isForGood, sight)
  return needed === undefined
    ? say('Replacing', '; it starts elsewhere on an empty volume, its shards are rebuilt.')
    : say('StillNeeded', `, and ${needed}.${isForGood ? '' : advice}`)
}

/** Pods whose volumes no node can reach, and what is to become of each. */
export function judgeLostNodes(sight: LostNodeSight): LostPod[] {
  return sight.stranded.flatMap((one) => {
    const since = goneSince(one.homes)
    return since === undefined ? [] : [judge(one, since, sight)]
  })
}
