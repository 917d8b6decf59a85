/**
 * Which peer lives on which volume: learned while both are there, remembered in the status of the Provider, so that a claim that is
 * gone names the peer that went with it. Pure.
 *
 * @module
 */
import type { FleetProvider } from '@lunarx/wire'

export interface Member {
  /** Of the pod. */
  readonly name: string
  readonly peer: string
  /** UID of the volume claim. */
  readonly claim: string
}

/** A volume claim as Kubernetes has it now. */
export interface Claim {
  /** Of the pod whose claim it is. */
  readonly pod: string
  readonly uid: string
  /** Bound, Pending or Lost. */
  readonly phase: string
}

/** The one peer that is alive under this name; undefined while there is none, or two. */
function alivePeer(fleet: readonly FleetProvider[], name: string): string | undefined {
  const alive = fleet.filter((provider) => provider.name === name && provider.state === 'alive' && !provider.declaredLost)
  return alive.length === 1 ? alive[0]?.peer : undefined
}

/**
 * A member stays as it was learned until another peer is alive under its name: trackers take a dead peer for alive for some
 * seconds, and it must not be learned together with the volume of its successor. One that is declared lost and has no claim under its
 * name is forgotten.
 */
export function learnMembers(before: readonly Member[], claims: readonly Claim[], fleet: readonly FleetProvider[]): Member[] {
  const known = new Map(before.map((member) => [member.name, member]))
  for (const { pod, uid } of claims) {
    const peer = alivePeer(fleet, pod)
    if (peer !== undefined && known.get(pod)?.peer !== peer) known.set(pod, { name: pod, peer, claim: uid })
  }
  const gone = new Set(fleet.flatMap(({ peer, declaredLost }) => (declaredLost ? [peer] : [])))
  const isOver = ({ name, peer }: Member): boolean => gone.has(peer) && !claims.some(({ pod }) => pod === name)
  return [...known.values()].filter((member) => !isOver(member)).sort((a, b) => (a.name < b.name ? -1 : 1))
}
