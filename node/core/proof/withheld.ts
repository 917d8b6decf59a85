/**
 * The hostage defence (white paper 5.2): a provider that withholds a shard from its owner, yet answers challenges (else it would not be paid), gives it
 * away leaf by leaf. Whoever collects the answers has the shard in the end, and long before that every part of the set of which k
 * shards have been answered.
 *
 * The code works byte by byte at equal offsets, so that one leaf of any k shards gives that leaf of all n: leaves of whole shards that
 * other holders do give count like those of answers. Every leaf is verified against the pinned address before it is taken; what is
 * decoded from them is what the owner's record pins, and a shard that is whole is checked against its address once more.
 *
 * Draws hit leaves at random: of L leaves one shard needs L · (ln L + 0.58) answers on average (coupon collector).
 *
 * Holds what it is given, n · shardBytes at most. Never asks anybody.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import type { ErasureEngine } from '../erasure/engine.ts'
import { address } from '../merkle/address.ts'
import { leafCount } from '../merkle/tree.ts'
import { equalBytes } from '../model/bytes.ts'
import { LunarError } from '../model/error.ts'
import { itemAt } from '../model/item.ts'
import { LIMITS } from '../model/limits.ts'
import type { PinnedSet } from '../segment/rebuild.ts'
import { verifyDraw, type DrawAnswer } from './draw.ts'

export interface WithheldDeps {
  readonly crypto: CryptoEngine
  readonly erasure: ErasureEngine
}

export class WithheldSet {
  readonly #set: PinnedSet
  readonly #deps: WithheldDeps
  readonly #leaves: number
  /** By shard, as far as known. */
  readonly #shards = new Map<number, Uint8Array>()
  /** By shard: leaves that are known. */
  readonly #known = new Map<number, Set<number>>()

  constructor(set: PinnedSet, deps: WithheldDeps) {
    this.#set = set
    this.#deps = deps
    this.#leaves = leafCount(set.shardBytes)
  }

  /** Takes an answer to a challenge. @returns false, and nothing is taken, if it is not the leaf that the address pins */
  add(index: number, leaf: number, answer: DrawAnswer): boolean {
    const pinned = this.#set.addresses[index]
    const isLeaf = Number.isInteger(leaf) && leaf >= 0 && leaf < this.#leaves
    const { shardBytes } = this.#set
    if (!pinned || !isLeaf || !verifyDraw(leaf, answer, { address: pinned, shardBytes }, this.#deps.crypto)) return false
    this.#put(index, leaf, answer.bytes)
    return true
  }

  /** Takes a whole shard, from a holder that gives it. @returns false, and nothing is taken, if it is not what the address pins */
  addShard(index: number, bytes: Uint8Array): boolean {
    if (!this.#isPinned(index, bytes)) return false
    for (let leaf = 0; leaf < this.#leaves; leaf++) this.#put(index, leaf, bytes.subarray(...this.#spanOf(leaf)))
    return true
  }

  /** Takes leaves, one after another, that whoever has them from a holder has verified against the address already. */
  addRun(index: number, firstLeaf: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += LIMITS.leafBytes)
      this.#put(index, firstLeaf + at / LIMITS.leafBytes, bytes.subarray(at, at + LIMITS.leafBytes))
  }

  /** Leaves of a shard that are neither answered nor can be decoded, in order. */
  missing(index: number): number[] {
    return Array.from({ length: this.#leaves }, (_, leaf) => leaf).filter((leaf) => !this.#has(index, leaf) && !this.#isDecodable(leaf))
  }

  /**
   * A run of leaves of these shards, known or decoded; undefined until each leaf of it is.
   * @returns in the order of `indices`
   */
  range(indices: readonly number[], firstLeaf: number, count: number): Uint8Array[] | undefined {
    const leaves = Array.from({ length: count }, (_, i) => firstLeaf + i)
    for (const leaf of leaves) if (!this.#complete(leaf, indices)) return undefined
    const [from] = this.#spanOf(firstLeaf)
    const [, until] = this.#spanOf(firstLeaf + count - 1)
    return indices.map((index) => this.#bufferOf(index).slice(from, until))
  }

  /**
   * The whole shard, bit for bit; undefined until every leaf of it is known.
   * @throws {LunarError} BAD_ADDRESS: the leaves of the others are no code word with it, so the record pins none
   */
  shard(index: number): Uint8Array | undefined {
    const [bytes] = this.range([index], 0, this.#leaves) ?? []
    if (bytes && !this.#isPinned(index, bytes))
      throw new LunarError('BAD_ADDRESS', 'a shard does not match its address', { detail: { index } })
    return bytes
  }

  #isPinned(index: number, bytes: Uint8Array): boolean {
    const pinned = this.#set.addresses[index]
    return pinned !== undefined && bytes.length === this.#set.shardBytes && equalBytes(address(bytes, this.#deps.crypto), pinned)
  }

  /** Decodes what is missing of one leaf, if k shards have it. @returns whether all that is wanted is there */
  #complete(leaf: number, wanted: readonly number[]): boolean {
    const lost = wanted.filter((index) => !this.#has(index, leaf))
    if (lost.length === 0) return true
    if (!this.#isDecodable(leaf)) return false
    const { required, parity } = this.#set
    const span = this.#spanOf(leaf)
    const known = Array.from({ length: required + parity }, (_, index) =>
      this.#has(index, leaf) ? this.#bufferOf(index).subarray(...span) : undefined,
    )
    const decoded = this.#deps.erasure.code(required, parity).reconstruct(known, lost)
    for (const [i, index] of lost.entries()) this.#put(index, leaf, itemAt(decoded, i))
    return true
  }

  #isDecodable(leaf: number): boolean {
    return [...this.#known.values()].filter((leaves) => leaves.has(leaf)).length >= this.#set.required
  }

  #has(index: number, leaf: number): boolean {
    return this.#known.get(index)?.has(leaf) ?? false
  }

  #put(index: number, leaf: number, bytes: Uint8Array): void {
    this.#bufferOf(index).set(bytes, leaf * LIMITS.leafBytes)
    this.#known.set(index, (this.#known.get(index) ?? new Set()).add(leaf))
  }

  #bufferOf(index: number): Uint8Array {
    const buffer = this.#shards.get(index) ?? new Uint8Array(this.#set.shardBytes)
    this.#shards.set(index, buffer)
    return buffer
  }

  #spanOf(leaf: number): [number, number] {
    return [leaf * LIMITS.leafBytes, Math.min((leaf + 1) * LIMITS.leafBytes, this.#set.shardBytes)]
  }
}
