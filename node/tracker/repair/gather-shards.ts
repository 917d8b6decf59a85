/**
 * retrieve k: shards of a set from their holders, under grants of this tracker. Any k of distinct index; a holder that fails is
 * passed over for another.
 *
 * Does not check addresses: rebuilding does, and says which shard was wrong. No single reading condemns a shard.
 *
 * @module
 */
import type { SignKey } from '@lunarx/core/crypto'
import { GRANT, signDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { hasCode, LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import { deadline } from '@lunarx/runtime/tasks'
import { retrieve } from '@lunarx/wire'
import { closeBody, type Ask } from '../ask/index.ts'
import type { Fleet } from '../fleet/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { KnownSet, TrackerMap } from '../map/index.ts'

export interface GatherDeps {
  readonly ask: Ask
  readonly fleet: Fleet
  readonly map: TrackerMap
  readonly clock: Clock
  readonly log: Log
  /** This tracker: the reader that its grants name. */
  readonly self: PeerId
  readonly signKey: SignKey
}

/** A shard and who sent it. */
export interface Gathered {
  readonly index: number
  readonly peer: PeerId
  readonly bytes: Uint8Array
}

export interface Source {
  readonly index: number
  readonly peer: PeerId
}

export const sourceName = ({ index, peer }: Source): string => `${index}:${peer}`

/**
 * @param have shards that need not be fetched again
 * @param except names of sources that are not to be asked again
 * @throws {LunarError} TOO_FEW_SHARDS
 */
export async function gatherShards(
  set: KnownSet,
  have: readonly Gathered[],
  deps: GatherDeps,
  signal: AbortSignal,
  except: ReadonlySet<string> = new Set(),
): Promise<Gathered[]> {
  const gathered = [...have]
  const open = sourcesOf(set, deps).filter((source) => !have.some(({ index }) => index === source.index) && !except.has(sourceName(source)))
  const lane = async (): Promise<void> => {
    for (;;) {
      // an index that another lane is fetching from a first holder is not begun again from a second
      const source = open.shift()
      if (!source) return
      const bytes = await fetchShard(set, source, deps, signal)
      if (!bytes) continue
      gathered.push({ ...source, bytes })
      for (let i = open.length - 1; i >= 0; i--) if (open[i]?.index === source.index) open.splice(i, 1)
      return
    }
  }
  await Promise.all(Array.from({ length: set.required - have.length }, lane))
  const distinct = [...new Map(gathered.map((shard) => [shard.index, shard])).values()]
  if (distinct.length < set.required)
    throw new LunarError('TOO_FEW_SHARDS', 'too few shards of a set could be fetched for its repair', {
      detail: { segment: set.hex, fetched: distinct.length, required: set.required },
    })
  return distinct
}

/** One holder per index first, the living before the rest; then second holders. Lost ones come last: they may have come back. */
function sourcesOf({ hex }: KnownSet, { map, fleet }: GatherDeps): Source[] {
  const rank = { alive: 0, suspect: 1, lost: 2 }
  const sources = map.statements
    .holders(hex)
    .filter(({ isCondemned }) => !isCondemned)
    .flatMap(({ index, peer }) => {
      const standing = fleet.standing(peer)
      return standing ? [{ index, peer, rank: rank[standing.state] }] : []
    })
    .sort((a, b) => a.rank - b.rank)
  const seen = new Set<number>()
  const first = sources.filter(({ index }) => !seen.has(index) && seen.add(index))
  return [...first, ...sources.filter((source) => !first.includes(source))]
}

/** Undefined if the holder does not give the shard; one that is damaged by its own word, twice, is condemned. */
export async function fetchShard(set: KnownSet, source: Source, deps: GatherDeps, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const { statements } = deps.map
  const shard = { segment: set.id, index: source.index }
  using asked = statements.question([{ ...shard, peer: source.peer }])
  const first = await readShard(set, source, deps, signal)
  const found = first === 'damaged' ? await readShard(set, source, deps, signal) : first
  // its provider cannot read it, and may have dropped it since: it is rebuilt elsewhere, and one copy too many harms nothing
  if (found === 'damaged' || (first === 'damaged' && found === 'gone')) await statements.condemn(source.peer, shard)
  else if (found === 'gone') await statements.deny(asked, [{ ...shard, peer: source.peer }])
  else return found
  return undefined
}

/** One reading. damaged, gone: by the holder's own word. Undefined: it does not give the shard; a backend that is away says nothing. */
export async function readShard(
  set: KnownSet,
  { index, peer }: Source,
  deps: GatherDeps,
  signal: AbortSignal,
): Promise<Uint8Array | 'damaged' | 'gone' | undefined> {
  const { ask, fleet, clock, log, self, signKey } = deps
  const standing = fleet.standing(peer)
  if (!standing) return undefined
  const expiresMs = Math.ceil(clock.now()) + TRACKER_LIMITS.shardMs
  const grant = signDocument(GRANT, { segment: set.id, index, reader: self, expiresMs, tracker: self, purpose: 'repair' }, signKey)
  using limit = deadline(clock, TRACKER_LIMITS.shardMs, signal)
  try {
    const question = { segment: set.id, index, offset: 0, length: 0, authority: { kind: 'grant' as const, grant } }
    const { answer, body } = await ask.withBody(standing.address, retrieve, question, { signal: limit.signal })
    if (answer.shardBytes === set.shardBytes) return await readBody(body, set.shardBytes, limit.signal)
    await closeBody(body)
    return 'damaged'
  } catch (error) {
    signal.throwIfAborted()
    log.info('a shard could not be fetched', { peer, segment: set.hex, index, error })
    if (hasCode(error, 'SHARD_DAMAGED')) return 'damaged'
    if (hasCode(error, 'SHARD_NOT_FOUND')) return 'gone'
  }
  return undefined
}

async function readBody(body: AsyncIterable<Uint8Array>, sizeBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeBytes)
  let at = 0
  for await (const chunk of body) {
    signal.throwIfAborted()
    if (at + chunk.length > sizeBytes) throw new LunarError('BAD_MESSAGE', 'a shard is longer than its record says')
    bytes.set(chunk, at)
    at += chunk.length
  }
  if (at < sizeBytes) throw new LunarError('INTERRUPTED', 'a shard ended early', { detail: { received: at, sizeBytes } })
  return bytes
}
