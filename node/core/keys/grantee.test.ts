import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { granteeOfText, granteeText } from './grantee.ts'
import { ownerKeys } from './owner-keys.ts'

const key = ownerKeys(new Uint8Array(32).fill(5), crypto).granteeKey.publicKey
const text = granteeText(key, crypto)

test('an address comes back as the key, whatever its case and the space around', (t) => {
  t.is(text.length, 65)
  t.regex(text, /^lunarx1[a-z2-7]{58}$/)
  t.deepEqual(granteeOfText(text, crypto), key)
  t.deepEqual(granteeOfText(`  ${text.toUpperCase()}\n`, crypto), key)
})

test('every slip of the pen is BAD_GRANTEE', (t) => {
  const isBad = { code: 'BAD_GRANTEE' }
  for (let at = 0; at < text.length; at++) {
    const other = text[at] === 'a' ? 'b' : 'a'
    t.throws(() => granteeOfText(text.slice(0, at) + other + text.slice(at + 1), crypto), isBad, `character ${at}`)
    t.throws(() => granteeOfText(text.slice(0, at), crypto), isBad, `length ${at}`)
    t.throws(() => granteeOfText(text.slice(0, at) + text.slice(at + 1), crypto), isBad, `without ${at}`)
  }
  t.throws(() => granteeOfText(`${text}a`, crypto), isBad)
  t.throws(() => granteeOfText('', crypto), isBad)
})
