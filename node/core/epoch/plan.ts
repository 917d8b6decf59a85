/**
 * Whether a new epoch is due, and what it says. Pure: the operator, `lunarx dev` and the simulation ask the same function, then
 * write its answer by compare-and-swap.
 *
 * Never over members that have neither merged the epoch before nor been found lost; never with fewer than d + 2 domains: the
 * epoch in force then simply stays.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { documentId, encodeBytes } from '../document/signed.ts'
import type { PeerId } from '../membership/peer-id.ts'
import { equalBytes } from '../model/bytes.ts'
import type { PeerAddress } from '../model/fields.ts'
import { EPOCH, type Epoch, type EpochMember } from './document.ts'
import { replicaCount } from './members.ts'
import { assignSlots } from './slots.ts'

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
}

export interface EpochQuestion {
  /** Name of the network. */
  readonly network: string
  readonly previous: Epoch | undefined
  readonly fleet: readonly FleetMember[]
  readonly trackers: readonly PeerId[]
  /** d */
  readonly survive: number
  readonly nowMs: number
}

export type EpochPlan =
  | { readonly kind: 'keep'; readonly reason: 'unchanged' | 'too-few-domains' | 'unmerged'; readonly message: string }
  | { readonly kind: 'issue'; readonly epoch: Epoch }

/** Null and undefined alike: it stays. */
const isLeaving = ({ drain }: FleetMember): boolean => (drain ?? null) !== null

const isLost = (provider: FleetMember): boolean => provider.state === 'lost' || provider.declaredLost

const memberOf = ({ peer, name, domain, address: { host, controlPort, dataPort } }: FleetMember): EpochMember => ({
  peer,
  name,
  domain,
  address: { peer, host, controlPort, dataPort },
})

/**
 * Those of before that are not lost, with their newest address, and all others that are alive and stay, in order of peer; then less
 * those that leave now.
 */
function chooseMembers(previous: Epoch | undefined, fleet: readonly FleetMember[], survive: number): EpochMember[] {
  const before = new Set(previous?.members.map((member) => member.peer))
  const able = fleet
    .filter((provider) => provider.services.includes('index') && !isLost(provider))
    .filter((provider) => before.has(provider.peer) || (provider.state === 'alive' && !isLeaving(provider)))
  const left = leaveOut(able, previous, survive)
  return left.map(memberOf).sort((a, b) => (a.peer < b.peer ? -1 : 1))
}

/**
 * Without members that are being drained, but of one domain at a time and never together with lost ones: so an epoch takes one replica
 * of any partition away at most, while the others have left the epoch before and send its readers on. They stay where too few domains
 * would be left.
 */
function leaveOut(able: readonly FleetMember[], previous: Epoch | undefined, survive: number): readonly FleetMember[] {
  const isAnyLost = previous?.members.some(({ peer }) => !able.some((provider) => provider.peer === peer))
  if (isAnyLost) return able
  const domains = [...new Set(able.filter(isLeaving).map(({ domain }) => domain))].sort()
  const without = domains.map((domain) => able.filter((provider) => !isLeaving(provider) || provider.domain !== domain))
  return without.find((left) => new Set(left.map(({ domain }) => domain)).size >= replicaCount(survive)) ?? able
}

/** Members of the epoch in force that hold a new one up: not lost, and not yet merged or not heard of at all. */
function unmergedMembers(previous: Epoch, fleet: readonly FleetMember[]): EpochMember[] {
  const known = new Map(fleet.map((provider) => [provider.peer, provider]))
  return previous.members.filter(({ peer }) => {
    const provider = known.get(peer)
    return provider === undefined || (!isLost(provider) && provider.mergedEpoch < previous.number)
  })
}

const sameContent = (a: Epoch, b: Epoch): boolean => {
  const content = ({ survive, members, trackerSlots }: Epoch) => encodeBytes({ survive, members, trackerSlots })
  return equalBytes(content(a), content(b))
}

/** The next epoch, or why the one in force stays. */
export function planEpoch({ network, previous, fleet, trackers, survive, nowMs }: EpochQuestion, crypto: CryptoEngine): EpochPlan {
  const members = chooseMembers(previous, fleet, survive)
  const epoch: Epoch = {
    network,
    number: (previous?.number ?? 0) + 1,
    survive,
    members,
    trackerSlots: assignSlots(previous?.trackerSlots ?? [], trackers),
    createdMs: nowMs,
    previous: previous ? documentId(EPOCH, { body: encodeBytes(previous), signature: new Uint8Array(64) }, crypto) : null,
  }
  if (previous && sameContent(previous, epoch))
    return { kind: 'keep', reason: 'unchanged', message: `epoch ${previous.number} is up to date` }

  const domains = new Set(members.map((member) => member.domain)).size
  if (domains < replicaCount(survive))
    return {
      kind: 'keep',
      reason: 'too-few-domains',
      message: `rows need ${replicaCount(survive)} domains with index providers, there are ${domains}`,
    }

  const waiting = previous ? unmergedMembers(previous, fleet) : []
  if (previous && waiting.length > 0) {
    const names = waiting.slice(0, 5).map((member) => member.name)
    return {
      kind: 'keep',
      reason: 'unmerged',
      message: `${waiting.length} members have not merged epoch ${previous.number}: ${names.join(', ')}`,
    }
  }
  return { kind: 'issue', epoch }
}
