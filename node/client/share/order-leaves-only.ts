/**
 * leaves only: the owner's order that no watermark of these sets is asked any more, given before anybody else learns where they are.
 *
 * In batches, one signature a set, by the tracker that knows a set best. Ordered before, nothing changes. A tracker of the version before
 * cannot take it, and another one is asked. While a majority of a set's trackers are of that version nothing is shared, for what was shared
 * would be audited by what a grantee knows.
 *
 * @module
 */
import { LEAVES_ONLY, signDocument } from '@lunarx/core/document'
import { keysOfIdentity, type OwnerKeys } from '@lunarx/core/keys'
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import type { Random } from '@lunarx/runtime/random'
import { pauseMs } from '@lunarx/runtime/tasks'
import { leavesOnly, ORDERS_ASKED } from '@lunarx/wire'
import type { StoredSets } from '../manifest/index.ts'
import { askInTurn, type Trackers } from '../trackers/index.ts'

const ROUNDS = 6
const FIRST_PAUSE_MS = 500
const MAX_PAUSE_MS = 4_000

export interface OrderLeavesOnlyDeps {
  readonly network: { readonly network: string }
  /** Of the present generation. */
  readonly keys: OwnerKeys
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly trackers: Pick<Trackers, 'all' | 'ask' | 'owners'>
  /** Ids of all sets of a content, copies and nodes of its manifest too. */
  readonly setsUnder: (content: StoredSets, signal: AbortSignal) => AsyncIterable<Uint8Array>
}

/**
 * Of all sets under a content; durable with a majority of each set's trackers when it resolves. Holds a batch for each tracker in memory.
 * @throws {LunarError} NOT_ENOUGH_TRACKERS, PEER_UNREACHABLE: try again; UNKNOWN_EXCHANGE: all trackers are of a version before;
 * TOMBSTONED: the object was replaced or deleted meanwhile; TOO_FEW_SHARDS: a part of the manifest cannot be read
 */
export async function orderLeavesOnly(content: StoredSets, common: OrderLeavesOnlyDeps, signal: AbortSignal): Promise<void> {
  const keys = keysOfIdentity(content.owner, common.keys)
  if (!keys) throw new LunarError('UNAUTHORIZED', 'the sets are of an owner who is not this one')
  const deps = { ...common, keys }
  const byTracker = new Map<string, Uint8Array[]>()
  for await (const id of deps.setsUnder(content, signal)) {
    const nearest = deps.trackers.owners(id)[0] ?? ''
    const batch = [...(byTracker.get(nearest) ?? []), id]
    if (batch.length === ORDERS_ASKED) await orderBatch(batch, deps, signal)
    byTracker.set(nearest, batch.length === ORDERS_ASKED ? [] : batch)
  }
  for (const batch of byTracker.values()) await orderBatch(batch, deps, signal)
}

async function orderBatch(batch: readonly Uint8Array[], deps: OrderLeavesOnlyDeps, signal: AbortSignal): Promise<void> {
  const { clock, random, log } = deps
  let open = batch
  for (let round = 1; open.length > 0; round++) {
    open = await ask(open, deps, signal)
    if (open.length === 0) return
    if (round === ROUNDS)
      throw new LunarError('NOT_ENOUGH_TRACKERS', 'too few trackers have taken the order to audit sets by leaves only', {
        detail: { sets: open.length },
      })
    log.info('sets are not ordered to be asked for leaves only yet', { sets: open.length, round })
    await clock.sleep(pauseMs(round, { firstPauseMs: FIRST_PAUSE_MS, maxPauseMs: MAX_PAUSE_MS, random }), signal)
  }
}

/** @returns those that are to be asked about again */
async function ask(
  batch: readonly Uint8Array[],
  { network, keys: { identity }, clock, trackers }: OrderLeavesOnlyDeps,
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const [about] = batch
  if (!about) return []
  const common = { network: network.network, owner: identity.publicKey, orderedMs: Math.max(0, Math.floor(clock.now())) }
  const orders = batch.map((segment) => signDocument(LEAVES_ONLY, { ...common, segment }, identity))
  const { outcomes } = await askInTurn(trackers, leavesOnly, { orders }, { about, signal })
  if (outcomes.includes('buried')) throw new LunarError('TOMBSTONED', 'a set of the object was deleted while it was shared')
  return batch.filter((_, at) => outcomes[at] !== 'taken')
}
