/**
 * The benchmarks by name, each in two forms: the full one, whose results are committed, and a quick one to look at while working,
 * which is printed and recorded nowhere.
 *
 * @module
 */
import { benchBackends, type BackendsBenchSize } from './backends.ts'
import { benchClient, type ClientBenchSize } from './client.ts'
import { benchErasure } from './erasure.ts'
import { benchInventory, type InventoryBenchSize } from './inventory.ts'
import { benchPeers, type PeersBenchSize } from './peers.ts'
import { compiled, fromSource } from './program.ts'
import { publish, show, type BenchFigure, type BenchRecord } from './record.ts'
import { benchTracker, type TrackerBenchSize } from './tracker.ts'
import { benchVolume, type VolumeBenchSize } from './volume.ts'

export interface Benchmark {
  /** One line. */
  readonly summary: string
  run(isQuick: boolean): Promise<void>
}

const TEN_FOUR = { name: '10+4', required: 10, parity: 4 }
const FOUR_TWO = { name: '4+2', required: 4, parity: 2 }

const CLIENT_FULL: ClientBenchSize = { providers: 14, classes: [TEN_FOUR, FOUR_TWO], sizeMib: 1_024, smallMib: 256, rounds: 3 }
const CLIENT_QUICK: ClientBenchSize = { providers: 14, classes: [TEN_FOUR], sizeMib: 128, smallMib: 64, rounds: 1 }

const PEERS_FULL: PeersBenchSize = { providers: 14, sizeMib: 1_024, smallCount: 10_000, smallBytes: 65_536, rounds: 5 }
const PEERS_QUICK: PeersBenchSize = { providers: 14, sizeMib: 256, smallCount: 500, smallBytes: 65_536, rounds: 1 }

const INVENTORY_FULL: InventoryBenchSize = { known: 1_000_000, unknown: 100_000 }
const INVENTORY_QUICK: InventoryBenchSize = { known: 50_000, unknown: 5_000 }

const REQUESTS = { setsAtOnce: 1_000, reservesAtOnce: 64, commitsAtOnce: 256, locatesAtOnce: 4 }
const TRACKER_FULL: TrackerBenchSize = {
  requests: { ...REQUESTS, sets: 6_000, warmUp: 1_500, locateRounds: 10 },
  starts: { embedded: [100_000, 1_000_000], database: [100_000, 1_000_000] },
  repair: { objects: 64, objectMib: 32, reads: 1_000 },
  audits: { hours: 24, objects: 16 },
}
const TRACKER_QUICK: TrackerBenchSize = {
  requests: { ...REQUESTS, commitsAtOnce: 64, sets: 1_000, warmUp: 300, locateRounds: 4 },
  starts: { embedded: [2_000, 5_000], database: [2_000, 5_000] },
  repair: { objects: 6, objectMib: 16, reads: 50 },
  audits: { hours: 2, objects: 4 },
}

const PIECES = { largeMib: 64, piecesMib: [1, 4, 8, 64] }
const BACKENDS_FULL: BackendsBenchSize = {
  ...PIECES,
  rounds: 7,
  shardMib: 4,
  shards: 16,
  inFlight: 4,
  leafReads: 200,
  listed: { volume: 20_000, bucket: 5_000, hdfs: 1_000 },
}
const BACKENDS_QUICK: BackendsBenchSize = {
  ...PIECES,
  rounds: 1,
  shardMib: 4,
  shards: 4,
  inFlight: 4,
  leafReads: 40,
  listed: { volume: 2_000, bucket: 300, hdfs: 300 },
}

const VOLUME_FULL: VolumeBenchSize = { rounds: 40, oneByOne: 60, together: 640, atOnce: 64, known: 20_000 }
const VOLUME_QUICK: VolumeBenchSize = { rounds: 1, oneByOne: 40, together: 200, atOnce: 64, known: 1_000 }

export const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  erasure: { summary: 'the erasure engine beside other engines', run: () => benchErasure() },
  client: {
    summary: 'CPU, memory and bytes moved of one client, beside bare TLS',
    run: (isQuick) =>
      recorded('client', isQuick, async () => await benchClient(isQuick ? CLIENT_QUICK : CLIENT_FULL, await programFor(isQuick))),
  },
  backends: {
    summary: 'volume, S3 and HDFS beside bare clients of the same servers: put, get, audit read, listing',
    run: (isQuick) => recorded('backends', isQuick, () => benchBackends(isQuick ? BACKENDS_QUICK : BACKENDS_FULL)),
  },
  inventory: {
    summary: "inventory reports and the tracker's map: CPU of full reports, cold start, memory",
    run: (isQuick) => recorded('inventory', isQuick, () => benchInventory(isQuick ? INVENTORY_QUICK : INVENTORY_FULL)),
  },
  tracker: {
    summary: 'what sets cost trackers over the wire and at a start, for both stores; repair, reads meanwhile, audits',
    run: (isQuick) =>
      recorded('tracker', isQuick, async () => await benchTracker(isQuick ? TRACKER_QUICK : TRACKER_FULL, await programFor(isQuick))),
  },
  volume: {
    summary: "a tracker's commits beside shards on its own volume, and what they answer when it is full; wants the rights to mount",
    run: (isQuick) => recorded('volume', isQuick, () => benchVolume(isQuick ? VOLUME_QUICK : VOLUME_FULL)),
  },
  peers: {
    summary: 'LunarX, rclone crypt and restic (over MinIO), end to end: speed and CPU of all processes',
    run: (isQuick) =>
      recorded('peers', isQuick, async () => await benchPeers(isQuick ? PEERS_QUICK : PEERS_FULL, await programFor(isQuick))),
  },
}

const programFor = async (isQuick: boolean) => (isQuick ? fromSource() : await compiled())

interface Findings {
  readonly records: readonly BenchRecord[]
  readonly figures: readonly BenchFigure[]
}

async function recorded(name: string, isQuick: boolean, find: () => Promise<Findings>): Promise<void> {
  const began = performance.now()
  const { records, figures } = await find()
  const minutes = (performance.now() - began) / 60_000
  if (isQuick) show(records, figures)
  else publish(name, records, figures)
  console.log(
    `${name}: ${minutes.toFixed(1)} minutes${isQuick ? '; the quick form, not recorded' : `; recorded in test/bench/results/${name}.json`}`,
  )
}
