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
import { chooseMembers, isLost, type FleetMember } from './choose.ts'
import { EPOCH, type Epoch, type EpochMember } from './document.ts'
import { replicaCount } from './members.ts'
import { assignSlots } from './slots.ts'

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
