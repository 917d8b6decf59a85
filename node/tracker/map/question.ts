/**
 * Questions to providers about shards that they are believed to hold: an answer may deny them, but not what its provider said later.
 *
 * The answer tells how things were when it was given; what is affirmed between question and answer may be newer (the shard was stored
 * again, and reported), so that it is kept: the next report settles it. Begun before a question is sent, ended after its answer.
 *
 * Of each shard it is known which questions ask for it: with hundreds of them under way, what is affirmed must not look through all.
 *
 * @module
 */
import { shardKeyBytes, type ShardKey } from '@lunarx/core/inventory'
import type { PeerId } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'

/** A shard, and who is believed to hold it. */
export interface StatedShard extends ShardKey {
  readonly peer: PeerId
}

export class Question implements Disposable {
  /** Provider and key, as {@link nameOf} says. */
  readonly #overtaken = new Set<string>()
  readonly #end: (question: Question) => void

  constructor(end: (question: Question) => void) {
    this.#end = end
  }

  /** The provider says meanwhile that it holds this shard. */
  overtake(name: string): void {
    this.#overtaken.add(name)
  }

  /** The answer may be older than what is believed. */
  isOvertaken(peer: PeerId, key: Uint8Array): boolean {
    return this.#overtaken.size > 0 && this.#overtaken.has(nameOf(peer, key))
  }

  [Symbol.dispose](): void {
    this.#end(this)
  }
}

/** Those that wait for their answers. */
export class Questions {
  readonly #open = new Map<string, Set<Question>>()

  begin(shards: readonly StatedShard[]): Question {
    const names = shards.map((shard) => nameOf(shard.peer, shardKeyBytes(shard)))
    const question = new Question((ended) => {
      for (const name of names) this.#end(name, ended)
    })
    for (const name of names) this.#open.set(name, (this.#open.get(name) ?? new Set()).add(question))
    return question
  }

  /** The provider says that it holds this shard. */
  overtake(peer: PeerId, key: Uint8Array): void {
    if (this.#open.size === 0) return
    const name = nameOf(peer, key)
    for (const question of this.#open.get(name) ?? []) question.overtake(name)
  }

  #end(name: string, question: Question): void {
    const open = this.#open.get(name)
    open?.delete(question)
    if (open?.size === 0) this.#open.delete(name)
  }
}

const nameOf = (peer: PeerId, key: Uint8Array): string => `${peer} ${hexOf(key)}`
