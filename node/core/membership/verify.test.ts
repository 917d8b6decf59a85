import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import test from 'ava'
import type { CryptoEngine, SignKey } from '../crypto/engine.ts'
import { concatBytes, hexOf } from '../model/bytes.ts'
import { signDocument } from '../document/signed.ts'
import type { Credential } from './credential.ts'
import { peerIdOf } from './peer-id.ts'
import { issueCredential, verifyCredential } from './verify.ts'

const seedPrefix = Buffer.from('302e020100300506032b657004220420', 'hex')
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex')

function signKey(seed: Uint8Array): SignKey {
  const key = createPrivateKey({ key: Buffer.concat([seedPrefix, seed]), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return { publicKey: Uint8Array.from(spki.subarray(publicPrefix.length)), sign: (message) => Uint8Array.from(sign(null, message, key)) }
}

/** The two functions that documents need; the rest of the engine is never called here. */
const crypto = {
  sha256: (...parts: Uint8Array[]) =>
    Uint8Array.from(
      createHash('sha256')
        .update(concatBytes(...parts))
        .digest(),
    ),
  verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) =>
    verify(null, message, createPublicKey({ key: Buffer.concat([publicPrefix, publicKey]), format: 'der', type: 'spki' }), signature),
} as unknown as CryptoEngine

const networkKey = signKey(new Uint8Array(32).fill(1))
const peerKey = signKey(new Uint8Array(32).fill(2))
const credential: Credential = {
  network: 'ns/net',
  peer: peerIdOf(peerKey.publicKey),
  role: 'provider',
  name: 'pool-a-0',
  domains: { 'kubernetes.io/hostname': 'n1' },
  issuedMs: 1_000,
  expiresMs: 2_000,
}
const judge = { network: 'ns/net', networkKey: hexOf(networkKey.publicKey), nowMs: 1_999 }

test('a credential under the network key is read back', (t) => {
  t.deepEqual(verifyCredential(issueCredential(credential, networkKey), judge, crypto), credential)
})

test('a credential under another key is refused', (t) => {
  t.throws(() => verifyCredential(issueCredential(credential, peerKey), judge, crypto), { code: 'CREDENTIAL_REQUIRED' })
})

test('a changed credential is refused', (t) => {
  const document = issueCredential(credential, networkKey)
  const body = document.body.map((byte, i) => (i === document.body.length - 1 ? byte ^ 1 : byte))
  t.throws(() => verifyCredential({ ...document, body }, judge, crypto), { code: 'CREDENTIAL_REQUIRED' })
})

test('a document of another kind under the network key is refused', (t) => {
  const other = signDocument({ kind: 'epoch', schema: { parse: () => credential } as never }, credential, networkKey)
  t.throws(() => verifyCredential(other, judge, crypto), { code: 'CREDENTIAL_REQUIRED' })
})

test('a credential of another network is refused, though the key is the same', (t) => {
  t.throws(() => verifyCredential(issueCredential({ ...credential, network: 'ns/other' }, networkKey), judge, crypto), {
    code: 'CREDENTIAL_REQUIRED',
  })
})

test('a credential ends at its expiry, not after', (t) => {
  t.throws(() => verifyCredential(issueCredential(credential, networkKey), { ...judge, nowMs: 2_000 }, crypto), {
    code: 'CREDENTIAL_EXPIRED',
  })
})

test('a malformed credential is never issued', (t) => {
  t.throws(() => issueCredential({ ...credential, peer: 'nobody' }, networkKey))
})
