/**
 * The shards that this provider is giving up at this moment, since another holder has the same one.
 *
 * While it gives one up, nobody else may give up theirs in reliance on it: it refuses to be read for that. So of all holders of a shard one
 * stays, whatever trackers order, at once or crosswise. Whoever gives way has read another that was not giving way when the reading
 * began, and that one began later, if it ever did: going on from each to the one it relied on, the beginnings only come later, so
 * that the way never comes back to where it was and ends at one that stays.
 *
 * In memory only: a process that ends gives nothing up any more, and needs a new order and a new reading.
 *
 * @module
 */
import { shardKeyBytes, type ShardKey } from '@lunarx/core/inventory'
import { hexOf, LunarError } from '@lunarx/core/model'

const nameOf = (key: ShardKey): string => hexOf(shardKeyBytes(key))

export class GivingWay {
  readonly #shards = new Set<string>()

  /** From before the other holder is read until the shard is gone or stays. @throws {LunarError} GIVING_WAY: it is being given up already */
  begin(key: ShardKey): Disposable {
    this.refuseWhileGiving(key)
    const name = nameOf(key)
    this.#shards.add(name)
    return { [Symbol.dispose]: () => void this.#shards.delete(name) }
  }

  /** @throws {LunarError} GIVING_WAY */
  refuseWhileGiving(key: ShardKey): void {
    if (this.#shards.has(nameOf(key))) throw new LunarError('GIVING_WAY', 'the provider is giving the shard up itself')
  }
}
