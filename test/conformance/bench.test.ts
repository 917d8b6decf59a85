import { spawnSync } from 'node:child_process'
import test from 'ava'
import { volume } from '../bench/backend-contests.ts'
import { benchBackend } from '../bench/backends.ts'
import { benchClient } from '../bench/client.ts'
import { fromSource } from '../bench/program.ts'
import { scratchFolder } from '../interop/scratch.ts'

const MINUTE = 60_000
const door = (...args: string[]) =>
  spawnSync(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', 'hack/doors/bench.ts', ...args], {
    encoding: 'utf8',
  })

test('the client benchmark runs through with 16 MiB: its figures are there and are numbers', async (t) => {
  t.timeout(4 * MINUTE)
  // a sample every half millisecond: a stage of a smaller object may go unseen
  const size = { providers: 6, classes: [{ name: '4+2', required: 4, parity: 2 }], sizeMib: 16, smallMib: 1, rounds: 1 }
  const { records, figures } = await benchClient(size, fromSource())
  t.deepEqual(
    records.map(({ metric }) => metric),
    [
      'put: CPU of the client',
      'get: CPU of the client',
      'range of 1 MiB: read',
      'put: resident growth',
      'get: resident growth',
      'get: speed',
      'get: by CPU of the client',
    ],
  )
  for (const { metric, ours, theirs } of records.filter(({ unit }) => unit !== 'MiB')) t.true(ours > 0 && theirs > 0, metric)
  for (const verb of ['put', 'get']) {
    const stages = figures.filter(({ metric, unit }) => metric.startsWith(`${verb}: `) && unit === 'CPU s/GB')
    for (const stage of ['seal, decrypt', 'send, receive'])
      t.truthy(
        stages.find(({ metric }) => metric.endsWith(stage)),
        `${verb}: ${stage}`,
      )
  }
})

test('the backends benchmark runs through on a volume with a few shards: its figures are there and are numbers', async (t) => {
  await using scratch = await scratchFolder()
  await using opened = new AsyncDisposableStack()
  const size = { rounds: 1, shardMib: 1, shards: 2, inFlight: 2, leafReads: 4, largeMib: 1, piecesMib: [1] }
  const { records } = await benchBackend(
    volume,
    8,
    { ...size, listed: { volume: 8, bucket: 0, hdfs: 0 } },
    { folder: scratch.path, opened },
  )
  t.deepEqual(
    records.map(({ metric, unit }) => `${metric}: ${unit}`),
    [
      'put: MB/s',
      'put: CPU s/GB',
      'get: MB/s',
      'get: CPU s/GB',
      'audit read of a leaf: 1/s',
      'audit read of a leaf: CPU µs',
      'listing: for each name: 1/s',
      'listing: for each name: CPU µs',
    ],
  )
  for (const { metric, ours, theirs } of records) t.true(ours > 0 && theirs > 0, metric)
})

test('the door lists its benchmarks and refuses what is none', (t) => {
  t.regex(door('--list').stdout, /^client$/m)
  const refused = door('nothing-of-the-kind')
  t.is(refused.status, 2)
  t.regex(refused.stderr, /unknown: nothing-of-the-kind\nusage: /)
})
