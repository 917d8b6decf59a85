import { encodeBytes } from '@lunarx/core/document'
import { peerIdOf } from '@lunarx/core/membership'
import test from 'ava'
import { confirmMany, hold, holdMany } from './place.ts'

const hash = new Uint8Array(32).fill(7)
/** The longest that there is. */
const reservation = {
  provider: peerIdOf(hash),
  client: peerIdOf(hash),
  segment: hash,
  index: 254,
  address: hash,
  sizeBytes: Number.MAX_SAFE_INTEGER,
  expiresMs: Number.MAX_SAFE_INTEGER,
  nonce: hash.subarray(16),
}
const key = { body: encodeBytes(reservation), signature: new Uint8Array(64) }

test('one outcome that is none, or a key that is too large, fails its own shard of an answer', (t) => {
  t.true(key.body.length < 512, `${key.body.length}`)
  const refusal = { code: 'FULL', message: 'no room' }
  const large = { ...key, body: new Uint8Array(1025) }
  const held = [{ key }, { refusal }, { key: large }, { key: { body: key.body } }, 7, null, { refusal: { code: 1 } }]
  for (const { answer } of [hold, holdMany]) {
    const parsed = answer.parse({ held }).held.map((one) => ('key' in one ? 'key' : one.refusal.code))
    t.deepEqual(parsed, ['key', 'FULL', ...Array.from({ length: 5 }, () => 'BAD_MESSAGE')])
  }
  const confirmed = confirmMany.answer.parse({ held: [true, false, { refusal }, 'yes', null] }).held
  t.deepEqual(
    confirmed.map((one) => (typeof one === 'boolean' ? one : one.refusal.code)),
    [true, false, 'FULL', 'BAD_MESSAGE', 'BAD_MESSAGE'],
  )
})
