/**
 * What every crypto engine must do: published vectors (RFCs, Wycheproof), refusal of all that was changed, plain results. Engines that
 * pass can replace each other: what one sealed or signed the other opens or verifies.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { aeadOf, hpkeOpen, hpkeSeal, SUITES, type Aead, type CryptoEngine } from '@lunarx/core/crypto'
import { bytesOfHex, concatBytes, equalBytes, hexOf, utf8 } from '@lunarx/core/model'
import type { TestFn } from 'ava'
import * as fc from 'fast-check'
import { hpkeSchedule } from '../../node/core/crypto/hpke.ts'

type Case = Readonly<Record<string, string>> & { readonly tcId: number; readonly result: 'valid' | 'invalid' | 'acceptable' }

function casesOf(name: string): readonly Case[] {
  const { cases } = JSON.parse(readFileSync(new URL(`../vectors/crypto/${name}.json`, import.meta.url), 'utf8')) as { cases: Case[] }
  return cases
}
const hex = (value: string | undefined): Uint8Array => bytesOfHex(value ?? '')
const fails = <T>(work: () => T, on: T): T => {
  try {
    return work()
  } catch {
    return on
  }
}

export function cryptoConformance(test: TestFn, name: string, crypto: CryptoEngine): void {
  hashes(test, name, crypto)
  signatures(test, name, crypto)
  agreement(test, name, crypto)
  for (const suite of SUITES) aeads(test, name, suite, (key) => aeadOf(suite, key, crypto))
  hpke(test, name, crypto)
  results(test, name, crypto)
}

function hashes(test: TestFn, name: string, crypto: CryptoEngine): void {
  test(`${name}: SHA-256 of FIPS 180-4, whole and in parts`, (t) => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    t.is(hexOf(crypto.sha256(utf8('abc'))), abc)
    t.is(hexOf(crypto.sha256(utf8('a'), new Uint8Array(0), utf8('bc'))), abc)
    t.is(hexOf(crypto.sha256()), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })

  test(`${name}: HMAC-SHA-256 of RFC 4231 (in parts) and Wycheproof`, (t) => {
    t.is(
      hexOf(crypto.hmacSha256(utf8('Jefe'), utf8('what do ya want '), utf8('for nothing?'))),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
    for (const { tcId, key, msg, tag, result } of casesOf('hmac-sha256'))
      t.is(hexOf(crypto.hmacSha256(hex(key), hex(msg))) === tag, result === 'valid', `case ${tcId}`)
  })

  test(`${name}: HKDF-SHA-256 of RFC 5869 and Wycheproof`, (t) => {
    for (const { tcId, ikm, salt, info, size, okm, result } of casesOf('hkdf-sha256')) {
      const derived = fails(() => hexOf(crypto.hkdf(hex(ikm), hex(salt), hex(info), Number(size))), undefined)
      t.is(derived !== undefined && derived === okm, result === 'valid', `case ${tcId}`)
    }
  })
}

function signatures(test: TestFn, name: string, crypto: CryptoEngine): void {
  // RFC 8032, 7.1: tests 1 to 3
  const rfc = [
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
  ] as const

  test(`${name}: Ed25519 of RFC 8032 and Wycheproof`, (t) => {
    for (const [seed, publicKey, message, signature] of rfc) {
      const key = crypto.signKey(hex(seed))
      t.is(hexOf(key.publicKey), publicKey)
      t.is(hexOf(key.sign(hex(message))), signature)
      t.true(crypto.verify(key.publicKey, hex(message), hex(signature)))
      t.false(crypto.verify(key.publicKey, concatBytes(hex(message), hex('00')), hex(signature)))
    }
    for (const { tcId, pk, msg, sig, result } of casesOf('ed25519'))
      t.is(crypto.verify(hex(pk), hex(msg), hex(sig)), result === 'valid', `case ${tcId}`)
    t.throws(() => crypto.signKey(new Uint8Array(31)), { instanceOf: RangeError })
  })

  test(`${name}: verify is false on malformed keys and signatures, never a throw`, (t) => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
    const key = crypto.signKey(new Uint8Array(32).fill(7))
    const signature = key.sign(utf8('x'))
    fc.assert(fc.property(fc.oneof(bytes(32), fc.uint8Array({ maxLength: 70 })), (other) => !crypto.verify(other, utf8('x'), signature)))
    fc.assert(
      fc.property(fc.oneof(bytes(64), fc.uint8Array({ maxLength: 70 })), (other) => !crypto.verify(key.publicKey, utf8('x'), other)),
    )
    t.true(crypto.verify(key.publicKey, utf8('x'), signature))
  })
}

function agreement(test: TestFn, name: string, crypto: CryptoEngine): void {
  test(`${name}: X25519 of RFC 7748 and Wycheproof; a secret of zeros is none`, (t) => {
    const alice = crypto.agreementKey(hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'))
    const bob = hex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')
    t.is(hexOf(alice.publicKey), '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
    t.is(hexOf(alice.agree(bob) ?? bob), '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742')
    for (const { tcId, public: publicKey, private: secret, shared } of casesOf('x25519')) {
      const agreed = crypto.agreementKey(hex(secret)).agree(hex(publicKey))
      if (/^0*$/.test(shared ?? '')) t.is(agreed, undefined, `case ${tcId}`)
      else t.is(agreed && hexOf(agreed), shared, `case ${tcId}`)
    }
    t.is(alice.agree(new Uint8Array(31)), undefined)
    t.throws(() => crypto.agreementKey(new Uint8Array(31)), { instanceOf: RangeError })
  })
}

function aeads(test: TestFn, name: string, suite: string, make: (key: Uint8Array) => Aead): void {
  test(`${name}: ${suite} of Wycheproof, both ways`, async (t) => {
    for (const { tcId, key, iv, aad, msg, ct, tag, result } of casesOf(suite)) {
      const aead = make(hex(key))
      const sealed = concatBytes(hex(ct), hex(tag))
      const plaintext = new Uint8Array(sealed.length - aead.overheadBytes)
      const isOpen = await aead.open(hex(iv), sealed, hex(aad), plaintext)
      t.is(isOpen, result === 'valid', `case ${tcId}`)
      if (result !== 'valid') continue
      t.is(hexOf(plaintext), msg ?? '', `case ${tcId}`)
      const again = new Uint8Array(sealed.length)
      await aead.seal(hex(iv), hex(msg), hex(aad), again)
      t.is(hexOf(again), hexOf(sealed), `case ${tcId}`)
    }
  })

  test(`${name}: ${suite} opens nothing that was changed or cut`, async (t) => {
    const aead = make(new Uint8Array(32).fill(1))
    const nonce = new Uint8Array(aead.nonceBytes).fill(2)
    const associated = utf8('associated')
    const sealed = new Uint8Array(30 + aead.overheadBytes)
    await aead.seal(nonce, new Uint8Array(30).fill(3), associated, sealed)
    const opens = async (nonce: Uint8Array, sealed: Uint8Array, associated: Uint8Array) =>
      await aead.open(nonce, sealed, associated, new Uint8Array(Math.max(0, sealed.length - aead.overheadBytes)))
    t.true(await opens(nonce, sealed, associated))
    for (let at = 0; at < sealed.length; at++) t.false(await opens(nonce, flipped(sealed, at), associated), `byte ${at}`)
    for (let length = 0; length < sealed.length; length++)
      t.false(await opens(nonce, sealed.subarray(0, length), associated), `length ${length}`)
    for (let at = 0; at < nonce.length; at++) t.false(await opens(flipped(nonce, at), sealed, associated), `nonce ${at}`)
    t.false(await opens(nonce, sealed, flipped(associated, 0)))
    await t.throwsAsync(async () => await aead.seal(nonce, new Uint8Array(30), associated, new Uint8Array(30)), { instanceOf: RangeError })
    t.throws(() => make(new Uint8Array(16)), { instanceOf: RangeError })
  })
}

/** `base_nonce` XOR the message's number (RFC 9180, 5.2). */
function nonceOf(nonce: Uint8Array, number: number): Uint8Array {
  const out = Uint8Array.from(nonce)
  const view = new DataView(out.buffer)
  view.setUint32(8, view.getUint32(8) ^ number)
  return out
}

