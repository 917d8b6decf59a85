import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VolumeStore } from '@lunarx/provider/store'
import { SystemClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { type Disk, NodeDisk, SimulatedDisk } from '@lunarx/runtime/disk'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { MemoryObjects, SimulatedBucket } from '@lunarx/runtime/objects'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { remoteShards } from './shards-remote.ts'
import { shardsConformance, type ShardsFixture } from './shards.ts'

const onVolume = (disk: Disk, dispose: () => Promise<void>): ShardsFixture => ({
  open: () => VolumeStore.open(disk, crypto),
  raw: (path) => disk.readFile(path),
  plant: (path, bytes) => disk.writeFileDurably(path, bytes),
  [Symbol.asyncDispose]: dispose,
})

shardsConformance(test, 'on a volume', async () => {
  const root = await mkdtemp(join(tmpdir(), 'lunarx-shards-'))
  return onVolume(new NodeDisk(root), () => rm(root, { recursive: true }))
})

shardsConformance(test, 'on a simulated volume', async () =>
  onVolume(new SimulatedDisk({ random: new SeededRandom(1) }), async () => undefined),
)

shardsConformance(test, 'in memory', async () => {
  const bucket = new SimulatedBucket({ random: new SeededRandom(1) })
  return remoteShards(new MemoryObjects(bucket, { clock: new SystemClock(), random: new SeededRandom(2), metrics: new RecordedMetrics() }))
})

shardsConformance(test, 'in a memory that fails now and then', async () => {
  const bucket = new SimulatedBucket({ random: new SeededRandom(1) })
  bucket.faults = { ...bucket.faults, failRate: 0.1, lostAnswerRate: 0.1 }
  const patience = { attempts: 12, firstPauseMs: 1, maxPauseMs: 1 }
  const random = new SeededRandom(2)
  return remoteShards(new MemoryObjects(bucket, { clock: new SystemClock(), random, metrics: new RecordedMetrics(), patience }))
})
