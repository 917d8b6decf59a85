import { peerIdOf } from '@lunarx/core/membership'
import { concatBytes, utf8 } from '@lunarx/core/model'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { HeldKeys, heldKeyOf, publicKeyOfHeld } from './keys.ts'

test('the key of a statement is h, the public key of the provider, and the shard, the first time and every time', (t) => {
  const random = new SeededRandom(1)
  const held = new HeldKeys()
  const publicKeys = Array.from({ length: 5 }, () => random.bytes(32))
  for (const _ of [1, 2])
    for (const publicKey of publicKeys) {
      const shard = random.bytes(33)
      const key = held.of(peerIdOf(publicKey), shard)
      t.deepEqual(key, concatBytes(utf8('h'), publicKey, shard))
      t.deepEqual(publicKeyOfHeld(key), publicKey)
      t.deepEqual(heldKeyOf(key), shard)
    }
})
