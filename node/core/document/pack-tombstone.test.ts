import { encode } from '@ipld/dag-cbor'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import fc from 'fast-check'
import { openDocument, signDocument, type SignedDocument } from './signed.ts'
import { packTombstone, unpackTombstone } from './pack-tombstone.ts'
import { TOMBSTONE } from './tombstone.ts'

const owner = crypto.signKey(new Uint8Array(32).fill(1))
const key = (network: string, n: number) => ({ network, owner: owner.publicKey, segment: crypto.sha256(Uint8Array.of(n)) })
const plain = ({ body, signature }: SignedDocument) => ({ body: new Uint8Array(body), signature: new Uint8Array(signature) })

test('a tombstone of any time and network is 72 bytes, and the signed document comes back from them bit for bit', (t) => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 40 }), fc.nat(255), fc.maxSafeNat(), (network, n, deletedMs) => {
      const at = key(network, n)
      const document = signDocument(TOMBSTONE, { ...at, deletedMs }, owner)
      const packed = packTombstone(document, at)
      t.is(packed.length, 72)
      const again = unpackTombstone(packed, at)
      t.deepEqual(plain(again), plain(document))
      openDocument(TOMBSTONE, again, (tombstone) => tombstone.owner, crypto)
    }),
    { numRuns: 50 },
  )
})

test('one that is written in another way, or stored elsewhere than its fields say, is kept whole', (t) => {
  const at = key('net', 1)
  const document = signDocument(TOMBSTONE, { ...at, deletedMs: 5 }, owner)
  const elsewhere = packTombstone(document, key('net', 2))
  t.deepEqual(plain(unpackTombstone(elsewhere, key('net', 2))), plain(document))
  const more = { body: encode({ ...at, deletedMs: 5, more: true }), signature: document.signature }
  t.deepEqual(plain(unpackTombstone(packTombstone(more, at), at)), plain(more))
})
