/**
 * A remote backend below the shard stores of a provider, for their conformance suite.
 *
 * @module
 */
import { RemoteStore } from '@lunarx/provider/store'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SimulatedDisk } from '@lunarx/runtime/disk'
import type { Objects } from '@lunarx/runtime/objects'
import { SeededRandom } from '@lunarx/runtime/random'
import type { ShardsFixture } from './shards.ts'

/** @param objects empty; disposed of with the fixture */
export function remoteShards(objects: Objects): ShardsFixture {
  const disk = new SimulatedDisk({ random: new SeededRandom(1) })
  return {
    open: () => RemoteStore.open({ disk, objects, crypto, owner: 'a network and a place' }),
    async raw(path) {
      const into = new Uint8Array((await objects.size(path)) ?? 0)
      return (await objects.read(path, into, 0)) === undefined ? undefined : into
    },
    async plant(path, bytes) {
      await objects.put(path, bytes.length, async function* () {
        yield bytes
      })
    },
    [Symbol.asyncDispose]: () => objects[Symbol.asyncDispose](),
  }
}
