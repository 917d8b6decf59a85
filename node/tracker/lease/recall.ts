/**
 * recall: before a lease ends, whoever is said to hold a shard of the set is asked for its keep. Trackers that lost their memory learnt
 * the record from one holder, and not the keep that lies with another.
 *
 * A lease ends only when all of them have answered that they know of no keep; those that are lost come back with theirs, and never remove
 * their shard. Of a set that is known to be kept, by an owner whose lease is over, nobody need be asked.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { bytesOfHex } from '@lunarx/core/model'
import { KEEPS_ASKED, recall } from '@lunarx/wire'
import type { Ask } from '../ask/index.ts'
import type { Fleet } from '../fleet/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import { answerTeachKeeps, type LeaseDeps } from './take-keeps.ts'

export interface RecallDeps extends LeaseDeps {
  readonly ask: Ask
  readonly fleet: Fleet
}

/** Ends the leases that are due, as hex, but for those whose keep turns up, or of which a holder does not answer. */
export async function endLeases(hexes: readonly string[], deps: RecallDeps, signal: AbortSignal): Promise<void> {
  const unkept: string[] = []
  for (const hex of hexes) if (!(await deps.keeps.read(bytesOfHex(hex)))) unkept.push(hex)
  const silent = await recallKeeps(unkept, deps, signal)
  await deps.ends.end(hexes.filter((hex) => !silent.has(hex)))
}

/** Keeps that turn up are taken. @returns sets, as hex, of which a holder did not answer */
export async function recallKeeps(hexes: readonly string[], deps: RecallDeps, signal: AbortSignal): Promise<Set<string>> {
  const silent = new Set<string>()
  await Promise.all(
    [...byHolder(hexes, deps)].map(async ([peer, sets]) => {
      const standing = deps.fleet.standing(peer)
      if (!standing) return
      for (let at = 0; at < sets.length; at += KEEPS_ASKED) {
        const asked = sets.slice(at, at + KEEPS_ASKED)
        try {
          const options = { signal, timeoutMs: TRACKER_LIMITS.providerAskMs }
          const { answer, session } = await deps.ask.withSession(standing.address, recall, { segments: asked.map(bytesOfHex) }, options)
          await answerTeachKeeps(answer, { session }, deps)
        } catch (error) {
          signal.throwIfAborted()
          deps.log.info('a holder did not say which keeps it has', { peer, error })
          for (const hex of asked) silent.add(hex)
        }
      }
    }),
  )
  return silent
}

function byHolder(hexes: readonly string[], { map, fleet }: RecallDeps): Map<PeerId, string[]> {
  const found = new Map<PeerId, string[]>()
  for (const hex of hexes)
    for (const peer of new Set(map.statements.holders(hex).map((holder) => holder.peer))) {
      const standing = fleet.standing(peer)
      if (!standing || standing.isDeclaredLost || standing.state === 'lost') continue
      found.set(peer, [...(found.get(peer) ?? []), hex])
    }
  return found
}
