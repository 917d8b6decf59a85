/**
 * inventory: tells one tracker what is held. What changed, if the tracker knows the state before; else everything is compared
 * (`compare.ts`). Then teaches it the records it lacks, with their keeps, and removes what its tombstones name.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import { packShardKeys } from '@lunarx/core/inventory'
import type { PeerId } from '@lunarx/core/membership'
import { askPeer } from '@lunarx/index'
import { hexOf, type PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { slicesOf, type Clock } from '@lunarx/runtime/clock'
import { inventory, PAGE_SHARDS, teach, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import { teachKeeps } from '../lease/index.ts'
import { PROVIDER_LIMITS } from '../limits.ts'
import { discardShards, type DiscardDeps } from '../remove/index.ts'
import type { ShardKey } from '../store/index.ts'

export interface InventoryDeps extends DiscardDeps {
  readonly peers: Peers
  readonly clock: Clock
  /** Of this start of the process. */
  readonly incarnation: string
}

/** One report to one tracker. */
export interface Report extends InventoryDeps {
  readonly tracker: PeerAddress
  readonly signal: AbortSignal
}

/** Of everything. */
export interface Comparison extends Report {
  readonly self: PeerId
  /** Counts up in an incarnation. */
  readonly round: number
  /** See `PROVIDER_LIMITS.comparison`. */
  readonly sizes: Readonly<Record<keyof typeof PROVIDER_LIMITS.comparison, number>>
}

const NONE = new Uint8Array()

/**
 * Tells what changed since a state that the tracker has.
 * @param round the comparison that this ends; null: none
 * @returns false: the tracker wants everything compared, or so much has changed that there is no other way
 * @throws {LunarError} what asking throws: the next heartbeat shows where to go on
 */
export async function tellChanges(since: number, round: number | null, report: Report): Promise<boolean> {
  const { catalog } = report
  const { sequence } = catalog.changes
  const changes = catalog.changes.since(since)
  if (!changes) return false
  for (let at = 0; at === 0 || at < changes.length; at += PAGE_SHARDS) {
    const part = changes.slice(at, at + PAGE_SHARDS)
    const keys = (isHeld: boolean): ShardKey[] => part.filter((change) => change.isHeld === isHeld).map(({ key }) => key)
    const isLast = at + PAGE_SHARDS >= changes.length
    const page = { round, range: null, gone: packShardKeys(keys(false)), sequence: isLast ? sequence : null }
    if (!(await tell(page, keys(true), report)).taken) return false
  }
  return true
}

/** Lists all that is held in a range of keys. @returns false: the tracker does not know the round */
export async function tellRange(
  { from, until }: { readonly from: Uint8Array; readonly until: Uint8Array },
  { round, sizes, ...report }: Comparison,
): Promise<boolean> {
  const rest = slicesOf(report.clock, report.signal)
  for (let at = from; ;) {
    const { keys, next } = await report.catalog.keys(at, until, sizes.listedShards)
    const answer = await tell({ round, range: { from: at, until: next ?? until }, gone: NONE, sequence: null }, keys, report)
    if (!answer.taken) return false
    const goOn = answer.next ?? next
    if (!goOn) return true
    at = goOn
    await rest()
  }
}

type Page = Omit<QuestionOf<typeof inventory>, 'incarnation' | 'held'>

async function tell(page: Page, held: readonly ShardKey[], report: Report): Promise<AnswerOf<typeof inventory>> {
  const { incarnation, peers, tracker, signal } = report
  const question = { ...page, incarnation, held: packShardKeys(held) }
  const answer = await askPeer(peers, tracker, inventory, question, { timeoutMs: PROVIDER_LIMITS.reportMs, signal })
  if (answer.unknown.length > 0) {
    await teachRecords(held, answer.unknown, report)
    await teachKeeps(tracker, answer.unknown, report, signal)
  }
  if (answer.tombstones.length > 0) await discardShards(answer.tombstones, report)
  return answer
}

async function teachRecords(held: readonly ShardKey[], unknown: readonly Uint8Array[], report: Report): Promise<void> {
  const { peers, tracker, signal } = report
  const wanted = new Set(unknown.map(hexOf))
  let records: SignedDocument[] = []
  let bytes = 0
  const flush = async () => {
    if (records.length > 0)
      await askPeer(peers, tracker, teach, { records, tombstones: [] }, { timeoutMs: PROVIDER_LIMITS.reportMs, signal })
    records = []
    bytes = 0
  }
  for (const key of held) {
    if (!wanted.delete(hexOf(key.segment))) continue
    const record = await readRecord(key, report)
    if (!record) continue
    if (records.length === PROVIDER_LIMITS.taughtRecords || bytes + record.body.length > PROVIDER_LIMITS.taughtBytes) await flush()
    records.push(record)
    bytes += record.body.length
  }
  await flush()
}

/** Undefined for a shard that is gone or damaged: another holder knows the record. */
async function readRecord(key: ShardKey, { store, log }: InventoryDeps): Promise<SignedDocument | undefined> {
  try {
    await using shard = await store.open(key)
    return shard?.document
  } catch (error) {
    log.error('a shard file cannot be read', { segment: key.segment, index: key.index, error })
    return undefined
  }
}
