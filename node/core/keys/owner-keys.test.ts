import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import fc from 'fast-check'
import { hexOf } from '../model/bytes.ts'
import { keysOfIdentity, ownerKeys, readKeySeed } from './owner-keys.ts'
import { secretOfWords, wordsOf } from './words.ts'

const SECRET = Uint8Array.from({ length: 32 }, (_, i) => i)

// The format itself: another value here is another owner, who finds nothing of what was stored. Made with Python's hmac.
test('vectors: the keys of the secret 00 01 … 1f', (t) => {
  const keys = ownerKeys(SECRET, crypto)
  const table = keys.table('objects')
  const row = table.rowToken('report.pdf')
  const slotHex = (slot: number) => [hexOf(keys.slots[slot]?.position ?? SECRET), hexOf(keys.slots[slot]?.code ?? SECRET)]
  t.is(keys.slots.length, 8)
  t.is(hexOf(keys.identity.publicKey), '80eba1992cf6e8916521ba0a843166df5fd7a2f65f163ea204f43142aed5ce36')
  t.is(hexOf(keys.wrappingKey), '9a6f6d9b1427296617c2332d2d97c77be382397982f97a688a3459cd803f556a')
  t.is(hexOf(keys.granteeKey.publicKey), '99e0e74e6c8980b0a9e54cbd3435c67c3623a6d13e4415c07258931705b00f3a')
  t.is(hexOf(keys.root.publicKey), '54fcfb426aafb4432f80b5e7f8e0d391e566119b7b17df1cbb08376b0e590b59')
  t.is(hexOf(keys.at(1).identity.publicKey), '8443109301bfe8af85c559be1be194b48bde0bb3e4ad151d853a4a1fe3f402d7')
  t.is(hexOf(keys.at(1).wrappingKey), '3c44bc9e39ebdd03ce5bee42f35f811b0f6c263c39b3ef8006533c0d188cd3a3')
  t.is(hexOf(keys.at(1).granteeKey.publicKey), '0ededb557b88dec7ccc07d6543b8a6d93fc27351c6f7ca0a00b05f8a09aebe55')
  t.is(hexOf(keys.journalKey), '39d3239d1c01e8166f6e357bca9727214ad7ba039e76c74341a0beabb702ae7a')
  t.deepEqual(slotHex(0), [
    'feeafbd9db6dc050ebd2d8b7ca2bfbc2122b9268c0e6cc387ef810bc6693b74a',
    '156173b2a8e00badfdb6cbf719558d2e06832efd35e6bc591eb1e7e3cc009d71',
  ])
  t.deepEqual(slotHex(7), [
    'c8fbbeae76cfd0e54d993666d428c742065924475ba9a48800a5a77bc2b56e45',
    '82805d090f960ee99d48fa1b6d4634fbce6941e911cacd42b7bc7361b4004dbb',
  ])
  t.is(hexOf(table.token), 'b8c595ba99ad5a10bff38532f1f4f1681786a4184324ff48cb67486248d0c8c4')
  t.is(hexOf(row), '8b1652e64baa24b23c7582cd3f0568d44310d67c016594381b2f3fa043984ccd')
  t.is(hexOf(table.valueKey('manifest', row)), '2df5f5dff9d13a5a27d865c8d61502ee04c12f55e34d91dfa56667f0334ddfd7')
  t.is(hexOf(readKeySeed(SECRET, SECRET.subarray(0, 16), crypto)), '6b6c57d2aabea02f0c51e674455e53972298d6aec813e63b173c9a7d5a0957c3')
})

test('every key of an owner is another one', (t) => {
  const keys = ownerKeys(SECRET, crypto)
  const [one, two] = [keys.table('objects'), keys.table('other')]
  const all = [
    SECRET,
    keys.root.publicKey,
    keys.journalKey,
    ...[keys, keys.at(1), keys.at(11)].flatMap((of) => [of.identity.publicKey, of.wrappingKey, of.granteeKey.publicKey]),
    ...keys.slots.flatMap(({ position, code }) => [position, code]),
    ...[one, two].flatMap((table) => [
      table.token,
      table.rowToken('a'),
      table.rowToken('b'),
      table.valueKey('x', table.rowToken('a')),
      table.valueKey('y', table.rowToken('a')),
      table.valueKey('x', table.rowToken('b')),
    ]),
  ].map(hexOf)
  t.is(new Set(all).size, all.length)
})

test('a secret of another length is refused', (t) => {
  t.throws(() => ownerKeys(SECRET.subarray(1), crypto), { instanceOf: RangeError })
})

test('recovery words give the secret back, whatever the case and the spaces', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (secret) => {
      const words = wordsOf(secret)
      t.is(words.split(' ').length, 24)
      t.deepEqual(secretOfWords(words), secret)
      t.deepEqual(secretOfWords(`  ${words.toUpperCase().replaceAll(' ', '\n ')}\n`), secret)
    }),
  )
})

// BIP-39 test vector: 32 bytes of 0x7f
test('recovery words are those of BIP-39', (t) => {
  t.is(
    wordsOf(new Uint8Array(32).fill(0x7f)),
    'legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title',
  )
})

test('wrong words are refused: a word changed, swapped, missing, or of a shorter secret', (t) => {
  const words = wordsOf(SECRET).split(' ')
  const swapped = words.with(0, words[1] ?? '').with(1, words[0] ?? '')
  const short = 'legal winner thank year wave sausage worth useful legal winner thank yellow'
  for (const wrong of [words.with(3, 'lunar').join(' '), swapped.join(' '), words.slice(1).join(' '), short, ''])
    t.throws(() => secretOfWords(wrong), { code: 'BAD_WORDS' }, wrong)
})

test('a rotation renews identity, wrapping key and grantee key, and nothing else', (t) => {
  const keys = ownerKeys(SECRET, crypto)
  const next = ownerKeys(SECRET, crypto, 1)
  t.is(next.generation, 1)
  t.deepEqual(next.root.publicKey, keys.root.publicKey)
  t.deepEqual(next.slots, keys.slots)
  t.deepEqual(next.table('objects').token, keys.table('objects').token)
  t.deepEqual(next.at(0).wrappingKey, keys.wrappingKey)
  t.is(keysOfIdentity(keys.identity.publicKey, next)?.generation, 0)
  t.is(keysOfIdentity(next.identity.publicKey, next)?.generation, 1)
  t.is(keysOfIdentity(next.identity.publicKey, keys), undefined)
  for (const wrong of [-1, 0.5, 10_001]) t.throws(() => keys.at(wrong), { instanceOf: RangeError })
})
