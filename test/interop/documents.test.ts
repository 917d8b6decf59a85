import {
  documentId,
  type DocumentKind,
  GRANT,
  READ_REQUEST,
  RECEIPT,
  RESERVATION,
  SEGMENT_RECORD,
  signDocument,
  type SignedDocument,
  TOMBSTONE,
} from '@lunarx/core/document'
import { EPOCH } from '@lunarx/core/epoch'
import { CREDENTIAL, ENROLMENT, peerIdOf } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'
import { ROW_COMMIT } from '@lunarx/core/row'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { stream } from '../vectors/stream.ts'
import { flipped } from './flipped.ts'
import { plain, read } from './reader.ts'

const bytes = (what: string, length = 32): Uint8Array => Uint8Array.from(stream(`interop document ${what}`, length))
const signer = crypto.signKey(bytes('signer'))
const peer = peerIdOf(signer.publicKey)
const other = peerIdOf(crypto.signKey(bytes('other')).publicKey)
const owner = signer.publicKey
const address = { peer, host: 'fd00::1', controlPort: 4001, dataPort: 65_535 }
const timeMs = 1_800_000_000_123
const shard = { segment: bytes('segment'), index: 13 }

interface Example {
  readonly kind: DocumentKind<never>
  readonly value: unknown
  /** The value does not say who signs. */
  readonly isOfKnownKey?: boolean
}

const example = <T>(kind: DocumentKind<T>, value: T, isOfKnownKey = false): Example => ({
  kind: kind as unknown as DocumentKind<never>,
  value,
  isOfKnownKey,
})

const EXAMPLES: readonly Example[] = [
  example(SEGMENT_RECORD, {
    network: 'shop/größe',
    owner,
    className: '10+4',
    required: 10,
    parity: 4,
    survive: 2,
    shardBytes: 6_711_296,
    salt: bytes('salt', 16),
    birthRound: 1_488,
    readKey: bytes('read key'),
    addresses: Array.from({ length: 14 }, (_, index) => bytes(`address ${index}`)),
    createdMs: timeMs,
  }),
  example(TOMBSTONE, { network: 'shop/net', owner, segment: bytes('segment'), deletedMs: timeMs }),
  example(RESERVATION, {
    provider: peer,
    client: other,
    ...shard,
    address: bytes('address'),
    sizeBytes: 2 ** 40,
    expiresMs: timeMs,
    nonce: bytes('nonce', 16),
  }),
  example(RECEIPT, { provider: peer, ...shard, address: bytes('address'), sizeBytes: 0, storedMs: timeMs }),
  example(READ_REQUEST, { ...shard, reader: other, expiresMs: timeMs }, true),
  example(GRANT, { ...shard, reader: other, expiresMs: timeMs, tracker: peer, purpose: 'repair' }),
  example(
    CREDENTIAL,
    {
      network: 'shop/net',
      peer: other,
      role: 'provider',
      name: 'pool-a-0',
      domains: { 'topology.kubernetes.io/zone': 'z1', 'kubernetes.io/hostname': 'n1', store: '' },
      issuedMs: 0,
      expiresMs: timeMs,
    },
    true,
  ),
  example(ENROLMENT, { network: 'shop/net', peer, tokenHash: bytes('token'), signedMs: timeMs }),
  example(
    EPOCH,
    {
      network: 'shop/net',
      number: 1,
      survive: 1,
      members: [{ peer: other, name: 'pool-a-0', domain: 'n1', address }],
      trackerSlots: Array.from({ length: 8 }, () => other),
      createdMs: timeMs,
      previous: null,
    },
    true,
  ),
  example(ROW_COMMIT, {
    author: owner,
    table: bytes('table'),
    row: bytes('row'),
    parents: [bytes('parent')],
    writer: bytes('writer', 8),
    clock: { ffffffffffffffff: 23, [hexOf(bytes('writer', 8))]: 24, '0000000000000000': Number.MAX_SAFE_INTEGER },
    timeMs,
    value: { hash: bytes('value'), sizeBytes: 300 },
  }),
  example(ROW_COMMIT, {
    author: owner,
    table: bytes('table'),
    row: bytes('row'),
    parents: [],
    writer: bytes('writer', 8),
    clock: { [hexOf(bytes('writer', 8))]: 1 },
    timeMs,
    value: null,
  }),
]

const ask = ({ kind, isOfKnownKey }: Example, document: SignedDocument) =>
  read('document', { kind: kind.kind, ...document, ...(isOfKnownKey ? { knownKey: signer.publicKey } : {}) })

for (const [place, one] of EXAMPLES.entries())
  test(`document ${place + 1}, a ${one.kind.kind}: the reader verifies it and finds the same id and fields`, async (t) => {
    const document = signDocument(one.kind, one.value as never, signer)
    const { stdout, stderr } = await ask(one, document)
    t.is(stderr, '')
    t.deepEqual(JSON.parse(stdout.toString()), {
      id: hexOf(documentId(one.kind, document, crypto)),
      knownPeer: one.isOfKnownKey ? peer : null,
      value: plain(one.value),
    })
  })

test('the reader refuses a changed body, a changed signature, another kind and another signer', async (t) => {
  const value = { network: 'shop/net', owner, segment: bytes('segment'), deletedMs: timeMs }
  const tombstone = example(TOMBSTONE, value)
  const document = signDocument(TOMBSTONE, value, signer)
  const { body, signature } = document
  const refused = { status: 3, stderr: 'bad signature: tombstone\n' }
  t.like(await ask(tombstone, document), { status: 0 })
  t.like(await ask(tombstone, { body: flipped(body, body.length - 1), signature }), refused)
  t.like(await ask(tombstone, { body, signature: flipped(signature, 63) }), refused)
  t.like(await ask(tombstone, signDocument({ ...TOMBSTONE, kind: 'receipt' }, value, signer)), refused)
  t.like(await ask(tombstone, signDocument(TOMBSTONE, value, crypto.signKey(bytes('other')))), refused)
})
