/**
 * draw → root → challenge → answer: signs a root over a stretch of heads, then answers for the one that is asked; or for a commit that
 * another replica has shown.
 *
 * It looks before it signs, as with shards: only who means to deceive signs a value that is not the one that the commit names. What it
 * has not got it says to lack, and fetches.
 *
 * @module
 */
import {
  drawnPartition,
  openChallenge,
  ROW_ANSWER,
  ROW_CHALLENGE,
  ROW_DRAW,
  ROW_ROOT,
  ROW_STRETCH,
  rowPath,
  rowRoot,
  stretchPoint,
  type RowAnswer,
  type RowChallenge,
} from '@lunarx/core/audit'
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import { documentId, openDocument, signDocument, type SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { hasCode, hexOf, itemAt, LunarError } from '@lunarx/core/model'
import { partitionOf, ROW_COMMIT } from '@lunarx/core/row'
import type { Clock } from '@lunarx/runtime/clock'
import type { EpochGate, Standing } from '../epochs/index.ts'
import { ROW_LIMITS } from '../limits.ts'
import type { PartitionSummary, PlacedHead, RowTable } from '../table/index.ts'
import { findCommit } from './find-commit.ts'
import type { Refetch } from './refetch.ts'

export interface RowProverDeps {
  readonly network: string
  readonly self: PeerId
  readonly signKey: SignKey
  readonly table: RowTable
  readonly gate: EpochGate
  readonly crypto: CryptoEngine
  readonly clock: Clock
  readonly refetch: Pick<Refetch, 'fetch'>
}

/** What was signed, so that it can be answered for. */
interface OpenRoot {
  readonly partition: Uint8Array
  readonly heads: readonly PlacedHead[]
}

/** The head that is asked. */
interface Asked {
  readonly partition: Uint8Array
  readonly document: SignedDocument
  readonly path: readonly Uint8Array[]
}

export class RowProver {
  readonly #deps: RowProverDeps
  /** By id of the root as hex, oldest first. In memory: after a restart another is drawn. */
  readonly #open = new Map<string, OpenRoot>()

  constructor(deps: RowProverDeps) {
    this.#deps = deps
  }

  /**
   * A ROW_ROOT; undefined: nothing that this member holds is placed with it.
   * @param asker who asks, proved by its session
   * @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNAUTHORIZED, STALE_EPOCH, STORE_FAILED
   */
  async signRoot(document: SignedDocument, asker: PeerId): Promise<SignedDocument | undefined> {
    const { table, crypto, clock, signKey, gate } = this.#deps
    const { seed, epoch } = openChallenge(ROW_DRAW, document, asker, this.#deps)
    const partition = await this.#drawPartition(seed, gate.require(epoch))
    if (!partition) return undefined
    const heads = await stretchOf(partition, stretchPoint(seed, crypto), table)
    if (heads.length === 0) return undefined
    const ids = heads.map(({ id }) => id)
    const draw = documentId(ROW_DRAW, document, crypto)
    const value = { draw, partition, root: rowRoot(ids, crypto), leaves: ids.length, signedMs: Math.floor(clock.now()) }
    const root = signDocument(ROW_ROOT, value, signKey)
    this.#keep(hexOf(documentId(ROW_ROOT, root, crypto)), { partition, heads })
    return root
  }

  /**
   * A ROW_ANSWER.
   * @throws {LunarError} as {@link signRoot}; BAD_MESSAGE: the root is not open here any more; NOT_ENOUGH_REPLICAS: this member is not
   *   complete yet, or cannot show that what it has now comes after what was asked
   */
  async answer(document: SignedDocument, asker: PeerId): Promise<SignedDocument> {
    const { crypto, clock, signKey, gate, refetch } = this.#deps
    const challenge = openChallenge(ROW_CHALLENGE, document, asker, this.#deps)
    const standing = gate.require(challenge.epoch)
    const asked = challenge.commit ? this.#named(challenge.commit, standing) : this.#underRoot(challenge)
    const looked = findCommit(asked.partition, asked.document, this.#deps)
    const found = await (challenge.commit ? unlessUnreadable(looked) : looked)
    if (found === 'moved' && !challenge.commit)
      throw new LunarError('NOT_ENOUGH_REPLICAS', 'the row was written since, by somebody who had not seen what was asked')
    if (typeof found === 'string') refetch.fetch(asked.document)
    const answer: RowAnswer = {
      challenge: documentId(ROW_CHALLENGE, document, crypto),
      commit: documentId(ROW_COMMIT, asked.document, crypto),
      path: [...asked.path],
      proof: typeof found === 'string' ? null : { document: asked.document, ...found },
      answeredMs: Math.floor(clock.now()),
    }
    return signDocument(ROW_ANSWER, answer, signKey)
  }

  /** Drawn by rows; where it is not placed here in this epoch, the next one that is. */
  async #drawPartition(seed: Uint8Array, standing: Standing): Promise<Uint8Array | undefined> {
    const { table, gate, self } = this.#deps
    const all: PartitionSummary[] = []
    for (let page = 0; page < ROW_LIMITS.pages; page++) {
      const some = await table.partitions(all.at(-1)?.partition ?? null, ROW_LIMITS.pagePartitions)
      all.push(...some)
      if (some.length < ROW_LIMITS.pagePartitions) break
    }
    const drawn = drawnPartition(
      seed,
      all.map(({ rows }) => rows),
    )
    if (drawn === undefined) return undefined
    for (let step = 0; step < Math.min(all.length, ROW_LIMITS.drawnPartitions); step++) {
      const { partition } = itemAt(all, (drawn + step) % all.length)
      if (gate.isMember(partition, self, standing)) return partition
    }
    return undefined
  }

  #underRoot({ root, leaf }: RowChallenge): Asked {
    const open = this.#open.get(hexOf(root))
    const head = open?.heads[leaf]
    if (!open || !head) throw new LunarError('BAD_MESSAGE', 'the root is not open here, or has no such head')
    const ids = open.heads.map(({ id }) => id)
    return { partition: open.partition, document: head.document, path: rowPath(ids, leaf, this.#deps.crypto) }
  }

  /**
   * Of a provider that is no member at all any row may be asked: one that was left out since it lacked rows shows with them that it can
   * hold rows again.
   * @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, NOT_ENOUGH_REPLICAS
   */
  #named(document: SignedDocument, standing: Standing): Asked {
    const { crypto, gate, self } = this.#deps
    const { author, table } = openDocument(ROW_COMMIT, document, (commit) => commit.author, crypto)
    const partition = partitionOf(author, table, crypto)
    const asked = { partition, document, path: [] }
    if (!standing.current.members.some(({ peer }) => peer === self)) return asked
    gate.requireOwn(partition, standing)
    if (!gate.isComplete(standing.current.number, partition))
      throw new LunarError('NOT_ENOUGH_REPLICAS', 'this member has not merged the epoch before')
    return asked
  }

  #keep(id: string, root: OpenRoot): void {
    this.#open.set(id, root)
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= ROW_LIMITS.openRoots) break
      this.#open.delete(oldest)
    }
  }
}

/** What cannot be read is not there. Where a root was signed for it, that would cost standing: then nothing is said instead. */
async function unlessUnreadable<T>(looked: Promise<T>): Promise<T | 'gone'> {
  try {
    return await looked
  } catch (error) {
    if (hasCode(error, 'STORE_FAILED')) return 'gone'
    throw error
  }
}

/** Heads behind the point, and on from the beginning: each at most once. */
async function stretchOf(partition: Uint8Array, point: Uint8Array, table: RowTable): Promise<PlacedHead[]> {
  const behind = await table.page(partition, point, null, ROW_STRETCH)
  if (behind.length === ROW_STRETCH) return behind
  const known = new Set(behind.map(({ id }) => hexOf(id)))
  const before = await table.page(partition, null, point, ROW_STRETCH - behind.length)
  return [...behind, ...before.filter(({ id }) => !known.has(hexOf(id)))]
}
