/**
 * discard: tells holders of buried sets to remove their shards, round after round, until no holder is left that says to have one.
 *
 * Level-based: what is to be done follows from tombstones and statements alone, so that a restart or a lost answer loses nothing.
 *
 * @module
 */
import type { ShardKey } from '@lunarx/core/inventory'
import type { PeerId } from '@lunarx/core/membership'
import { bytesOfHex } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'
import { confirm, discard } from '@lunarx/wire'
import type { Ask } from '../ask/index.ts'
import type { Fleet } from '../fleet/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import { batches, type TrackerMap } from '../map/index.ts'
import type { TrackerRing } from '../ring/index.ts'

export interface DiscardDeps {
  readonly ask: Ask
  readonly map: TrackerMap
  readonly fleet: Fleet
  readonly ring: TrackerRing
  readonly log: Log
  /** Buried sets, as hex, that somebody still says to hold. */
  readonly buried: Iterable<string>
}

/** Sets per round and provider; the rest follows in the next round. */
const SETS_PER_ROUND = TRACKER_LIMITS.documents
/** The wire's limit of one confirm. */
const CONFIRMED_AT_ONCE = 255

/** One round over all holders that answer. */
export async function discardBuried(deps: DiscardDeps, signal: AbortSignal): Promise<void> {
  const work = [...shardsToDiscard(deps)]
  await Promise.all(
    work.map(async ([peer, shards]) => {
      try {
        await discardAt(peer, shards.slice(0, SETS_PER_ROUND), deps, signal)
      } catch (error) {
        signal.throwIfAborted()
        deps.log.info('a provider has not discarded yet', { peer, shards: shards.length, error })
      }
    }),
  )
}

function shardsToDiscard({ buried, map, fleet, ring }: DiscardDeps): Map<PeerId, ShardKey[]> {
  const byPeer = new Map<PeerId, ShardKey[]>()
  for (const hex of buried) {
    const segment = bytesOfHex(hex)
    if (!ring.isFirst(segment)) continue
    for (const { peer, index } of map.statements.holders(hex)) {
      const standing = fleet.standing(peer)
      if (standing?.state !== 'alive') continue
      const shards = byPeer.get(peer) ?? []
      shards.push({ segment, index })
      byPeer.set(peer, shards)
    }
  }
  return byPeer
}

/** Statements go when the provider confirms that the shards are gone: it may have refused a tombstone that is not the owner's. */
async function discardAt(peer: PeerId, shards: readonly ShardKey[], deps: DiscardDeps, signal: AbortSignal): Promise<void> {
  const { ask, map, fleet } = deps
  const standing = fleet.standing(peer)
  if (!standing) return
  const tombstones = (await Promise.all(shards.map(({ segment }) => map.records.tombstones(segment)))).flat()
  for (const batch of batches(tombstones, { count: TRACKER_LIMITS.documents, bytes: TRACKER_LIMITS.documentBytes }))
    await ask(standing.address, discard, { tombstones: batch }, { signal, timeoutMs: TRACKER_LIMITS.trackerAskMs })
  for (let at = 0; at < shards.length; at += CONFIRMED_AT_ONCE) {
    const asked = shards.slice(at, at + CONFIRMED_AT_ONCE)
    const stated = asked.map((shard) => ({ ...shard, peer }))
    using question = map.statements.question(stated)
    const { held } = await ask(standing.address, confirm, { shards: asked }, { signal, timeoutMs: TRACKER_LIMITS.trackerAskMs })
    await map.statements.deny(
      question,
      stated.filter((_, i) => held[i] === false),
    )
  }
}
