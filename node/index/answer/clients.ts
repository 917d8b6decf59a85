/**
 * What clients ask: write, read, list. Everything is judged by the epoch the question names.
 *
 * A write is acknowledged, and an absence claimed, only if the epoch is still the newest one here after the store has answered: so
 * nothing is acknowledged in an epoch that this member has left, and a handover lists all that was.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { SignedDocument } from '@lunarx/core/document'
import { hexOf } from '@lunarx/core/model'
import { partitionOf } from '@lunarx/core/row'
import type { Peers } from '@lunarx/net/peers'
import { listRows, readRows, writeRows, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import type { EpochGate } from '../epochs/index.ts'
import { ROW_LIMITS } from '../limits.ts'
import { checkCommit, type RowTable } from '../table/index.ts'

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

async function write(
  { epoch, commits }: QuestionOf<typeof writeRows>,
  { table, gate, crypto }: AnswerDeps,
  signal: AbortSignal,
): Promise<{ stored: number }> {
  const standing = gate.require(epoch)
  const checked = commits.map((document) => checkCommit(document, crypto))
  const partitions = new Map(checked.map(({ partition }) => [hexOf(partition), partition]))
  for (const partition of partitions.values()) {
    gate.requireOwn(partition, standing)
    await gate.waitInForce(epoch, partition, signal)
  }
  await table.write(checked)
  gate.require(epoch)
  return { stored: checked.length }
}

async function read({ epoch, keys }: QuestionOf<typeof readRows>, { table, gate, crypto }: AnswerDeps): Promise<AnswerOf<typeof readRows>> {
  const standing = gate.require(epoch)
  const rows: { heads: SignedDocument[]; complete: boolean }[] = []
  let budgetBytes: number = ROW_LIMITS.answerBytes
  for (const { author, table: token, row } of keys) {
    if (rows.length > 0 && budgetBytes <= 0) break
    const partition = partitionOf(author, token, crypto)
    gate.requireOwn(partition, standing)
    const wasComplete = gate.isComplete(epoch, partition)
    const { documents, sizeBytes } = await table.read(partition, row, budgetBytes)
    budgetBytes -= sizeBytes
    rows.push({ heads: documents, complete: wasComplete && gate.isCurrent(epoch) })
  }
  gate.require(epoch)
  return { rows }
}

async function list(question: QuestionOf<typeof listRows>, { table, gate, crypto }: AnswerDeps): Promise<AnswerOf<typeof listRows>> {
  const { epoch, author, table: token, after, limit } = question
  const partition = partitionOf(author, token, crypto)
  gate.requireOwn(partition, gate.require(epoch))
  const wasComplete = gate.isComplete(epoch, partition)
  const heads: SignedDocument[] = []
  let budgetBytes: number = ROW_LIMITS.answerBytes
  let last = after
  let rows = 0
  for await (const row of table.rows(partition, after)) {
    if (rows === limit || (rows > 0 && (budgetBytes <= 0 || heads.length >= ROW_LIMITS.answerCommits / 2))) {
      gate.require(epoch)
      return { heads, next: last, complete: wasComplete }
    }
    const { documents, sizeBytes } = await table.read(partition, row, budgetBytes)
    heads.push(...documents)
    budgetBytes -= sizeBytes
    last = row
    rows++
  }
  gate.require(epoch)
  return { heads, next: null, complete: wasComplete }
}