function hpke(test: TestFn, name: string, crypto: CryptoEngine): void {
  test(`${name}: HPKE of RFC 9180, 1,000 messages to one digest`, async (t) => {
    for (const vector of casesOf('hpke')) {
      const ephemeral = crypto.agreementKey(deriveKey(hex(vector['ikmE']), crypto))
      const recipient = crypto.agreementKey(deriveKey(hex(vector['ikmR']), crypto))
      t.is(hexOf(ephemeral.publicKey), vector['enc'] ?? '')
      t.is(hexOf(recipient.publicKey), vector['pkRm'] ?? '')
      const { key, nonce } = hpkeSchedule(
        ephemeral.agree(recipient.publicKey),
        ephemeral.publicKey,
        recipient.publicKey,
        hex(vector['info']),
        crypto,
      )
      const aead = crypto.aes256Gcm(key)
      const source = inputs()
      const sink = createHash('shake128', { outputLength: 16 })
      for (let number = 0; number < 1_000; number++) {
        const [associated, plaintext] = [source(), source()]
        const sealed = new Uint8Array(plaintext.length + 16)
        await aead.seal(nonceOf(nonce, number), plaintext, associated, sealed)
        sink.update(sealed)
        if (number > 0) continue
        const context = { info: hex(vector['info']), associated }
        const whole = await hpkeSeal(recipient.publicKey, plaintext, context, ephemeral, crypto)
        t.is(hexOf(whole), hexOf(concatBytes(ephemeral.publicKey, sealed)))
        t.deepEqual(await hpkeOpen(recipient, whole, context, crypto), plaintext)
      }
      t.is(sink.digest('hex'), vector['encryptions_accumulated'] ?? '')
    }
  })

  test(`${name}: HPKE opens nothing that was changed, cut, or sealed to another key or context`, async (t) => {
    const [own, other] = [crypto.agreementKey(new Uint8Array(32).fill(1)), crypto.agreementKey(new Uint8Array(32).fill(2))]
    const context = { info: utf8('info'), associated: utf8('associated') }
    const sealed = await hpkeSeal(own.publicKey, utf8('secret'), context, crypto.agreementKey(new Uint8Array(32).fill(3)), crypto)
    const isWrong = { code: 'WRONG_KEY' }
    for (let at = 0; at < sealed.length; at++) {
      // X25519 ignores the top bit of a public key, but the key schedule does not
      await t.throwsAsync(hpkeOpen(own, flipped(sealed, at, 0x80), context, crypto), isWrong, `byte ${at}`)
      await t.throwsAsync(hpkeOpen(own, sealed.subarray(0, at), context, crypto), isWrong, `length ${at}`)
    }
    await t.throwsAsync(hpkeOpen(other, sealed, context, crypto), isWrong)
    await t.throwsAsync(hpkeOpen(own, sealed, { ...context, info: utf8('other') }, crypto), isWrong)
    await t.throwsAsync(hpkeOpen(own, sealed, { ...context, associated: utf8('other') }, crypto), isWrong)
    await t.throwsAsync(hpkeSeal(new Uint8Array(32), utf8('secret'), context, own, crypto), isWrong, 'a point of small order')
  })
}

