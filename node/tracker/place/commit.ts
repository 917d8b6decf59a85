/**
 * commit: ask the holders now → make the record durable as committed → tell the other owners → answer who holds what.
 *
 * Counts only holders that confirm over their own authenticated sessions; receipts are for disputes. Owners that are away learn the
 * record later, from each other or from the holders' inventories.
 *
 * @module
 */
import { hexOf, LunarError } from '@lunarx/core/model'
import { ruleOf } from '@lunarx/core/placement'
import type { Asked } from '@lunarx/net/peers'
import { commit, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import { isAway } from '../ask/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { KnownSet } from '../map/index.ts'
import { atOwner } from '../ring/index.ts'
import { anyClaims, confirmHolders, countClaims, statedClaims } from './confirm-holders.ts'
import { assertHears, type ReserveDeps } from './reserve.ts'

type Answer = AnswerOf<typeof commit>

/** @throws {LunarError} TOMBSTONED, UNKNOWN_SET, PEER_UNREACHABLE: other trackers know better */
export async function answerCommit({ segment }: QuestionOf<typeof commit>, { session, signal }: Asked, deps: ReserveDeps): Promise<Answer> {
  return atOwner(
    segment,
    session,
    deps.ring,
    (owner) => deps.ask(owner, commit, { segment }, { signal, timeoutMs: TRACKER_LIMITS.forwardMs }),
    () => deps.inTurn.run(hexOf(segment), () => commitHere(segment, deps, signal)),
  )
}

async function commitHere(segment: Uint8Array, deps: ReserveDeps, signal: AbortSignal): Promise<Answer> {
  const hex = hexOf(segment)
  const { records } = deps.map
  if (records.isBuried(hex)) throw new LunarError('TOMBSTONED', 'the owner has deleted this set')
  const set = records.get(hex)
  if (!set) throw new LunarError('UNKNOWN_SET', 'this tracker does not know the set; reserve it again, or wait for the inventories')
  const isPlacedHere = deps.reservations.of(hex).length === set.required + set.parity
  const held = await findHeld(set, deps, signal)
  if (held.length < set.required + set.parity && !isPlacedHere) assertHears(deps)
  const margin = held.length - set.required
  if (margin >= 0) {
    await records.commit([hex])
    await deps.ends.restart([segment])
    await tellOwners(segment, deps, signal)
  }
  if (held.length === set.required + set.parity) deps.reservations.forget(hex)
  return { held, margin }
}

/** Indices that their holders confirm, as far as the domain rule lets them count: a committed set survives what its class says. */
async function findHeld(set: KnownSet, deps: ReserveDeps, signal: AbortSignal): Promise<number[]> {
  const { id, hex } = set
  const reserved = deps.reservations.of(hex)
  const confirmed = await confirmHolders(id, [...statedClaims(id, deps.map), ...reserved], deps, signal)
  const missing = missingOf(set, new Set(confirmed.map(({ index }) => index)))
  if (missing.length > 0 && reserved.length === 0) confirmed.push(...(await confirmHolders(id, anyClaims(missing, deps), deps, signal)))
  return countClaims(confirmed, ruleOf(set, deps.classes), deps.fleet).map(({ index }) => index)
}

const missingOf = ({ required, parity }: KnownSet, held: ReadonlySet<number>): number[] =>
  Array.from({ length: required + parity }, (_, index) => index).filter((index) => !held.has(index))

async function tellOwners(segment: Uint8Array, { together, map, ring, log }: ReserveDeps, signal: AbortSignal): Promise<void> {
  const owners = ring.otherOwners(segment).filter((owner) => ring.isReachable(owner))
  if (owners.length === 0) return
  const document = await map.records.document(segment)
  if (!document) return
  await Promise.all(
    owners.map(async (owner) => {
      try {
        await together.teach(owner, document, signal)
      } catch (error) {
        if (!isAway(error)) throw error
        log.info('an owner of a set was not told', { tracker: owner.host, error })
      }
    }),
  )
}
