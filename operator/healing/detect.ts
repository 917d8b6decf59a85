/**
 * detect: what Kubernetes knows (volume claims) and what trackers know (peers) → what is wrong. Pure, and judged anew each time.
 *
 * @module
 */
import type { FleetProvider } from '@lunarx/wire'
import type { Claim, Member } from './members.ts'

export type Finding =
  /** The claim is gone, was made anew, or lost its volume: what the peer held is gone for certain. */
  | { readonly kind: 'volume-gone'; readonly name: string; readonly peer: string }
  /** The claim of a peer that was drained is gone: on purpose, and nothing with it. */
  | { readonly kind: 'removed'; readonly name: string; readonly peer: string }
  /** Another peer lives under the name of the pod: the volume with the key of this one is gone for certain. */
  | { readonly kind: 'replaced'; readonly name: string; readonly peer: string; readonly successor: string }
  /** No heartbeats. Perhaps a reboot: trackers wait before they copy what still has spare shards. */
  | { readonly kind: 'silent'; readonly name: string; readonly peer: string; readonly silentMs: number | null }

export interface Sight {
  readonly members: readonly Member[]
  readonly claims: readonly Claim[]
  readonly fleet: readonly FleetProvider[]
}

function findLostVolumes({ members, claims, fleet }: Sight): Finding[] {
  const drained = new Set(fleet.flatMap(({ peer, drain }) => (drain !== null && drain.shards === 0 ? [peer] : [])))
  const current = new Map(claims.map((claim) => [claim.pod, claim]))
  return members.flatMap(({ name, peer, claim }) => {
    const present = current.get(name)
    const isThere = present !== undefined && present.uid === claim && present.phase !== 'Lost'
    return isThere ? [] : [{ kind: drained.has(peer) ? ('removed' as const) : ('volume-gone' as const), name, peer }]
  })
}

function findReplaced(fleet: readonly FleetProvider[]): Finding[] {
  const alive = new Map(fleet.filter(({ state, declaredLost }) => state === 'alive' && !declaredLost).map(({ name, peer }) => [name, peer]))
  return fleet.flatMap(({ name, peer, state }) => {
    const successor = alive.get(name)
    return state === 'alive' || successor === undefined ? [] : [{ kind: 'replaced' as const, name, peer, successor }]
  })
}

/**
 * Nobody remembers which volume it had, it is long silent, and there is no claim under its name: trackers that lost their own volumes
 * learn from an old epoch of a peer that was drained and removed since.
 */
function findForgotten({ members, claims, fleet }: Sight): Finding[] {
  const remembered = new Set(members.map(({ peer }) => peer))
  const claimed = new Set(claims.map(({ pod }) => pod))
  return fleet.flatMap(({ name, peer, state }) =>
    state === 'lost' && !remembered.has(peer) && !claimed.has(name) ? [{ kind: 'volume-gone' as const, name, peer }] : [],
  )
}

/** At most one finding per peer, the most certain first. Peers that are declared lost already are no news. */
export function detect(sight: Sight): Finding[] {
  const open = new Set(sight.fleet.filter(({ declaredLost }) => !declaredLost).map(({ peer }) => peer))
  const silent = sight.fleet.flatMap(({ name, peer, state, silentMs }) =>
    state === 'alive' ? [] : [{ kind: 'silent' as const, name, peer, silentMs }],
  )
  const findings: Finding[] = []
  for (const finding of [...findLostVolumes(sight), ...findReplaced(sight.fleet), ...findForgotten(sight), ...silent]) {
    if (open.delete(finding.peer)) findings.push(finding)
  }
  return findings
}
