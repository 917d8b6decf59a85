/**
 * Who stands behind wrong tickets, from all that were convicted. Pure.
 *
 * A leaf alone shows that slot or owner was wrong. An owner deals every slot its own codes, and one that dealt others than it sealed is
 * contradicted by the tickets of one tracker after another: once a quorum of trackers was convicted of one set, it was its owner, for
 * fewer than a quorum do not all lie. Until then the tracker is `named`, no more. An opening that is not what was committed to convicts the
 * tracker alone.
 *
 * @module
 */
import type { PeerId } from '../membership/peer-id.ts'
import { hexOf } from '../model/bytes.ts'
import type { Convicted } from './conviction.ts'

export type TalliedConviction = Pick<Convicted, 'cause' | 'tracker' | 'segment' | 'owner'>

/** What counts against one tracker. */
export interface TrackerTally {
  readonly tracker: PeerId
  /** Tickets that it opened otherwise than it had committed to. */
  readonly convicted: number
  /** Sets of which its tickets, or their owners, were wrong, and how many owners these are of. */
  readonly named: number
  readonly owners: number
}

/** What counts against one owner. */
export interface OwnerTally {
  /** Public key. */
  readonly owner: Uint8Array
  /** Sets of which it dealt other codes than it sealed. */
  readonly convicted: number
}

export interface ConvictionTally {
  /** The most convicted first. */
  readonly trackers: readonly TrackerTally[]
  readonly owners: readonly OwnerTally[]
  /** Sets, as hex, whose owner dealt other codes than it sealed. */
  readonly ownerWrong: ReadonlySet<string>
}

/** @param quorum trackers that do not all lie */
export function tallyConvictions(convictions: readonly TalliedConviction[], quorum: number): ConvictionTally {
  const bySet = Map.groupBy(
    convictions.filter(({ segment }) => segment !== null),
    ({ segment }) => hexOf(segment ?? new Uint8Array()),
  )
  const ownerWrong = new Set([...bySet].filter(([, those]) => trackersOf(those).size >= quorum).map(([hex]) => hex))
  const isOwners = ({ segment }: TalliedConviction): boolean => segment !== null && ownerWrong.has(hexOf(segment))
  const trackers = [...Map.groupBy(convictions, ({ tracker }) => tracker)].map(([tracker, those]): TrackerTally => {
    const open = those.filter((one) => one.cause === 'leaf' && !isOwners(one))
    return {
      tracker,
      convicted: those.filter(({ cause }) => cause === 'opening').length,
      named: setsOf(open).size,
      owners: new Set(open.map(({ owner }) => hexOf(owner ?? new Uint8Array()))).size,
    }
  })
  const owners = [...Map.groupBy(convictions.filter(isOwners), ({ owner }) => hexOf(owner ?? new Uint8Array())).values()].map(
    (those): OwnerTally => ({ owner: those[0]?.owner ?? new Uint8Array(), convicted: setsOf(those).size }),
  )
  return {
    trackers: trackers
      .filter(({ convicted, named }) => convicted + named > 0)
      .sort((a, b) => b.convicted - a.convicted || b.named - a.named || (a.tracker < b.tracker ? -1 : 1)),
    owners: owners.sort((a, b) => b.convicted - a.convicted || (hexOf(a.owner) < hexOf(b.owner) ? -1 : 1)),
    ownerWrong,
  }
}

const trackersOf = (those: readonly TalliedConviction[]): Set<PeerId> => new Set(those.map(({ tracker }) => tracker))
const setsOf = (those: readonly TalliedConviction[]): Set<string> => new Set(those.map(({ segment }) => hexOf(segment ?? new Uint8Array())))
