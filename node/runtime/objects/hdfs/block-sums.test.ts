import test from 'ava'
import { BlockSums } from './block-sums.ts'
import { crc32c } from './crc32c.ts'

/** Lengths → what GETFILECHECKSUM of Hadoop 3.5.0 answered for bytes (7 × i) mod 256, its padding left out. */
const ANSWERED = new Map([
  [1, '000002000000000000000000dc236201841049096ad31b6213203a90'],
  [511, '00000200000000000000000069003fbfb0c7adc37c3d0fb3bc8cd210'],
  [512, '00000200000000000000000024fc15b0dc8014ae28fa07f51bdef26d'],
  [513, '000002000000000000000000586029789bb75c6cc134fc18cd1235b2'],
  [1_048_577, '00000200000000000000000047f294cb06c7e18daf0a77884b43abdf'],
])
const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (7 * i) & 255)

test('the checksum of a file is what HDFS answers, in whatever pieces its bytes come', (t) => {
  for (const [length, answered] of ANSWERED)
    for (const pieceBytes of [7, 512, 1_000, length].filter((piece) => length / piece < 10_000)) {
      const sums = new BlockSums(length)
      const bytes = bytesOf(length)
      for (let at = 0; at < length; at += pieceBytes) sums.add(bytes.subarray(at, at + pieceBytes))
      t.is(sums.fileChecksum(), answered, `${length} in pieces of ${pieceBytes}`)
    }
})

test('sums differ when a byte differs, or the length', (t) => {
  const of = (bytes: Uint8Array): BlockSums => {
    const sums = new BlockSums(bytes.length)
    sums.add(bytes)
    return sums
  }
  t.true(of(bytesOf(2_000)).equals(of(bytesOf(2_000))))
  t.false(of(bytesOf(2_000)).equals(of(bytesOf(2_000).with(1_500, 0))))
  t.false(of(bytesOf(2_000)).equals(of(bytesOf(1_999))))
  t.throws(() => new BlockSums(511).add(bytesOf(513)), { instanceOf: RangeError })
})

test('CRC-32C is that of RFC 3720, appendix B.4', (t) => {
  t.is(crc32c(new Uint8Array(32)), 0x8a9136aa)
  t.is(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43)
  t.is(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e)
})
