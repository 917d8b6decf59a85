/**
 * reserve: verify the record → see what is held and reserved already → place the rest → remember. Asked again for the same record,
 * it places only what no provider holds, so a client may repeat it at will.
 *
 * @module
 */
import type { SegmentRecord } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { hasCode, hexOf, LunarError } from '@lunarx/core/model'
import { ruleOf } from '@lunarx/core/placement'
import type { Asked } from '@lunarx/net/peers'
import { reserve, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import type { InTurn } from '@lunarx/runtime/tasks'
import type { Ask } from '../ask/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import { openRecord, type NewRecord, type OpenDeps } from '../map/index.ts'
import type { LeaseEnds } from '../lease/index.ts'
import { atOwner, type TrackerRing } from '../ring/index.ts'
import { checkClass } from './check-class.ts'
import type { NetworkQuota } from './check-quota.ts'
import { anyClaims, confirmHolders, countClaims, statedClaims, type Claim, type ConfirmDeps } from './confirm-holders.ts'
import { assertPlaced, holdShards, type HoldDeps } from './hold-shards.ts'
import type { Reservations, Reserved } from './reservations.ts'

export interface ReserveDeps extends OpenDeps, HoldDeps, ConfirmDeps {
  readonly ask: Ask
  readonly ring: TrackerRing
  readonly reservations: Reservations
  readonly ends: LeaseEnds
  readonly inTurn: InTurn
  readonly quota: NetworkQuota
  /** What the shards of the network may take. Bytes. */
  readonly quotaBytes: () => Promise<number>
}

type Question = QuestionOf<typeof reserve>
type Answer = AnswerOf<typeof reserve>

/** A key that is about to expire is not handed out again. Milliseconds. */
const MIN_REMAINING_MS = TRACKER_LIMITS.reservationMs / 2

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK, UNKNOWN_CLASS, TOMBSTONED, NO_ROOM, PEER_UNREACHABLE */
export async function answerReserve(question: Question, { session, signal }: Asked, deps: ReserveDeps): Promise<Answer> {
  const isForwarded = session.credential.role === 'tracker'
  const client = (isForwarded ? question.client : undefined) ?? session.peer
  const fresh = openRecord(question.record, deps)
  checkClass(fresh.record, deps.classes)
  return atOwner(
    fresh.id,
    session,
    deps.ring,
    (owner) => deps.ask(owner, reserve, { ...question, client }, { signal, timeoutMs: TRACKER_LIMITS.forwardMs }),
    async () => {
      try {
        return await deps.inTurn.run(hexOf(fresh.id), () => reserveHere(fresh, question, client, deps, signal))
      } catch (error) {
        if (hasCode(error, 'NO_ROOM')) assertHears(deps, error)
        throw error
      }
    },
  )
}

/**
 * Others know of more room, and of more holders, than a tracker that some provider has never spoken to.
 * @throws {LunarError} PEER_UNREACHABLE: whoever asked goes on to the next tracker
 */
export function assertHears({ fleet }: Pick<ReserveDeps, 'fleet'>, cause?: unknown): void {
  if (fleet.isDeaf) throw new LunarError('PEER_UNREACHABLE', 'this tracker has not heard every provider yet: ask another', { cause })
}

async function reserveHere(
  fresh: NewRecord,
  { wanted, avoid }: Question,
  client: PeerId,
  deps: ReserveDeps,
  signal: AbortSignal,
): Promise<Answer> {
  const { id, record } = fresh
  const hex = hexOf(id)
  if (deps.map.records.isBuriedBy(hex, record.owner)) throw new LunarError('TOMBSTONED', 'the owner has deleted this set')
  const open = wantedIndices(wanted, record.addresses.length)
  await deps.ends.restart([id])
  await deps.map.records.learn([fresh], { isCommitted: false })
  const reserved = deps.reservations.of(hex)
  const { counted, silent, spare } = await findHolders(id, record, open, deps, signal)
  const isHeld = (index: number): boolean => counted.some((claim) => claim.index === index)
  const remaining = open.filter((index) => !isHeld(index))
  const holders = new Set([...counted.map(({ peer }) => peer), ...spare])
  const kept = reserved.filter((one) => !isHeld(one.index) && !holders.has(one.peer) && isStillGood(one, client, avoid, deps))
  const reusable = kept.filter(({ index }) => remaining.includes(index))
  const unplaced = remaining.filter((index) => !reusable.some((one) => one.index === index))
  using admitted = deps.quota.admit(unplaced.length * record.shardBytes, await deps.quotaBytes())
  const placed = await holdShards(
    {
      segment: id,
      record,
      wanted: unplaced,
      settled: [...[...counted, ...kept].map(({ peer }) => peer), ...silent],
      avoid: [...avoid, ...spare],
      client,
      onPromise: (bytes) => admitted.promised(bytes),
    },
    deps,
    signal,
  )
  deps.reservations.add(hex, placed.reserved)
  assertPlaced(placed)
  return { placed: answerOf([...reusable, ...placed.reserved], deps) }
}

interface Holders {
  /** Shards that are held and count by the domain rule. */
  readonly counted: readonly Claim[]
  /** Said to hold, and did not answer now: they count until they say otherwise. */
  readonly silent: readonly PeerId[]
  /** Hold only what does not count. */
  readonly spare: readonly PeerId[]
}

/**
 * Asks who is said to hold, and for shards that are not wanted and that nobody is said to hold, everyone: the client has stored them
 * where another tracker placed them. What the client does not want counts first.
 */
async function findHolders(
  id: Uint8Array,
  record: SegmentRecord,
  wanted: readonly number[],
  deps: ReserveDeps,
  signal: AbortSignal,
): Promise<Holders> {
  const claims = [...statedClaims(id, deps.map), ...deps.reservations.of(hexOf(id))]
  const known = new Set([...wanted, ...claims.map(({ index }) => index)])
  const unknown = record.addresses.flatMap((_, index) => (known.has(index) ? [] : [index]))
  const asked = [...claims, ...anyClaims(unknown, deps)]
  if (asked.length === 0) return { counted: [], silent: [], spare: [] }
  const confirmed = await confirmHolders(id, asked, deps, signal)
  const isWanted = ({ index }: Claim): boolean => wanted.includes(index)
  const inOrder = [...confirmed.filter((claim) => !isWanted(claim)), ...confirmed.filter(isWanted)]
  const counted = countClaims(inOrder, ruleOf(record, deps.classes), deps.fleet)
  const answered = new Set(confirmed.map(({ peer }) => peer))
  const settled = new Set(counted.map(({ peer }) => peer))
  return {
    counted,
    silent: statedClaims(id, deps.map).flatMap(({ peer }) => (answered.has(peer) ? [] : [peer])),
    spare: [...answered].filter((peer) => !settled.has(peer)),
  }
}

function wantedIndices(wanted: readonly number[], shards: number): number[] {
  if (wanted.some((index) => index >= shards))
    throw new LunarError('BAD_MESSAGE', 'a shard is wanted that the set does not have', { detail: { shards } })
  return wanted.length > 0 ? [...new Set(wanted)].sort((a, b) => a - b) : Array.from({ length: shards }, (_, index) => index)
}

function isStillGood(
  { peer, client: holder, expiresMs }: Reserved,
  client: PeerId,
  avoid: readonly PeerId[],
  { fleet, clock }: ReserveDeps,
): boolean {
  const isFresh = expiresMs - clock.elapsed() > MIN_REMAINING_MS
  return isFresh && holder === client && !avoid.includes(peer) && fleet.standing(peer)?.state === 'alive' && !fleet.isDraining(peer)
}

function answerOf(reserved: readonly Reserved[], { fleet }: ReserveDeps): Answer['placed'] {
  const inOrder = [...reserved].sort((a, b) => a.index - b.index)
  return inOrder.flatMap(({ index, peer, key }) => {
    const standing = fleet.standing(peer)
    return standing ? [{ index, provider: standing.address, key }] : []
  })
}
