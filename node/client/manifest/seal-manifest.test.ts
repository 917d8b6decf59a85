import { ownerKeys } from '@lunarx/core/keys'
import { LIMITS } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import fc from 'fast-check'
import { openValue, SEAL_BYTES, sealValue } from './seal-manifest.ts'

const keys = ownerKeys(new Uint8Array(32).fill(7), crypto)
const table = keys.table('objects')
const rowOf = (name: string) => ({ author: keys.identity.publicKey, table: table.token, row: table.rowToken(name) })
const keyOf = (name: string) => table.valueKey('manifest', table.rowToken(name))
const nonce = fc.uint8Array({ minLength: 12, maxLength: 12 })

test('a sealed value opens to what it was', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), nonce, async (plaintext, nonce) => {
      const sealed = await sealValue(plaintext, keyOf('a'), nonce, rowOf('a'), crypto)
      t.is(sealed.length, plaintext.length + SEAL_BYTES)
      t.deepEqual(await openValue(sealed, keyOf('a'), rowOf('a'), crypto), plaintext)
    }),
  )
})

test('any flipped bit and any cut is WRONG_KEY', async (t) => {
  const plaintext = Uint8Array.from({ length: 40 }, (_, i) => i)
  const sealed = await sealValue(plaintext, keyOf('a'), new Uint8Array(12).fill(9), rowOf('a'), crypto)
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const flipped = sealed.with(bit >> 3, (sealed[bit >> 3] ?? 0) ^ (1 << (bit & 7)))
    await t.throwsAsync(openValue(flipped, keyOf('a'), rowOf('a'), crypto), { code: 'WRONG_KEY' }, `bit ${bit}`)
  }
  for (let length = 0; length < sealed.length; length++)
    await t.throwsAsync(openValue(sealed.subarray(0, length), keyOf('a'), rowOf('a'), crypto), { code: 'WRONG_KEY' }, `length ${length}`)
})

test('a value moved to another row, table or author, or opened with another key, is WRONG_KEY', async (t) => {
  const sealed = await sealValue(new Uint8Array(5), keyOf('a'), new Uint8Array(12), rowOf('a'), crypto)
  const other = ownerKeys(new Uint8Array(32).fill(8), crypto)
  const wrong = [
    openValue(sealed, keyOf('b'), rowOf('a'), crypto),
    openValue(sealed, keyOf('a'), rowOf('b'), crypto),
    openValue(sealed, keyOf('a'), { ...rowOf('a'), table: keys.table('other').token }, crypto),
    openValue(sealed, keyOf('a'), { ...rowOf('a'), author: other.identity.publicKey }, crypto),
    openValue(sealed, other.table('objects').valueKey('manifest', rowOf('a').row), rowOf('a'), crypto),
  ]
  for (const opened of wrong) await t.throwsAsync(opened, { code: 'WRONG_KEY' })
})

test('a value that would not fit a row is OBJECT_TOO_LARGE, one byte less fits', async (t) => {
  const most = new Uint8Array(LIMITS.rowValueBytes - SEAL_BYTES)
  t.is((await sealValue(most, keyOf('a'), new Uint8Array(12), rowOf('a'), crypto)).length, LIMITS.rowValueBytes)
  await t.throwsAsync(sealValue(new Uint8Array(most.length + 1), keyOf('a'), new Uint8Array(12), rowOf('a'), crypto), {
    code: 'OBJECT_TOO_LARGE',
  })
})
