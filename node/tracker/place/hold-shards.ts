/**
 * Places shards of a set and reserves their space, round by round: what a provider refuses or does not answer goes to another one.
 *
 * The same for a client's upload and for a repair: only who stores differs.
 *
 * @module
 */
import { readDocument, RESERVATION, type SegmentRecord, type SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { equalBytes, itemAt, LunarError, type ErasureClass } from '@lunarx/core/model'
import {
  place,
  poolRule,
  ruleOf,
  signedRule,
  type Candidate,
  type Placement,
  type PlacementRequest,
  type PlacementRule,
} from '@lunarx/core/placement'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import type { Random } from '@lunarx/runtime/random'
import type { AskTogether, HeldShard } from '../ask/index.ts'
import type { Fleet } from '../fleet/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { Reserved } from './reservations.ts'

export interface HoldDeps {
  readonly together: AskTogether
  readonly fleet: Fleet
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Of the network: say on which pools a set may lie, and by which rule beyond what its owner signed. */
  readonly classes: readonly ErasureClass[]
}

export interface HoldRequest {
  readonly segment: Uint8Array
  readonly record: SegmentRecord
  /** Indices to place. */
  readonly wanted: readonly number[]
  /** Holders of other shards of the set. */
  readonly settled: readonly PeerId[]
  /** Providers that are not to be chosen. */
  readonly avoid: readonly PeerId[]
  /** Nobody else is to be chosen. Unset: all others may be. */
  readonly among?: readonly PeerId[] | undefined
  /**
   * Where there is no room by what its class asks beyond what the owner signed, by that alone: a missing shard had better be made again
   * there than not at all. Unset: refused.
   */
  readonly mayRelax?: boolean
  /** Who will store. */
  readonly client: PeerId
  /** A provider has promised room for so many bytes. */
  readonly onPromise?: (bytes: number) => void
}

export interface Held {
  /** In order of index. */
  readonly reserved: readonly Reserved[]
  /** Wanted indices that found no place, and why. */
  readonly short: number
  readonly reason: Extract<Placement, { kind: 'refused' }>['reason'] | 'refused by providers' | undefined
}

/** Reserves as many of the wanted shards as the rule and the providers allow. */
export async function holdShards(request: HoldRequest, deps: HoldDeps, signal: AbortSignal): Promise<Held> {
  const reserved: Reserved[] = []
  const avoid = new Set(request.avoid)
  let wanted = [...request.wanted]
  let reason: Held['reason']
  for (let round = 0; round < TRACKER_LIMITS.placeRounds && wanted.length > 0; round++) {
    signal.throwIfAborted()
    const placement = placeMost(request, requestOf(request, wanted, reserved, deps.fleet), deps, avoid)
    reason = placement.reason
    if (placement.at.length === 0) break
    const answers = await Promise.all(placement.at.map(({ index, peer }) => holdShard(request, index, peer, deps, signal)))
    for (const [i, answer] of answers.entries()) {
      if (answer) reserved.push(answer)
      else avoid.add(itemAt(placement.at, i).peer)
    }
    wanted = wanted.filter((index) => !reserved.some((one) => one.index === index))
    if (reason !== undefined && answers.every((answer) => answer !== undefined)) break
  }
  const short = wanted.length
  return {
    reserved: reserved.sort((a, b) => a.index - b.index),
    short,
    reason: short === 0 ? undefined : (reason ?? 'refused by providers'),
  }
}

/** How many of the wanted shards could be placed now, and what stands in the way of the rest. Asks nobody. */
export function countRoom(
  request: Pick<HoldRequest, 'record' | 'wanted' | 'settled' | 'avoid' | 'mayRelax'>,
  deps: Pick<HoldDeps, 'fleet' | 'random' | 'classes'>,
): { readonly count: number; readonly reason: Held['reason'] } {
  const { at, reason } = placeMost(request, requestOf(request, request.wanted, [], deps.fleet), deps, new Set(request.avoid))
  return { count: at.length, reason }
}

/** @throws {LunarError} NO_ROOM when a wanted shard found no place */
export function assertPlaced({ short, reason }: Held): void {
  if (short > 0)
    throw new LunarError('NO_ROOM', 'the set cannot be placed under the domain rule of its class', { detail: { short, reason } })
}

function requestOf(
  { record, settled }: Pick<HoldRequest, 'record' | 'settled'>,
  wanted: readonly number[],
  reserved: readonly Reserved[],
  fleet: Fleet,
): Omit<PlacementRequest, keyof PlacementRule> {
  const peers = [...new Set([...settled, ...reserved.map(({ peer }) => peer)])]
  return { shardBytes: record.shardBytes, wanted, settled: peers.map((peer) => ({ peer, ...fleet.domainsOf(peer) })) }
}

interface Most {
  readonly at: readonly { readonly index: number; readonly peer: PeerId }[]
  /** Why that is not all. */
  readonly reason: Held['reason']
}

/** Places all that is wanted, or the most that the rule allows, on the pools of the set. */
function placeMost(
  { record, mayRelax = false, among }: Pick<HoldRequest, 'record' | 'mayRelax' | 'among'>,
  request: Omit<PlacementRequest, keyof PlacementRule>,
  { fleet, random, classes }: Pick<HoldDeps, 'fleet' | 'random' | 'classes'>,
  avoid: ReadonlySet<PeerId>,
): Most {
  const isOpen = ({ peer }: Candidate): boolean => !avoid.has(peer) && (among?.includes(peer) ?? true)
  const candidates = fleet.candidates(poolRule(record, classes)).filter(isOpen)
  const draw = (): number => random.uniform()
  const by = (rule: PlacementRule): Most => {
    const all = place({ ...request, ...rule }, candidates, draw)
    if (all.kind === 'placed') return { at: all.at, reason: undefined }
    const wanted = request.wanted.slice(0, request.wanted.length - all.short)
    const most = place({ ...request, ...rule, wanted }, candidates, draw)
    return { at: most.kind === 'placed' ? most.at : [], reason: all.reason }
  }
  const placed = by(ruleOf(record, classes))
  return placed.reason !== undefined && mayRelax ? by(signedRule(record)) : placed
}

/** Undefined if the provider refused or did not answer. */
async function holdShard(
  { segment, record, client, onPromise }: HoldRequest,
  index: number,
  peer: PeerId,
  deps: HoldDeps,
  signal: AbortSignal,
) {
  const standing = deps.fleet.standing(peer)
  const address = record.addresses[index]
  if (!standing || !address) return undefined
  const shard = {
    client,
    owner: record.owner,
    segment,
    index,
    address,
    sizeBytes: record.shardBytes,
    expiresMs: Math.ceil(deps.clock.now()) + TRACKER_LIMITS.reservationMs,
  }
  try {
    const key = await deps.together.hold(standing.address, shard, signal)
    checkKey(key, peer, shard)
    deps.fleet.promise(peer, record.shardBytes)
    onPromise?.(record.shardBytes)
    const reserved: Reserved = { index, peer, key, client, expiresMs: deps.clock.elapsed() + TRACKER_LIMITS.reservationMs }
    return reserved
  } catch (error) {
    signal.throwIfAborted()
    deps.log.info('a provider did not hold a shard', { peer, error })
    return undefined
  }
}

/**
 * The key must be for what was asked: it is kept, and handed to whoever stores. Its signature is left to the provider, which has made it
 * and will check it: one that signs wrongly does no more than one that refuses the shard when it comes.
 * @throws {LunarError} BAD_MESSAGE
 */
function checkKey(key: SignedDocument, peer: PeerId, asked: HeldShard): void {
  const told = readDocument(RESERVATION, key)
  const isAsked =
    told.provider === peer &&
    told.client === asked.client &&
    equalBytes(told.segment, asked.segment) &&
    told.index === asked.index &&
    equalBytes(told.address, asked.address) &&
    told.sizeBytes === asked.sizeBytes
  if (!isAsked) throw new LunarError('BAD_MESSAGE', 'a reservation key is for another shard than was asked', { detail: { peer } })
}
