/**
 * Who is to be a member of the next epoch. Pure.
 *
 * Members that are lost are replaced at once. Those that are to go all the same, since they are being drained or lack the rows that they
 * should hold, leave of one domain at a time: so an epoch takes one replica of any partition away at most.
 *
 * @module
 */
import type { PeerId } from '../membership/peer-id.ts'
import type { PeerAddress } from '../model/fields.ts'
import type { EpochMember } from './document.ts'
import { replicaCount } from './members.ts'

/** What trackers report of a provider. */
export interface FleetMember {
  readonly peer: PeerId
  readonly name: string
  readonly domain: string
  readonly address: PeerAddress
  readonly state: 'alive' | 'suspect' | 'lost'
  readonly declaredLost: boolean
  /** It is to be removed; null or unset: it stays. */
  readonly drain?: object | null | undefined
  readonly services: readonly ('storage' | 'index')[]
  readonly epoch: number
  readonly mergedEpoch: number
  /**
   * Audits found that rows stay missing there. `yes`: a majority of trackers says so; `unknown`: no majority says so or otherwise, and then
   * it stays what it is: a member a member, and who is none outside. Unset: it does not lack rows.
   */
  readonly lacksRows?: 'yes' | 'unknown' | undefined
}

/** Null and undefined alike: it stays. */
const isLeaving = ({ drain }: FleetMember): boolean => (drain ?? null) !== null

export const isLost = (provider: FleetMember): boolean => provider.state === 'lost' || provider.declaredLost

const memberOf = ({ peer, name, domain, address: { host, controlPort, dataPort } }: FleetMember): EpochMember => ({
  peer,
  name,
  domain,
  address: { peer, host, controlPort, dataPort },
})

/** Who was a member before; undefined: there is no epoch yet. */
type Previous = { readonly members: readonly Pick<EpochMember, 'peer'>[] } | undefined

/** A first epoch has nothing to keep as it was. */
const mayJoin = (provider: FleetMember, previous: Previous): boolean =>
  provider.state === 'alive' && !isLeaving(provider) && (previous ? !provider.lacksRows : provider.lacksRows !== 'yes')

/** Those of before that are not lost, and all others that are alive and may join. */
function ableMembers(previous: Previous, fleet: readonly FleetMember[]): FleetMember[] {
  const before = new Set(previous?.members.map((member) => member.peer))
  return fleet
    .filter((provider) => provider.services.includes('index') && !isLost(provider))
    .filter((provider) => before.has(provider.peer) || mayJoin(provider, previous))
}

/** With their newest address, in order of peer; less those that leave now. */
export function chooseMembers(previous: Previous, fleet: readonly FleetMember[], survive: number): EpochMember[] {
  const able = ableMembers(previous, fleet)
  const isStuck = whyLackersStay(previous, fleet, survive) !== undefined
  const left = leaveOut(able, previous, survive, (provider) => isLeaving(provider) || (!isStuck && provider.lacksRows === 'yes'))
  return left.map(memberOf).sort((a, b) => (a.peer < b.peer ? -1 : 1))
}

/**
 * Without members that are to go, but of one domain at a time and never together with lost ones: so an epoch takes one replica
 * of any partition away at most, while the others have left the epoch before and send its readers on. They stay where too few domains
 * would be left.
 */
function leaveOut(
  able: readonly FleetMember[],
  previous: Previous,
  survive: number,
  isToGo: (provider: FleetMember) => boolean,
): readonly FleetMember[] {
  const isAnyLost = previous?.members.some(({ peer }) => !able.some((provider) => provider.peer === peer))
  if (isAnyLost) return able
  const domains = [...new Set(able.filter(isToGo).map(({ domain }) => domain))].sort()
  const without = domains.map((domain) => able.filter((provider) => !isToGo(provider) || provider.domain !== domain))
  return without.find((left) => isEnough(left, survive)) ?? able
}

const isEnough = (members: readonly FleetMember[], survive: number): boolean =>
  new Set(members.map(({ domain }) => domain)).size >= replicaCount(survive)

/** `too-many`: the brake. `member-away`: another one does not answer, and its replicas are wanted now. */
export type LackersStay = 'too-many' | 'member-away' | 'too-few-domains'

/**
 * Why members that lack rows stay members; undefined: the next epoch leaves one out, or there is none.
 *
 * Where half of the members or more are said to lack rows at once, it is rather the audits that are wrong: then nobody is left out.
 */
export function whyLackersStay(previous: Previous, fleet: readonly FleetMember[], survive: number): LackersStay | undefined {
  const before = new Set(previous?.members.map(({ peer }) => peer))
  const members = fleet.filter((provider) => before.has(provider.peer) && !isLost(provider))
  const lackers = members.filter(({ lacksRows }) => lacksRows === 'yes')
  if (lackers.length === 0) return undefined
  if (2 * lackers.length >= before.size) return 'too-many'
  const isAnyAway = members.length < before.size || members.some((one) => one.state !== 'alive' && !lackers.includes(one))
  if (isAnyAway) return 'member-away'
  const able = ableMembers(previous, fleet).filter((one) => !isLeaving(one))
  const canGo = lackers.some(({ domain }) =>
    isEnough(
      able.filter((one) => !lackers.includes(one) || one.domain !== domain),
      survive,
    ),
  )
  return canGo ? undefined : 'too-few-domains'
}
