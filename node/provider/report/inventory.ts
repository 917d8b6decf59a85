/**
 * inventory: tells one tracker what is held, all of it or what changed, teaches it the records it lacks, and removes what its
 * tombstones name.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import { askPeer } from '@lunarx/index'
import { hexOf, type PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { inventory, teach, type QuestionOf } from '@lunarx/wire'
import { teachKeeps } from '../lease/index.ts'
import { PROVIDER_LIMITS } from '../limits.ts'
import { discardShards, type DiscardDeps } from '../remove/index.ts'
import type { ShardKey } from '../store/index.ts'

export interface InventoryDeps extends DiscardDeps {
  readonly peers: Peers
  /** Of this start of the process. */
  readonly incarnation: string
}

type Page = QuestionOf<typeof inventory>

/**
 * @param known the sequence that the tracker has; −1: nothing
 * @throws {LunarError} what asking throws: the next heartbeat shows where to go on
 */
export async function reportInventory(tracker: PeerAddress, known: number, deps: InventoryDeps, signal: AbortSignal): Promise<void> {
  for await (const page of pages(known, deps)) {
    const answer = await askPeer(deps.peers, tracker, inventory, page, { timeoutMs: PROVIDER_LIMITS.reportMs, signal })
    if (answer.unknown.length > 0) {
      await teachRecords(tracker, page.held, answer.unknown, deps, signal)
      await teachKeeps(tracker, answer.unknown, deps, signal)
    }
    if (answer.tombstones.length > 0) await discardShards(answer.tombstones, deps)
  }
}

/** A full report is of the sequence at its beginning: what changes meanwhile is told afterwards. */
async function* pages(known: number, { catalog, incarnation }: InventoryDeps): AsyncGenerator<Page> {
  const { sequence } = catalog.changes
  const size = PROVIDER_LIMITS.inventoryShards
  const changes = known < 0 ? undefined : catalog.changes.since(known)
  if (changes) {
    for (let at = 0; at === 0 || at < changes.length; at += size) {
      const part = changes.slice(at, at + size)
      const keys = (isHeld: boolean) => part.filter((change) => change.isHeld === isHeld).map(({ key }) => key)
      yield { incarnation, full: false, first: at === 0, last: at + size >= changes.length, sequence, held: keys(true), gone: keys(false) }
    }
    return
  }
  let after: ShardKey | undefined
  for (let first = true, last = false; !last; first = false) {
    const held = (await catalog.page(after, size)).map(({ key }) => key)
    last = held.length < size
    after = held.at(-1)
    yield { incarnation, full: true, first, last, sequence, held, gone: [] }
  }
}

async function teachRecords(
  tracker: PeerAddress,
  held: readonly ShardKey[],
  unknown: readonly Uint8Array[],
  deps: InventoryDeps,
  signal: AbortSignal,
): Promise<void> {
  const wanted = new Set(unknown.map(hexOf))
  let records: SignedDocument[] = []
  let bytes = 0
  const flush = async () => {
    if (records.length > 0)
      await askPeer(deps.peers, tracker, teach, { records, tombstones: [] }, { timeoutMs: PROVIDER_LIMITS.reportMs, signal })
    records = []
    bytes = 0
  }
  for (const key of held) {
    if (!wanted.delete(hexOf(key.segment))) continue
    const record = await readRecord(key, deps)
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
