import { X509Certificate } from 'node:crypto'
import { bytesOfHex } from '@lunarx/core/model'
import { nodeCrypto, SeededRandom, SystemClock } from '@lunarx/runtime'
import test from 'ava'
import { identityOf } from '../identity/identity.ts'
import { makePeerCertificate, peerOfCertificate } from './peer-certificate.ts'

const clock = new SystemClock()
const identity = identityOf(new Uint8Array(32).fill(7), nodeCrypto)
const rawOf = (pem: string): Uint8Array => Uint8Array.from(new X509Certificate(pem).raw)

/** libp2p spec, tls.md, test vectors 1 and 3. */
const ED25519 =
  '308201ae30820156a0030201020204499602d2300a06082a8648ce3d040302302031123010060355040a13096c69627032702e696f310a300806035504051301313020170d3735303130313133303030305a180f34303936303130313133303030305a302031123010060355040a13096c69627032702e696f310a300806035504051301313059301306072a8648ce3d020106082a8648ce3d030107034200040c901d423c831ca85e27c73c263ba132721bb9d7a84c4f0380b2a6756fd601331c8870234dec878504c174144fa4b14b66a651691606d8173e55bd37e381569ea37c307a3078060a2b0601040183a25a0101046a3068042408011220a77f1d92fedb59dddaea5a1c4abd1ac2fbde7d7b879ed364501809923d7c11b90440d90d2769db992d5e6195dbb08e706b6651e024fda6cfb8846694a435519941cac215a8207792e42849cccc6cd8136c6e4bde92a58c5e08cfd4206eb5fe0bf909300a06082a8648ce3d0403020346003043021f50f6b6c52711a881778718238f650c9fb48943ae6ee6d28427dc6071ae55e702203625f116a7a454db9c56986c82a25682f7248ea1cb764d322ea983ed36a31b77'
const SECP256K1 =
  '308201ba3082015fa0030201020204499602d2300a06082a8648ce3d040302302031123010060355040a13096c69627032702e696f310a300806035504051301313020170d3735303130313133303030305a180f34303936303130313133303030305a302031123010060355040a13096c69627032702e696f310a300806035504051301313059301306072a8648ce3d020106082a8648ce3d030107034200040c901d423c831ca85e27c73c263ba132721bb9d7a84c4f0380b2a6756fd601331c8870234dec878504c174144fa4b14b66a651691606d8173e55bd37e381569ea38184308181307f060a2b0601040183a25a01010471306f0425080212210206dc6968726765b820f050263ececf7f71e4955892776c0970542efd689d2382044630440220145e15a991961f0d08cd15425bb95ec93f6ffa03c5a385eedc34ecf464c7a8ab022026b3109b8a3f40ef833169777eb2aa337cfb6282f188de0666d1bcec2a4690dd300a06082a8648ce3d0403020349003046022100e1a217eeef9ec9204b3f774a08b70849646b6a1e6b8b27f93dc00ed58545d9fe022100b00dafa549d0f03547878338c7b15e7502888f6d45db387e5ae6b5d46899cef0'

test('the certificate of the libp2p spec proves its Ed25519 peer id', (t) => {
  t.is(peerOfCertificate(bytesOfHex(ED25519), clock, nodeCrypto), '12D3KooWM6CgA9iBFZmcYAHA6A2qvbAxqfkmrYiRQuz3XEsk4Ksv')
})

test('a certificate of the spec for another kind of key is refused', (t) => {
  t.throws(() => peerOfCertificate(bytesOfHex(SECP256K1), clock, nodeCrypto), { code: 'WRONG_PEER', message: /Ed25519/ })
})

test('a certificate of ours proves its peer', (t) => {
  const { cert } = makePeerCertificate(identity, clock, new SeededRandom(1))
  t.is(peerOfCertificate(rawOf(cert), clock, nodeCrypto), identity.peer)
})

test('the proof of one certificate is worth nothing in another', (t) => {
  const made = (seed: number): Buffer => Buffer.from(rawOf(makePeerCertificate(identity, clock, new SeededRandom(seed)).cert))
  const proofAt = (certificate: Buffer): number => certificate.indexOf(Buffer.from([0x30, 0x68, 0x04, 0x24]))
  const [mine, stolen] = [made(1), made(2)]
  stolen.set(mine.subarray(proofAt(mine), proofAt(mine) + 106), proofAt(stolen))
  t.throws(() => peerOfCertificate(stolen, clock, nodeCrypto), { code: 'WRONG_PEER' })
})

test('every flipped byte is noticed', (t) => {
  const raw = rawOf(makePeerCertificate(identity, clock, new SeededRandom(1)).cert)
  for (let at = 0; at < raw.length; at++) {
    const flipped = raw.slice()
    flipped[at] = (raw[at] ?? 0) ^ 0x04
    t.throws(() => peerOfCertificate(flipped, clock, nodeCrypto), { code: 'WRONG_PEER' }, `byte ${at}`)
  }
})

test('a certificate is worth nothing outside its validity', (t) => {
  const { cert } = makePeerCertificate(identity, clock, new SeededRandom(1))
  for (const years of [-1, 11]) {
    const other = { now: () => clock.now() + years * 366 * 24 * 3_600_000 } as SystemClock
    t.throws(() => peerOfCertificate(rawOf(cert), other, nodeCrypto), { code: 'CREDENTIAL_EXPIRED', message: /not valid now/ })
  }
})

test('other certificates and noise are refused', (t) => {
  t.throws(() => peerOfCertificate(new Uint8Array(0), clock, nodeCrypto), { code: 'WRONG_PEER' })
  t.throws(() => peerOfCertificate(new SeededRandom(3).bytes(400), clock, nodeCrypto), { code: 'WRONG_PEER' })
})
