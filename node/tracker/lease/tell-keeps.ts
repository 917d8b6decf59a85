/**
 * Telling keeps to those who are to have them: the other owners of each set, with its record where they lack it, and its holders.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { PeerAddress } from '@lunarx/core/model'
import { ringName } from '@lunarx/core/placement'
import { keep, retain } from '@lunarx/wire'
import { isAway } from '../ask/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { KeepSubject, SubjectDeps } from './keep-subjects.ts'
import type { KeepTally } from './keep-tally.ts'

/** One set of a question, and its place in it. */
export interface Told {
  readonly at: number
  readonly subject: KeepSubject
}

export async function tellOwners(sets: readonly Told[], tally: KeepTally, deps: SubjectDeps, signal: AbortSignal): Promise<void> {
  const byOwner = new Map<string, { readonly owner: PeerAddress; readonly theirs: Told[] }>()
  for (const one of sets)
    for (const owner of deps.ring.otherOwners(one.subject.keep.segment)) {
      const group = byOwner.get(ringName(owner)) ?? { owner, theirs: [] }
      group.theirs.push(one)
      byOwner.set(ringName(owner), group)
    }
  await Promise.all(
    [...byOwner.values()].map(async ({ owner, theirs }) => {
      try {
        await tellOwner(owner, theirs, tally, deps, signal)
      } catch (error) {
        if (!isAway(error) && !signal.aborted) throw error
      }
    }),
  )
}

/** Twice, if it did not know some of the sets. */
async function tellOwner(owner: PeerAddress, sets: readonly Told[], tally: KeepTally, { ask }: SubjectDeps, signal: AbortSignal) {
  const options = { signal, timeoutMs: TRACKER_LIMITS.trackerAskMs }
  const keepsOf = (these: readonly Told[]) => these.map(({ subject }) => subject.keep.document)
  const first = await ask(owner, keep, { keeps: keepsOf(sets), records: [] }, options)
  const lacking: Told[] = []
  for (const [i, one] of sets.entries()) {
    const outcome = first.outcomes[i] ?? 'unknown'
    tally.owner(one.at, outcome, true)
    if (outcome === 'unknown') lacking.push(one)
  }
  const found = await Promise.all(lacking.map(async (one) => ({ one, record: await one.subject.record() })))
  const taught = found.flatMap(({ one, record }) => (record ? [{ one, record }] : []))
  if (taught.length === 0) return
  const again = taught.map(({ one }) => one)
  const { outcomes } = await ask(owner, keep, { keeps: keepsOf(again), records: taught.map(({ record }) => record) }, options)
  for (const [i, { at }] of again.entries()) tally.owner(at, outcomes[i] ?? 'unknown', true)
}

export async function tellHolders(
  sets: readonly Told[],
  tally: KeepTally,
  { ask, fleet, log }: SubjectDeps,
  signal: AbortSignal,
): Promise<void> {
  const byPeer = new Map<PeerId, Told[]>()
  for (const one of sets) for (const peer of one.subject.holders.keys()) byPeer.set(peer, [...(byPeer.get(peer) ?? []), one])
  await Promise.all(
    [...byPeer].map(async ([peer, held]) => {
      const standing = fleet.standing(peer)
      if (!standing || standing.state === 'lost') return
      const keeps = held.map(({ subject }) => subject.keep.document)
      try {
        const { retained } = await ask(standing.address, retain, { keeps }, { signal, timeoutMs: TRACKER_LIMITS.providerAskMs })
        for (const [i, { at }] of held.entries()) if (retained[i] === true) tally.holder(at, peer)
      } catch (error) {
        // it asks by itself when it is back
        if (!signal.aborted) log.info('a holder was not told of a keep', { peer, error })
      }
    }),
  )
}
