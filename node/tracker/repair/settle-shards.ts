/**
 * store → commit, for rebuilt shards: place them by the rule beside the holders that stay, send them, count them when their new
 * holders confirm.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { LIMITS } from '@lunarx/core/model'
import { deadline } from '@lunarx/runtime/tasks'
import { retain, store } from '@lunarx/wire'
import type { Keeps } from '../lease/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { Holder, KnownSet } from '../map/index.ts'
import { confirmHolders, holdShards, type Held, type HoldDeps, type HoldRequest, type Reserved } from '../place/index.ts'
import type { GatherDeps } from './gather-shards.ts'

export type SettleDeps = GatherDeps & HoldDeps & { readonly keeps: Keeps }

export interface RebuiltShard {
  readonly index: number
  readonly bytes: Uint8Array
}

export interface Settled {
  /** Indices that their new holders confirmed. */
  readonly indices: readonly number[]
  /** Why the others have no place yet; undefined: they have, or storing them failed. */
  readonly refused: Held['reason']
}

export interface SettleRequest extends Pick<HoldRequest, 'record' | 'among'> {
  readonly set: KnownSet
  readonly document: SignedDocument
  readonly shards: readonly RebuiltShard[]
  /** As `holdShards` says. */
  readonly mayRelax: boolean
  /** Indices that are being copied off their holders. */
  readonly moving?: readonly number[]
  /** A holder that gives its shard up once it is held elsewhere. */
  readonly giving?: PeerId
}

export async function settleShards(
  { set, record, document, shards, mayRelax, moving = [], giving, among }: SettleRequest,
  deps: SettleDeps,
  signal: AbortSignal,
): Promise<Settled> {
  const { settled, avoid } = neighbours(set, deps, moving, giving)
  const wanted = shards.map(({ index }) => index)
  const held = await holdShards({ segment: set.id, record, wanted, settled, avoid, among, mayRelax, client: deps.self }, deps, signal)
  const stored = await Promise.all(
    held.reserved.map(async (reserved) => {
      const shard = shards.find(({ index }) => index === reserved.index)
      return shard && (await storeShard(reserved, shard.bytes, document, deps, signal)) ? [reserved] : []
    }),
  )
  const confirmed = await confirmHolders(set.id, stored.flat(), deps, signal)
  await keepWith(
    confirmed.map(({ peer }) => peer),
    set,
    deps,
    signal,
  )
  return { indices: confirmed.map(({ index }) => index), refused: held.reason }
}

/**
 * Holders that count for the domain rule, and those that may not be chosen though they do not count. One that is being drained counts
 * for as long as nobody that stays holds its shard.
 * @param moving indices that are being copied off such holders right now
 * @param giving is about to give its shard up
 */
export function neighbours(
  { hex }: KnownSet,
  { map, fleet }: Pick<SettleDeps, 'map' | 'fleet'>,
  moving: readonly number[] = [],
  giving?: PeerId,
): { readonly settled: PeerId[]; readonly avoid: PeerId[] } {
  const settled = new Set<PeerId>()
  const avoid = new Set<PeerId>()
  const holders = map.statements.holders(hex)
  const isSound = ({ peer, isCondemned }: Holder): boolean => {
    const standing = fleet.standing(peer)
    return !isCondemned && standing?.isDeclaredLost === false && standing.state !== 'lost'
  }
  const staying = new Set(holders.flatMap((one) => (isSound(one) && !fleet.isDraining(one.peer) ? [one.index] : [])))
  for (const holder of holders) {
    const { index, peer } = holder
    const isLeaving = peer === giving || (fleet.isDraining(peer) && (staying.has(index) || moving.includes(index)))
    if (isSound(holder) && !isLeaving) settled.add(peer)
    else avoid.add(peer)
  }
  return { settled: [...settled], avoid: [...avoid] }
}

/** New holders get the owner's keep with the shard; one that misses it asks for it by itself. */
async function keepWith(peers: readonly PeerId[], { id }: KnownSet, deps: SettleDeps, signal: AbortSignal): Promise<void> {
  const keep = peers.length > 0 ? await deps.keeps.read(id) : undefined
  if (!keep) return
  await Promise.all(
    peers.map(async (peer) => {
      const standing = deps.fleet.standing(peer)
      if (!standing) return
      try {
        await deps.ask(standing.address, retain, { keeps: [keep] }, { signal, timeoutMs: TRACKER_LIMITS.providerAskMs })
      } catch (error) {
        signal.throwIfAborted()
        deps.log.info('a new holder was not told of a keep', { peer, error })
      }
    }),
  )
}

async function storeShard(
  { peer, key }: Reserved,
  bytes: Uint8Array,
  record: SignedDocument,
  deps: SettleDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const standing = deps.fleet.standing(peer)
  if (!standing) return false
  using limit = deadline(deps.clock, TRACKER_LIMITS.shardMs, signal)
  try {
    await deps.ask(standing.address, store, { key, record, offset: 0 }, { body: chunksOf(bytes), signal: limit.signal })
    return true
  } catch (error) {
    signal.throwIfAborted()
    deps.log.info('a rebuilt shard could not be stored', { peer, error })
    return false
  }
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += LIMITS.dataFrameBytes) yield bytes.subarray(at, at + LIMITS.dataFrameBytes)
}
