/**
 * find: who holds the shards of a set, when no tracker answers and the hint of its manifest is not enough. The directory names peers
 * that announced the set, and says where those of the hint are now; each of them is asked which shards it has.
 *
 * What the directory says is never believed: a peer counts once it has proved its id and says itself that it holds a shard, and what it
 * then sends is verified like any other shard.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { LunarError } from '@lunarx/core/model'
import type { FoundPeer, Peers } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import { deadline, Limit } from '@lunarx/runtime/tasks'
import { holdings, type LocatedHolder } from '@lunarx/wire'
import { answerOf } from '../answer-of.ts'
import type { NamedSet } from './walk.ts'

/** For one set: the search, and asking whom it named. Milliseconds. */
const LIMIT_MS = 20_000
const AT_ONCE = 8
const MAX_WAITING = 512
/** Holders of the hint whose address is looked for. */
const MAX_MOVED = 32

export interface FindDeps {
  readonly peers: Peers
  readonly clock: Clock
  readonly log: Log
}

/** Ends by itself; whoever was found by then counts. @throws the signal's reason */
export async function findHolders({ entry, node }: NamedSet, deps: FindDeps, signal: AbortSignal): Promise<LocatedHolder[]> {
  const { directory } = deps.peers
  if (!directory) return []
  using limit = deadline(deps.clock, LIMIT_MS, signal)
  const within = new Limit({ concurrent: AT_ONCE, queued: MAX_WAITING })
  const holders: LocatedHolder[] = []
  const asked = new Set<string>()
  const ask = async (places: readonly FoundPeer[]): Promise<void> => {
    const fresh = places.filter(({ peer, host, controlPort }) => {
      const name = `${peer} ${host} ${controlPort}`
      return !asked.has(name) && asked.add(name)
    })
    await Promise.all(
      fresh.map((place) => within.run(async () => void holders.push(...(await heldBy(place, entry.id, deps, limit.signal))))),
    )
  }
  const hinted = [...new Set(node.holders.flatMap(({ peer }) => peer ?? []))].slice(0, MAX_MOVED)
  const moved = (peer: PeerId): Promise<void> => within.run(() => directory.findPeer(peer, limit.signal)).then(ask)
  await Promise.allSettled([directory.find(entry.id, limit.signal).then(ask), ...hinted.map(moved)])
  signal.throwIfAborted()
  deps.log.info('no tracker answers: holders were looked for in the directory', { asked: asked.size, found: holders.length })
  return holders
}

/** What the peer at this place says it has. Nothing, if it is another, no provider, or does not answer. */
async function heldBy(place: FoundPeer, segment: Uint8Array, { peers, log }: FindDeps, signal: AbortSignal): Promise<LocatedHolder[]> {
  try {
    const { held } = await answerOf(peers, place, holdings, { segments: [segment] }, { signal })
    return (held[0] ?? []).map((index) => ({ index, provider: { address: place, state: 'alive' } }))
  } catch (error) {
    if (signal.aborted || !(error instanceof LunarError)) throw error
    log.debug('a peer that the directory names does not answer', { peer: place.peer, error })
    return []
  }
}
