/**
 * Orphans: sets with fewer than k shards that can be relied on, and no keep known to the watch. Either the set is kept, and then it is
 * lost and has to be shown as that; or an upload never came to its end, or its lease has ended and holders have removed it, and then it is
 * garbage: nobody asks about it any more, so that its lease ends here by itself, and its record goes.
 *
 * @module
 */
import type { SharedSets } from '../audit/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import { endLeases, recallKeeps, type RecallDeps } from './recall.ts'

export interface OrphanDeps extends RecallDeps {
  /** As hex. */
  readonly orphans: Iterable<string>
}

export interface ForgetDeps extends Pick<RecallDeps, 'ends' | 'map' | 'keeps'> {
  readonly sharedSets: Pick<SharedSets, 'drop'>
}

/** One look at some of them: those that are kept are made known, leases of others are timed, and ended. */
export async function lookAtOrphans(deps: OrphanDeps, signal: AbortSignal): Promise<void> {
  const { orphans, keeps, ends, map, onKept } = deps
  const isKept = async (hex: string): Promise<boolean> => {
    const known = map.records.get(hex)
    return known !== undefined && !deps.ownerLeases.isOver(known.owner) && (await keeps.read(known.id)) !== undefined
  }
  const fresh: string[] = []
  const due: string[] = []
  for (const hex of orphans) {
    if (fresh.length + due.length >= TRACKER_LIMITS.endedAtOnce) break
    if (ends.isEnded(hex) || !map.records.get(hex)) continue
    if (ends.isTimed(hex)) {
      if (ends.look(hex) === 'due') due.push(hex)
    } else if (await isKept(hex)) onKept(hex)
    else fresh.push(hex)
  }
  await recallKeeps(fresh, deps, signal)
  for (const hex of fresh) if (!(await isKept(hex))) ends.look(hex)
  await endLeases(due, deps, signal)
}

/**
 * Of what has ended only the end is remembered, for a while. A holder that comes back with the record, and with a keep, is heard all the
 * same: what has no record is asked for.
 *
 * What was kept, by an owner whose lease is over, is known for as long as somebody holds it: the owner may renew it yet. With the record
 * goes the order to ask the set for leaves only.
 */
export async function forgetEnded({ ends, map, keeps, sharedSets }: ForgetDeps): Promise<void> {
  await ends.expire(TRACKER_LIMITS.endedMs)
  for (const hex of ends.ended) {
    const known = ends.isEnded(hex) ? map.records.get(hex) : undefined
    if (!known) continue
    const isKept = (await keeps.read(known.id)) !== undefined
    if (isKept && map.statements.hasHolders(hex)) continue
    if (isKept) await keeps.drop([known.id])
    if (!ends.isEnded(hex)) continue
    await sharedSets.drop([known.id])
    await map.records.forget(known.id)
  }
}
