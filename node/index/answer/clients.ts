/**
 * What clients ask: write, read, list. Everything is judged by the epoch the question names.
 *
 * A write is acknowledged, and an absence claimed, only if the epoch is still the newest one here after the store has answered: so
 * nothing is acknowledged in an epoch that this member has left, and a handover lists all that was.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { hexOf, LIMITS, LunarError } from '@lunarx/core/model'
import { partitionOf, type ValuedCommit } from '@lunarx/core/row'
import type { Peers } from '@lunarx/net/peers'
import { listRows, readRows, refusalOf, writeRows, type AnswerOf, type QuestionOf, type Refusal } from '@lunarx/wire'
import type { EpochGate } from '../epochs/index.ts'
import { ROW_LIMITS } from '../limits.ts'
import { checkCommit, sizeOf, type RowTable } from '../table/index.ts'

export interface AnswerDeps {
  readonly table: RowTable
  readonly gate: EpochGate
  readonly crypto: CryptoEngine
}

export function answerClients(peers: Peers, deps: AnswerDeps): void {
  peers.answer(writeRows, (question, { signal }) => write(question, deps, signal))
  peers.answer(readRows, (question) => read(question, deps))
  peers.answer(listRows, (question) => list(question, deps))
}

/** Each row on its own: one that is refused takes no other along. */
async function write(
  { epoch, commits }: QuestionOf<typeof writeRows>,
  { table, gate, crypto }: AnswerDeps,
  signal: AbortSignal,
): Promise<AnswerOf<typeof writeRows>> {
  const standing = gate.require(epoch)
  const open = new Map<string, Promise<void>>()
  const enter = (partition: Uint8Array): Promise<void> => {
    gate.requireOwn(partition, standing)
    const key = hexOf(partition)
    const opening = open.get(key) ?? gate.waitInForce(epoch, partition, signal)
    open.set(key, opening)
    return opening
  }
  const writeOne = async (commit: ValuedCommit): Promise<null> => {
    const checked = checkCommit(commit, crypto)
    await enter(checked.partition)
    await table.write([checked])
    return null
  }
  const refusals = await Promise.all(commits.map((commit) => orRefusal(() => writeOne(commit))))
  gate.require(epoch)
  return { refusals }
}

async function read({ epoch, keys }: QuestionOf<typeof readRows>, { table, gate, crypto }: AnswerDeps): Promise<AnswerOf<typeof readRows>> {
  const standing = gate.require(epoch)
  const rows: AnswerOf<typeof readRows>['rows'] = []
  let budgetBytes: number = LIMITS.rowsAskedBytes
  const readOne = async ({ author, table: token, row, values, have }: (typeof keys)[number]) => {
    const partition = partitionOf(author, token, crypto)
    gate.requireOwn(partition, standing)
    const wasComplete = gate.isComplete(epoch, partition)
    const heads = await table.read(partition, row, values ? { have, budgetBytes } : undefined)
    budgetBytes -= bytesOf(heads)
    return { heads, complete: wasComplete && gate.isCurrent(epoch) }
  }
  for (const key of keys) {
    if (rows.length > 0 && budgetBytes <= 0) break
    const row = await orRefusal(() => readOne(key))
    rows.push('code' in row ? { refusal: row } : row)
  }
  gate.require(epoch)
  return { rows }
}

async function list(question: QuestionOf<typeof listRows>, { table, gate, crypto }: AnswerDeps): Promise<AnswerOf<typeof listRows>> {
  const { epoch, author, table: token, after, limit, values } = question
  const partition = partitionOf(author, token, crypto)
  gate.requireOwn(partition, gate.require(epoch))
  const wasComplete = gate.isComplete(epoch, partition)
  const heads: ValuedCommit[] = []
  let budgetBytes: number = LIMITS.rowsAskedBytes
  let last = after
  let rows = 0
  for await (const row of table.rows(partition, after)) {
    if (rows === limit || (rows > 0 && (budgetBytes <= 0 || heads.length >= ROW_LIMITS.answerCommits / 2))) {
      gate.require(epoch)
      return { heads, next: last, complete: wasComplete }
    }
    const found = await table.read(partition, row, values ? { have: [], budgetBytes } : undefined)
    heads.push(...found)
    budgetBytes -= bytesOf(found)
    last = row
    rows++
  }
  gate.require(epoch)
  return { heads, next: null, complete: wasComplete }
}

const bytesOf = (commits: readonly ValuedCommit[]): number =>
  commits.reduce((total, { document, value }) => total + sizeOf(document) + (value?.length ?? 0), 0)

/** What `work` gives, or the refusal that it throws. @throws what is no LunarError */
async function orRefusal<T>(work: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof LunarError) return refusalOf(error)
    throw error
  }
}
