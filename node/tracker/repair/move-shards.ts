/**
 * drain, for one set: look again → read from the provider that is being drained → verify → make room → store → commit.
 *
 * Nothing is taken from that provider: what it holds is surplus once others confirm the copy. Where it does not give a shard, the next
 * attempt rebuilds it from k others, as a repair does.
 *
 * @module
 */
import { readDocument, SEGMENT_RECORD, type SegmentRecord } from '@lunarx/core/document'
import type { KnownSet } from '../map/index.ts'
import { countRoom } from '../place/index.ts'
import { fetchRight } from './absolve-shards.ts'
import { askOwners, NOTHING, rebuild, type HealDeps, type Healed } from './heal-set.ts'
import { makeRoom } from './make-room.ts'
import type { Move } from './moves.ts'
import type { RepairTask } from './plan.ts'
import { neighbours, settleShards, type RebuiltShard } from './settle-shards.ts'

/**
 * @param mayRebuild it could not be read before: k others are read instead
 * @throws {LunarError} TOO_FEW_SHARDS; BAD_ADDRESS if the record itself pins no code word
 */
export async function moveShards(task: RepairTask, mayRebuild: boolean, deps: HealDeps, signal: AbortSignal): Promise<Healed> {
  const set = deps.map.records.get(task.hex)
  if (!set) return NOTHING
  await askOwners(set, deps, signal)
  const document = await deps.map.records.document(set.id)
  const due = deps.watch.moves(set).filter(({ index }) => task.indices.includes(index))
  // off a provider that leaves a shard has to go somewhere; to a place that breaks the rule as well none need go
  const leaving = due.filter(({ peer }) => deps.fleet.isDraining(peer))
  const mayRelax = leaving.length > 0
  const moves = mayRelax ? leaving : due
  if (moves.length === 0 || !document) return NOTHING
  const record = readDocument(SEGMENT_RECORD, document)
  const wanted = [...new Set(moves.map(({ index }) => index))]
  const roomNow = () => countRoom({ record, wanted, mayRelax, ...neighbours(set, deps, wanted) }, deps)
  const obtain = (indices: readonly number[]): Promise<RebuiltShard[]> => {
    const chosenMoves = moves.filter(({ index }) => indices.includes(index))
    return mayRebuild ? rebuild(set, record, indices, deps, signal) : readShards(set, record, chosenMoves, deps, signal)
  }
  let room = roomNow()
  let obtained: readonly RebuiltShard[] | undefined
  const isReady = async (): Promise<boolean> => (obtained ??= await obtain(wanted)).length > 0
  while (room.count < wanted.length && (await makeRoom({ set, record, wanted, mayRelax, moving: wanted, isReady }, deps, signal)))
    room = roomNow()
  if (room.count === 0) return { ...NOTHING, refused: room.reason, isDone: false }
  const chosen = wanted.slice(0, room.count)
  obtained ??= await obtain(chosen)
  const shards = obtained.filter(({ index }) => chosen.includes(index))
  const settled = await settleShards({ set, record, document, shards, mayRelax, moving: chosen }, deps, signal)
  return { ...settled, isDone: settled.indices.length === wanted.length, rebuiltBytes: settled.indices.length * set.shardBytes }
}

/** One after another: they come from one provider mostly. What is wrong is condemned, and from then on a matter of repair. */
async function readShards(
  set: KnownSet,
  record: SegmentRecord,
  moves: readonly Move[],
  deps: HealDeps,
  signal: AbortSignal,
): Promise<RebuiltShard[]> {
  const read: RebuiltShard[] = []
  for (const { index, peer } of moves) {
    if (read.some((shard) => shard.index === index)) continue
    const bytes = await fetchRight(set, record, { index, peer }, deps, signal)
    if (bytes) read.push({ index, bytes })
  }
  return read
}
