/**
 * A question to a provider about shards that it is believed to hold: its answer may deny them, but not what the provider said later.
 *
 * The answer tells how things were when it was given; what is affirmed between question and answer may be newer (the shard was stored
 * again, and reported), so that it is kept: the next report settles it. Begun before the question is sent, ended after its answer.
 *
 * @module
 */
import { shardKeyBytes, type ShardKey } from '@lunarx/core/inventory'
import type { PeerId } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'

export class Question implements Disposable {
  readonly peer: PeerId
  readonly #asked: ReadonlySet<string>
  readonly #overtaken = new Set<string>()
  readonly #end: (question: Question) => void

  constructor(peer: PeerId, shards: readonly ShardKey[], end: (question: Question) => void) {
    this.peer = peer
    this.#asked = new Set(shards.map((shard) => hexOf(shardKeyBytes(shard))))
    this.#end = end
  }

  /** The provider says meanwhile that it holds this shard. */
  overtake(key: Uint8Array): void {
    const hex = hexOf(key)
    if (this.#asked.has(hex)) this.#overtaken.add(hex)
  }

  /** The answer may be older than what is believed. */
  isOvertaken(key: Uint8Array): boolean {
    return this.#overtaken.has(hexOf(key))
  }

  [Symbol.dispose](): void {
    this.#end(this)
  }
}