/** DeriveKeyPair of X25519 (RFC 9180, 7.1.3): LabeledExpand(LabeledExtract("", "dkp_prk", ikm), "sk", "", 32). */
function deriveKey(ikm: Uint8Array, crypto: CryptoEngine): Uint8Array {
  const suite = concatBytes(utf8('HPKE-v1KEM'), Uint8Array.of(0, 0x20))
  const prk = crypto.hmacSha256(new Uint8Array(0), suite, utf8('dkp_prk'), ikm)
  return crypto.hmacSha256(prk, Uint8Array.of(0, 32), suite, utf8('sk'), Uint8Array.of(1))
}

/** The published test's inputs: a length byte, then as many bytes, out of SHAKE128 of nothing. */
function inputs(): () => Uint8Array {
  const stream = createHash('shake128', { outputLength: 600_000 }).digest()
  let at = 0
  return () => {
    const length = stream[at++] ?? 0
    at += length
    return Uint8Array.from(stream.subarray(at - length, at))
  }
}

function results(test: TestFn, name: string, crypto: CryptoEngine): void {
  test(`${name}: results are plain Uint8Arrays, whose slice does not share memory`, (t) => {
    const key = crypto.signKey(new Uint8Array(32))
    const agreement = crypto.agreementKey(new Uint8Array(32).fill(1))
    const all = [
      crypto.sha256(utf8('a')),
      crypto.sha256(utf8('a'), utf8('b')),
      crypto.hmacSha256(utf8('a')),
      crypto.hkdf(utf8('a'), utf8('b'), utf8('c'), 5),
      key.publicKey,
      key.sign(utf8('a')),
      agreement.publicKey,
      agreement.agree(agreement.publicKey),
    ]
    for (const result of all) t.is(Object.getPrototypeOf(result), Uint8Array.prototype)
  })
}

/** Engines against each other, on inputs that nobody chose. */
export function cryptoEquality(test: TestFn, one: CryptoEngine, other: CryptoEngine): void {
  test('two engines give the same bytes', async (t) => {
    const secret = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const some = fc.uint8Array({ maxLength: 300 })
    await fc.assert(
      fc.asyncProperty(secret, some, some, fc.integer({ min: 1, max: 200 }), async (key, a, b, length) => {
        const [own, nonce] = [one.sha256(key), one.sha256(key, b)]
        const same = [
          [one.hkdf(key, a, b, length), other.hkdf(key, a, b, length)],
          [one.signKey(key).sign(a), other.signKey(key).sign(a)],
          [one.agreementKey(key).agree(one.agreementKey(own).publicKey), other.agreementKey(own).agree(other.agreementKey(key).publicKey)],
        ]
        for (const suite of SUITES) {
          const [sealed, opened] = [new Uint8Array(a.length + 16), new Uint8Array(a.length)]
          const from = nonce.subarray(0, aeadOf(suite, key, one).nonceBytes)
          await aeadOf(suite, key, one).seal(from, a, b, sealed)
          if (!(await aeadOf(suite, key, other).open(from, sealed, b, opened))) return false
          same.push([opened, a])
        }
        return same.every(([x, y]) => x !== undefined && y !== undefined && equalBytes(x, y))
      }),
      { numRuns: 40 },
    )
    t.pass()
  })
}

function flipped(bytes: Uint8Array, at: number, mask = 0x01): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ mask
  return copy
}
