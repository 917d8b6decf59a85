/**
 * heal, for one set: look again → retrieve k → decode → encode → verify root → make room → store → commit.
 *
 * Idempotent: starts from what is missing now, whatever was planned, and asks the set's other owners first whether they know a
 * holder that this tracker has not heard of. A shard whose bytes are wrong is read again; wrong twice, it is condemned, counts as
 * missing from then on, and another one is fetched. Before a set is given up, its condemned shards are read once more.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { readDocument, SEGMENT_RECORD, type SegmentRecord } from '@lunarx/core/document'
import type { ErasureEngine } from '@lunarx/core/erasure'
import { hasCode } from '@lunarx/core/model'
import { rebuildShards } from '@lunarx/core/segment'
import { absolveShards, readAgain } from './absolve-shards.ts'
import { locateElsewhere } from '../locate/index.ts'
import type { KnownSet } from '../map/index.ts'
import { confirmHolders, countRoom } from '../place/index.ts'
import type { TrackerRing } from '../ring/index.ts'
import { gatherShards, sourceName, type Gathered } from './gather-shards.ts'
import type { RepairTask } from './plan.ts'
import { makeRoom } from './make-room.ts'
import type { SetWatch } from './set-watch.ts'
import { neighbours, settleShards, type RebuiltShard, type Settled, type SettleDeps } from './settle-shards.ts'

export interface HealDeps extends SettleDeps {
  readonly crypto: CryptoEngine
  readonly erasure: ErasureEngine
  readonly ring: TrackerRing
  readonly watch: SetWatch
}

export interface Healed extends Settled {
  /** Nothing of the task is left to do. */
  readonly isDone: boolean
  /** Bytes of the shards that are held again. */
  readonly rebuiltBytes: number
}

export const NOTHING: Healed = { indices: [], refused: undefined, isDone: true, rebuiltBytes: 0 }

/** @throws {LunarError} TOO_FEW_SHARDS; BAD_ADDRESS if the record itself pins no code word */
export async function healSet(task: RepairTask, deps: HealDeps, signal: AbortSignal): Promise<Healed> {
  const set = deps.map.records.get(task.hex)
  if (!set) return NOTHING
  await askOwners(set, deps, signal)
  const document = await deps.map.records.document(set.id)
  if (!document) return NOTHING
  const record = readDocument(SEGMENT_RECORD, document)
  if (deps.watch.assess(set).margin < 0) await absolveShards(set, record, deps, signal)
  const { margin, missing } = deps.watch.assess(set)
  if (margin < 0) return { ...NOTHING, isDone: false }
  const wanted = task.indices.filter((index) => missing.some((shard) => shard.index === index))
  if (wanted.length === 0) return NOTHING
  const roomNow = () => countRoom({ record, wanted, mayRelax: true, ...neighbours(set, deps) }, deps)
  let room = roomNow()
  let rebuilt: readonly RebuiltShard[] | undefined
  const isReady = async (): Promise<boolean> => (rebuilt ??= await rebuild(set, record, wanted, deps, signal)).length > 0
  while (room.count < wanted.length && (await makeRoom({ set, record, wanted, mayRelax: true, isReady }, deps, signal))) room = roomNow()
  if (room.count === 0) return { ...NOTHING, refused: room.reason, isDone: false }
  const chosen = wanted.slice(0, room.count)
  rebuilt ??= await rebuild(set, record, chosen, deps, signal)
  const shards = rebuilt.filter(({ index }) => chosen.includes(index))
  const settled = await settleShards({ set, record, document, shards, mayRelax: true }, deps, signal)
  return { ...settled, isDone: settled.indices.length === wanted.length, rebuiltBytes: settled.indices.length * set.shardBytes }
}

/** Holders that other owners know of and this tracker does not are asked to confirm, and count if they do. */
export async function askOwners(set: KnownSet, deps: HealDeps, signal: AbortSignal): Promise<void> {
  const located = (await locateElsewhere([set.id], false, deps, signal)).get(set.hex)
  const known = deps.map.statements.holders(set.hex)
  const claims = (located?.holders ?? [])
    .map(({ index, provider }) => ({ index, peer: provider.address.peer }))
    .filter(({ index, peer }) => !known.some((holder) => holder.index === index && holder.peer === peer))
  if (claims.length > 0) await confirmHolders(set.id, claims, deps, signal)
}

/**
 * Each round ends with the shards rebuilt or with one doubtful shard fewer: read again it is right, or it is not used. So there are no
 * more rounds than shards, and one in which condemned ones are tried.
 * @throws {LunarError} TOO_FEW_SHARDS
 */
export async function rebuild(
  set: KnownSet,
  record: SegmentRecord,
  wanted: readonly number[],
  deps: HealDeps,
  signal: AbortSignal,
): Promise<RebuiltShard[]> {
  let have: readonly Gathered[] = []
  const unread = new Set<string>()
  let isLastResort = false
  for (;;) {
    try {
      have = await gatherShards(set, have, deps, signal, unread)
    } catch (error) {
      if (!hasCode(error, 'TOO_FEW_SHARDS') || isLastResort || (await absolveShards(set, record, deps, signal)) === 0) throw error
      isLastResort = true
      continue
    }
    const byIndex = Array.from({ length: set.required + set.parity }, (_, index) => have.find((shard) => shard.index === index)?.bytes)
    try {
      const rebuilt = rebuildShards(record, byIndex, wanted, deps)
      return wanted.flatMap((index, i) => (rebuilt[i] ? [{ index, bytes: rebuilt[i] }] : []))
    } catch (error) {
      const bad = hasCode(error, 'BAD_ADDRESS') ? have.find(({ index }) => index === error.detail['index']) : undefined
      if (!bad) throw error
      const bytes = await readAgain(set, record, bad, deps, signal)
      if (!bytes) unread.add(sourceName(bad))
      have = have.flatMap((shard) => (shard === bad ? (bytes ? [{ ...bad, bytes }] : []) : [shard]))
    }
  }
}
