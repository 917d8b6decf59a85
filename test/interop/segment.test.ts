import { join } from 'node:path'
import { itemAt, hexOf } from '@lunarx/core/model'
import { sealSegment, type SealedSegment, type SealSecrets, segmentLayout } from '@lunarx/core/segment'
import { slotSeeds } from '@lunarx/core/watermark'
import { address, formatAddress } from '@lunarx/core/merkle'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { loadErasureEngine } from '@lunarx/runtime/erasure'
import test from 'ava'
import { stream } from '../vectors/stream.ts'
import { flipped } from './flipped.ts'
import { read, writeShards } from './reader.ts'
import { scratchFolder } from './scratch.ts'

interface Sealed extends SealedSegment {
  readonly plaintext: Uint8Array
  readonly question: Readonly<Record<string, unknown>>
}

async function sealed(required: number, parity: number, plaintextBytes: number): Promise<Sealed> {
  const seed = `interop ${required}+${parity} ${plaintextBytes}`
  const plaintext = stream(`${seed} plaintext`, plaintextBytes)
  const keysOf = (name: string): Uint8Array[] => Array.from({ length: 8 }, (_, slot) => stream(`${seed} ${name} ${slot}`, 32))
  const salt = stream(`${seed} salt`, 16)
  const seeds = slotSeeds({ positionKeys: keysOf('position'), codeKeys: keysOf('code') }, salt, crypto)
  const secrets: SealSecrets = {
    suite: 'aes-256-gcm',
    dataKey: stream(`${seed} key`, 32),
    salt,
    segmentIndex: plaintextBytes % 97,
    ...seeds,
  }
  const erasure = await loadErasureEngine()
  const made = await sealSegment(plaintext, segmentLayout({ required, parity, plaintextBytes }), secrets, { crypto, erasure })
  const { dataKey, segmentIndex, positionSeeds } = secrets
  return {
    ...made,
    plaintext,
    question: { required, plaintextBytes, segmentIndex, dataKey, salt, positionSeeds, addresses: made.addresses },
  }
}

const chosen = (shards: readonly Uint8Array[], indexes: readonly number[]): Map<number, Uint8Array> =>
  new Map(indexes.map((index) => [index, itemAt(shards, index)]))

const SHAPES: readonly { readonly code: [number, number]; readonly bytes: number; readonly mixes: readonly number[][] }[] = [
  {
    code: [4, 2],
    bytes: 1,
    mixes: [
      [0, 1, 2, 3],
      [2, 3, 4, 5],
    ],
  },
  {
    code: [4, 2],
    bytes: 262_145,
    mixes: [
      [0, 1, 2, 3],
      [0, 2, 4, 5],
    ],
  },
  {
    code: [10, 4],
    bytes: 3_000_000,
    mixes: [
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      [0, 2, 3, 5, 6, 9, 10, 11, 12, 13],
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 13],
    ],
  },
  { code: [1, 1], bytes: 300_000, mixes: [[0], [1]] },
  { code: [17, 3], bytes: 1_114_111, mixes: [[0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 19]] },
]

for (const {
  code: [required, parity],
  bytes,
  mixes,
} of SHAPES)
  for (const mix of mixes)
    test(`${required}+${parity}, ${bytes} bytes: the reader opens the set from shards ${mix.join(' ')}`, async (t) => {
      const { shards, plaintext, question } = await sealed(required, parity, bytes)
      await using scratch = await scratchFolder()
      const { status, stdout, stderr } = await read('segment', {
        ...question,
        shards: await writeShards(scratch.path, chosen(shards, mix)),
      })
      t.is(status, 0, stderr)
      t.is(Buffer.compare(stdout, plaintext), 0)
    })

test('the reader names the shard of which one byte is flipped, and gives nothing', async (t) => {
  const { shards, question } = await sealed(4, 2, 100_000)
  await using scratch = await scratchFolder()
  for (const [index, at] of [
    [0, 0],
    [3, 12_345],
    [5, itemAt(shards, 5).length - 1],
  ] as const) {
    const four = chosen(shards, [0, 1, 3, 5])
    four.set(index, flipped(shards[index], at))
    const { status, stdout, stderr } = await read('segment', { ...question, shards: await writeShards(scratch.path, four) })
    t.is(status, 3)
    t.is(stderr, `bad address: shard ${index}\n`)
    t.is(stdout.length, 0)
  }
})

test('the reader opens nothing of another place in the object, nor with too few shards', async (t) => {
  const { shards, question } = await sealed(4, 2, 100_000)
  await using scratch = await scratchFolder()
  const paths = await writeShards(scratch.path, chosen(shards, [0, 1, 2, 3]))
  const elsewhere = await read('segment', { ...question, shards: paths, segmentIndex: 1 })
  t.like(elsewhere, { status: 3, stderr: 'wrong key: frame 0\n' })
  const { 3: _last, ...three } = paths
  t.like(await read('segment', { ...question, shards: three }), { status: 3, stderr: 'too few shards: 3 of 4\n' })
})

test('the reader gives every shard the address that we give it, as bytes and as text', async (t) => {
  await using scratch = await scratchFolder()
  for (const size of [1, 16_384, 16_385, 1_000_003]) {
    const shard = stream(`interop address ${size}`, size)
    const paths = await writeShards(join(scratch.path, `${size}`), new Map([[0, shard]]))
    const { stdout, stderr } = await read('address', { file: paths[0] })
    t.is(stderr, '')
    const ours = address(shard, crypto)
    t.deepEqual(JSON.parse(stdout.toString()), { address: hexOf(ours), text: formatAddress(ours) })
  }
})
