import { bytesOfHex, hexOf, utf8 } from '@lunarx/core/model'
import test from 'ava'
import * as fc from 'fast-check'
import { nodeCrypto } from './node-crypto.ts'

test('sha256 of FIPS 180-4, whole and in parts', (t) => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  t.is(hexOf(nodeCrypto.sha256(utf8('abc'))), abc)
  t.is(hexOf(nodeCrypto.sha256(utf8('a'), new Uint8Array(0), utf8('bc'))), abc)
  t.is(hexOf(nodeCrypto.sha256()), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})

test('hmacSha256 of RFC 4231, cases 1 and 2', (t) => {
  t.is(
    hexOf(nodeCrypto.hmacSha256(new Uint8Array(20).fill(0x0b), utf8('Hi There'))),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  )
  t.is(
    hexOf(nodeCrypto.hmacSha256(utf8('Jefe'), utf8('what do ya want '), utf8('for nothing?'))),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})

test('hkdf of RFC 5869, cases 1 and 3', (t) => {
  const key = new Uint8Array(22).fill(0x0b)
  t.is(
    hexOf(nodeCrypto.hkdf(key, bytesOfHex('000102030405060708090a0b0c'), bytesOfHex('f0f1f2f3f4f5f6f7f8f9'), 42)),
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  )
  t.is(
    hexOf(nodeCrypto.hkdf(key, new Uint8Array(0), new Uint8Array(0), 42)),
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  )
})

test('Ed25519 of RFC 8032, test 2', (t) => {
  const key = nodeCrypto.signKey(bytesOfHex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'))
  const message = Uint8Array.of(0x72)
  const signature = key.sign(message)
  t.is(hexOf(key.publicKey), '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')
  t.is(
    hexOf(signature),
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  )
  t.true(nodeCrypto.verify(key.publicKey, message, signature))
  t.false(nodeCrypto.verify(key.publicKey, Uint8Array.of(0x73), signature))
  t.throws(() => nodeCrypto.signKey(new Uint8Array(31)), { instanceOf: RangeError })
})

test('verify is false on malformed keys and signatures, never a throw', (t) => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const key = nodeCrypto.signKey(new Uint8Array(32).fill(7))
  const signature = key.sign(utf8('x'))
  fc.assert(fc.property(fc.oneof(bytes(32), fc.uint8Array({ maxLength: 70 })), (other) => !nodeCrypto.verify(other, utf8('x'), signature)))
  fc.assert(
    fc.property(fc.oneof(bytes(64), fc.uint8Array({ maxLength: 70 })), (other) => !nodeCrypto.verify(key.publicKey, utf8('x'), other)),
  )
  t.true(nodeCrypto.verify(key.publicKey, utf8('x'), signature))
})

test('aes256Gcm of the GCM specification, case 16', async (t) => {
  const aead = nodeCrypto.aes256Gcm(bytesOfHex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'))
  const nonce = bytesOfHex('cafebabefacedbaddecaf888')
  const plaintext = bytesOfHex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  )
  const associated = bytesOfHex('feedfacedeadbeeffeedfacedeadbeefabaddad2')
  const sealed = new Uint8Array(plaintext.length + aead.overheadBytes)
  await aead.seal(nonce, plaintext, associated, sealed)
  t.is(
    hexOf(sealed),
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662' +
      '76fc6ece0f4e1768cddf8853bb2d551b',
  )
  const opened = new Uint8Array(plaintext.length)
  t.true(await aead.open(nonce, sealed, associated, opened))
  t.deepEqual(opened, plaintext)
})

test('aes256Gcm opens nothing that was changed', async (t) => {
  const aead = nodeCrypto.aes256Gcm(new Uint8Array(32).fill(1))
  const nonce = new Uint8Array(12).fill(2)
  const associated = utf8('associated')
  const sealed = new Uint8Array(30 + aead.overheadBytes)
  await aead.seal(nonce, new Uint8Array(30).fill(3), associated, sealed)
  const opens = async (nonce: Uint8Array, sealed: Uint8Array, associated: Uint8Array) =>
    await aead.open(nonce, sealed, associated, new Uint8Array(Math.max(0, sealed.length - aead.overheadBytes)))
  t.true(await opens(nonce, sealed, associated))
  for (let at = 0; at < sealed.length; at++) t.false(await opens(nonce, flipped(sealed, at), associated), `byte ${at}`)
  for (let length = 0; length < sealed.length; length++)
    t.false(await opens(nonce, sealed.subarray(0, length), associated), `length ${length}`)
  t.false(await opens(flipped(nonce, 5), sealed, associated))
  t.false(await opens(nonce, sealed, flipped(associated, 0)))
  t.throws(() => nodeCrypto.aes256Gcm(new Uint8Array(16)), { instanceOf: RangeError })
})

test('results are plain Uint8Arrays, whose slice does not share memory', (t) => {
  const key = nodeCrypto.signKey(new Uint8Array(32))
  const results = [
    nodeCrypto.sha256(utf8('a')),
    nodeCrypto.sha256(utf8('a'), utf8('b')),
    nodeCrypto.hmacSha256(utf8('a')),
    nodeCrypto.hkdf(utf8('a'), utf8('b'), utf8('c'), 5),
    key.publicKey,
    key.sign(utf8('a')),
  ]
  for (const result of results) t.is(Object.getPrototypeOf(result), Uint8Array.prototype)
})

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 0x01
  return copy
}
