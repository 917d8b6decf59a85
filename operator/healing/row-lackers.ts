/**
 * Providers at which rows stay missing: what trackers say of them together, and what becomes of those. Pure.
 *
 * A tracker says what its own audits found. A majority of all trackers must say so before a provider counts as one, and a majority must
 * have found nothing before it does not: so a tracker that lies neither has anybody left out nor keeps anybody out, and trackers that are
 * away let nobody in again. In between it stays what it is.
 *
 * @module
 */
import { whyLackersStay, type FleetMember, type LackersStay } from '@lunarx/core/epoch'
import { isMajority, middleOf, type PeerId } from '@lunarx/core/membership'
import type { ProviderAudit, TrackerStatus } from '@lunarx/wire'
import type { Fleet } from './fleet.ts'

export interface LackingRows {
  /** As the next epoch takes it. */
  readonly lacksRows: NonNullable<FleetMember['lacksRows']>
  /** Trackers that found it, and since when (milliseconds since 1970), as the middle one of them says; undefined: none did. */
  readonly trackers: number
  readonly sinceMs: number | undefined
  /** How long it has proved what it lacked, and how long it has to: as the middle one of them says by what is left. */
  readonly provedForMs: number
  readonly provingMs: number
}

/** @param answering trackers that audit */
function merge(seen: readonly ProviderAudit[], answering: number, desired: number): LackingRows | undefined {
  const found = seen.flatMap(({ rows }) => rows?.lacking ?? [])
  if (isMajority(answering - found.length, desired)) return undefined
  const isSure = isMajority(found.length, desired) && !seen.some(({ maintenance }) => maintenance)
  const middle = middleOf(found, ({ provingMs, provedForMs }) => provingMs - provedForMs)
  return {
    lacksRows: isSure ? 'yes' : 'unknown',
    trackers: found.length,
    sinceMs: middleOf(found, ({ sinceMs }) => sinceMs)?.sinceMs,
    provedForMs: middle?.provedForMs ?? 0,
    provingMs: middle?.provingMs ?? 0,
  }
}

/** By peer, those that do not lack rows left out. @param desired trackers, those that do not answer included */
export function mergeLacking(
  statuses: readonly Pick<TrackerStatus, 'audit' | 'providers'>[],
  desired: number,
): ReadonlyMap<PeerId, LackingRows> {
  const audits = statuses.flatMap(({ audit }) => audit ?? [])
  if (audits.length === 0) return new Map()
  const seen = Map.groupBy(
    audits.flatMap(({ providers }) => providers),
    ({ peer }) => peer,
  )
  const peers = new Set(statuses.flatMap(({ providers }) => providers.map(({ peer }) => peer)))
  return new Map(
    [...peers].flatMap((peer) => {
      const lacking = merge(seen.get(peer) ?? [], audits.length, desired)
      return lacking ? [[peer, lacking] as const] : []
    }),
  )
}

export interface RowLacker extends LackingRows {
  readonly name: string
  readonly peer: PeerId
  /** It still hosts rows. */
  readonly isMember: boolean
}

export interface RowLackers {
  /** Those of which it is sure, and those that are left out as long as a tracker says so; in order of name. */
  readonly lackers: readonly RowLacker[]
  /** Why those that are members stay; undefined: the next epoch leaves one domain of them out, or none is a member. */
  readonly stay: LackersStay | undefined
}

/** @param members of the epoch in force; @param survive d of rows. @returns undefined: nothing is audited */
export function findRowLackers(fleet: Fleet, members: readonly PeerId[], survive: number): RowLackers | undefined {
  if (fleet.audits === undefined) return undefined
  const lackers = fleet.providers.flatMap(({ name, peer, state, declaredLost, rowsLacking }) => {
    if (rowsLacking === undefined || state === 'lost' || declaredLost) return []
    const isMember = members.includes(peer)
    const isLacker = rowsLacking.lacksRows === 'yes' || (!isMember && rowsLacking.trackers > 0)
    return isLacker ? [{ ...rowsLacking, name, peer, isMember }] : []
  })
  return { lackers, stay: whyLackersStay({ members: members.map((peer) => ({ peer })) }, fleet.providers, survive) }
}
