/**
 * Which convictions are kept, of those that hold. Pure.
 *
 * Owners' keys cost nothing, and a client that deals wrong codes has trackers convicted of its sets. So sets whose owner is known to be wrong
 * take up no tracker's room, up to a number, and no more of them are kept than show it.
 *
 * @module
 */
import { tallyConvictions, type Convicted } from '@lunarx/core/audit'
import { equalBytes, hexOf } from '@lunarx/core/model'
import { TRACKER_LIMITS } from '../../limits.ts'

export type KeptConviction = Omit<Convicted, 'kind'> & { readonly keptMs: number }

/** True if it says something that those kept do not, and there is room for it. @param kept newest first @param quorum trackers that do not all lie */
export function hasRoomFor(one: Omit<Convicted, 'kind'>, kept: readonly KeptConviction[], quorum: number): boolean {
  const { convictions, convictionsOfTracker, convictionsOfOwner, settledConvictions } = TRACKER_LIMITS.audit
  if (kept.length >= convictions) return false
  const { ownerWrong } = tallyConvictions(kept, quorum)
  const isSettled = ({ segment }: Pick<Convicted, 'segment'>): boolean => segment !== null && ownerWrong.has(hexOf(segment))
  if (isSettled(one)) return false
  const settled = new Set(kept.filter(isSettled).slice(-settledConvictions))
  const alike = kept.filter(({ tracker, cause }) => tracker === one.tracker && cause === one.cause)
  const ofOwner = alike.filter(({ owner }) => owner && one.owner && equalBytes(owner, one.owner))
  return (
    !alike.some(({ segment }) => segment && one.segment && equalBytes(segment, one.segment)) &&
    alike.filter((other) => !settled.has(other)).length < convictionsOfTracker &&
    ofOwner.length < convictionsOfOwner
  )
}

/** True while its batch was asked so lately that it is kept. One that states a time to come is not, else it would be for ever. */
export function isRecent({ askedMs }: Pick<Convicted, 'askedMs'>, nowMs: number): boolean {
  const { convictionMs, convictionSkewMs } = TRACKER_LIMITS.audit
  return nowMs - askedMs <= convictionMs && askedMs - nowMs <= convictionSkewMs
}
