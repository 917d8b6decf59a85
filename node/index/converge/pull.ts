/**
 * Pulling what another member has and this one lacks: partitions whose digests differ, and of these only the missing commits.
 * Every commit is checked as if a client had sent it.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { equalBytes, LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { pullRows, type AnswerOf, type digestRows } from '@lunarx/wire'
import { askPeer } from '../ask/index.ts'
import { ROW_LIMITS } from '../limits.ts'
import { checkCommit, cursorOf, headKey, type PlacedHead, type RowTable } from '../table/index.ts'

export interface PullDeps {
  readonly peers: Peers
  readonly table: RowTable
  readonly crypto: CryptoEngine
}

type Page = AnswerOf<typeof digestRows>

const cursorAt = (partition: Uint8Array, { row, id }: PlacedHead): Uint8Array => cursorOf(headKey(partition, row, id))

/**
 * Goes through the other's partitions and pulls the differences; all of it is durable when this resolves.
 * @param ask one page of the other's summaries
 * @throws {LunarError} what asking and storing throw: the caller tries again later
 */
export async function pullDifferences(
  from: PeerAddress,
  epoch: number,
  ask: (after: Uint8Array | null) => Promise<Page>,
  deps: PullDeps,
  signal: AbortSignal,
): Promise<void> {
  let after: Uint8Array | null = null
  for (let page = 0; page < ROW_LIMITS.pages; page++) {
    const answer: Page = await ask(after)
    for (const { partition, digest } of answer.partitions) {
      const own = await deps.table.summary(partition)
      if (!equalBytes(own.digest, digest)) await pullPartition(from, epoch, partition, deps, signal)
    }
    if (!answer.next) return
    after = answer.next
  }
  throw new LunarError('TOO_MANY_REQUESTS', 'a member names more partitions than can be compared', { detail: { pages: ROW_LIMITS.pages } })
}

async function pullPartition(
  from: PeerAddress,
  epoch: number,
  partition: Uint8Array,
  { peers, table, crypto }: PullDeps,
  signal: AbortSignal,
): Promise<void> {
  let after: Uint8Array | null = null
  for (let page = 0; page < ROW_LIMITS.pages; page++) {
    const own = await table.page(partition, after, null, ROW_LIMITS.pulledHeads)
    const last = own.length === ROW_LIMITS.pulledHeads ? own.at(-1) : undefined
    const until: Uint8Array | null = last ? cursorAt(partition, last) : null
    const question = { epoch, partition, after, until, have: own.map(({ id }) => id) }
    const answer: AnswerOf<typeof pullRows> = await askPeer(peers, from, pullRows, question, { timeoutMs: ROW_LIMITS.askMs, signal })
    const commits = answer.heads.map((commit) => checkCommit(commit, crypto))
    if (commits.some((commit) => !equalBytes(commit.partition, partition)))
      throw new LunarError('BAD_MESSAGE', 'a member sent commits of another partition', { detail: { peer: from.peer ?? from.host } })
    if (commits.length > 0) await table.union(commits)
    after = answer.next ?? until
    if (!after) return
  }
  throw new LunarError('TOO_MANY_REQUESTS', 'a partition has more pages than can be compared', { detail: { pages: ROW_LIMITS.pages } })
}
