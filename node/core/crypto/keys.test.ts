import { nodeCrypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { keyCommitment, segmentKey, unwrapDataKey, wrapDataKey, WRAPPED_KEY_BYTES } from './index.ts'

const wrappingKey = new Uint8Array(32).fill(1)
const dataKey = new Uint8Array(32).fill(2)
const nonce = new Uint8Array(12).fill(3)
const commitment = keyCommitment(dataKey, nodeCrypto)

test('a wrapped data key comes back under its wrapping key', async (t) => {
  const wrapped = await wrapDataKey(wrappingKey, dataKey, nonce, nodeCrypto)
  t.is(wrapped.length, WRAPPED_KEY_BYTES)
  t.deepEqual(await unwrapDataKey(wrappingKey, wrapped, commitment, nodeCrypto), dataKey)
})

test('another wrapping key, another commitment, or any changed byte is WRONG_KEY', async (t) => {
  const wrapped = await wrapDataKey(wrappingKey, dataKey, nonce, nodeCrypto)
  const isWrong = { code: 'WRONG_KEY' }
  await t.throwsAsync(unwrapDataKey(new Uint8Array(32).fill(9), wrapped, commitment, nodeCrypto), isWrong)
  await t.throwsAsync(unwrapDataKey(wrappingKey, wrapped, keyCommitment(wrappingKey, nodeCrypto), nodeCrypto), isWrong)
  for (let at = 0; at < wrapped.length; at++) {
    const changed = Uint8Array.from(wrapped)
    changed[at] = (changed[at] ?? 0) ^ 0x80
    await t.throwsAsync(unwrapDataKey(wrappingKey, changed, commitment, nodeCrypto), isWrong, `byte ${at}`)
    await t.throwsAsync(unwrapDataKey(wrappingKey, wrapped.subarray(0, at), commitment, nodeCrypto), isWrong, `length ${at}`)
  }
})

test('the commitment is checked even where the wrapping opens', async (t) => {
  const other = new Uint8Array(32).fill(4)
  const wrong = keyCommitment(other, nodeCrypto)
  // A writer who binds the commitment of another key, as one may who wants two readers to see two texts.
  const sealed = new Uint8Array(48)
  await nodeCrypto.aes256Gcm(wrappingKey).seal(nonce, dataKey, Buffer.concat([Buffer.from('lunarx/wrap-key/1\0'), wrong]), sealed)
  await t.throwsAsync(unwrapDataKey(wrappingKey, Buffer.concat([nonce, sealed]), wrong, nodeCrypto), { code: 'WRONG_KEY' })
})

test('every salt gives a key of its own', (t) => {
  const keys = Array.from({ length: 50 }, (_, i) =>
    Buffer.from(segmentKey('aes-256-gcm', dataKey, new Uint8Array(16).fill(i), nodeCrypto)).toString('hex'),
  )
  t.is(new Set(keys).size, 50)
  t.false(keys.includes(Buffer.from(dataKey).toString('hex')))
})
