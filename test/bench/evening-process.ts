/**
 * What evening out costs a tracker of a large fleet while it walks over sets that lie well: `node --conditions=source
 * test/bench/evening-process.ts`. Prints CPU milliseconds of one beat and of the reading of the fleet.
 *
 * The parts of a tracker on stores in memory and a simulated clock: 10,000 providers, each heard every 5 s, a third as full as another at
 * most, and 6,000 sets of 4 + 2. Heartbeats are not counted.
 *
 * @module
 */
import { documentId, SEGMENT_RECORD, signDocument, type SegmentRecord } from '@lunarx/core/document'
import { peerIdOf, type Credential } from '@lunarx/core/membership'
import { itemAt } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import { Standings } from '../../node/tracker/audit/standings.ts'
import { Fleet } from '../../node/tracker/fleet/index.ts'
import { TRACKER_LIMITS } from '../../node/tracker/limits.ts'
import { openMap } from '../../node/tracker/map/index.ts'
import { readEvenSight } from '../../node/tracker/repair/even-sight.ts'
import { Evener, MovesUnderWay, Pace, type EvenerDeps } from '../../node/tracker/repair/index.ts'
import { TrackerRing } from '../../node/tracker/ring/index.ts'

const PROVIDERS = 10_000
const SETS = 6_000
const BEATS = 40
const HEARTBEAT_MS = 5_000
const READINGS = 20

const [clock, random, metrics] = [new SimulatedClock(), new SeededRandom(1), new RecordedMetrics()]
const log = new Trace(clock).log('tracker')
const openStore = new SimulatedStores({ random }).opener()
const map = await openMap({ network: 'net', openStore, scanEntries: 256, onChange: () => undefined })
const standings = await Standings.open({ store: await openStore('audit'), clock, log, maxProviders: PROVIDERS })
const detection = { heartbeatMs: HEARTBEAT_MS, suspectMs: 15_000, lostMs: 60_000 }
const fleet = await Fleet.open(
  { domainKey: 'node', detection, trackers: 1, maxProviders: PROVIDERS },
  { store: await openStore('fleet'), clock, log, onChange: () => undefined, standings },
)
const self = { host: 'tracker', controlPort: 1, dataPort: 2 }
const ring = new TrackerRing({ self, trackers: [self], survive: 0, suspectMs: 15_000 }, { clock, crypto })
const providers = Array.from({ length: PROVIDERS }, (_, i) => ({
  peer: peerIdOf(random.bytes(32)),
  domain: `n${i >> 1}`,
  zone: `z${i % 3}`,
  usedBytes: 6e11 + random.below(1e11),
}))

async function hearAll(): Promise<void> {
  for (const { peer, domain, zone, usedBytes } of providers) {
    const domains = { node: domain, 'topology.kubernetes.io/zone': zone }
    const credential = { name: peer, domains, issuedMs: 1, role: 'provider', peer } as unknown as Credential
    const room = { capacityBytes: 1e12, usedBytes, reservedBytes: 0, shards: 0 }
    const drain = { revision: 0, isDraining: false }
    const rest = { epoch: 0, mergedEpoch: 0, inventorySequence: 0, drain, incarnation: 'a', store: null, services: ['storage' as const] }
    await fleet.hear({ peer, credential }, { address: { ...self, peer }, ...room, ...rest }, 0)
  }
}

const owner = crypto.signKey(random.bytes(32))
const sets = Array.from({ length: SETS }, () => {
  const shape = { className: 'c', required: 4, parity: 2, survive: 1, shardBytes: 1e6 }
  const keys = { owner: owner.publicKey, readKey: owner.publicKey, salt: random.bytes(16) }
  const addresses = Array.from({ length: 6 }, () => random.bytes(32))
  const record: SegmentRecord = { network: 'net', ...shape, ...keys, birthRound: 0, addresses, createdMs: 0 }
  const document = signDocument(SEGMENT_RECORD, record, owner)
  return { id: documentId(SEGMENT_RECORD, document, crypto), record, document }
})
await map.records.learn(sets, { isCommitted: true })
const holdings = sets.flatMap(({ id }) => {
  const first = random.below(PROVIDERS - 12) // as many in each zone
  return Array.from({ length: 6 }, (_, index) => ({ segment: id, index, peer: itemAt(providers, first + 2 * index).peer }))
})
await map.statements.affirm(holdings)

await hearAll()
for (let heardMs = 0; heardMs <= TRACKER_LIMITS.even.steadyMs; heardMs += 2 * HEARTBEAT_MS) {
  await clock.runFor(2 * HEARTBEAT_MS)
  await hearAll()
}
const deps = {
  fleet,
  standings,
  clock,
  map,
  ring,
  log,
  classes: [],
  healer: { isIdle: true },
  watch: { degraded: [] },
  pace: new Pace(clock, 1e9),
  evenPace: new Pace(clock, 1e9),
  underWay: new MovesUnderWay({ fleet, clock, trackers: 1 }),
  isUnwanted: () => false,
  evenedShards: metrics.counter('lunarx_shards', 'shards'),
  evenedBytes: metrics.counter('lunarx_bytes', 'bytes'),
} as unknown as EvenerDeps
const evener = new Evener(deps)

async function cpuMsOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

const { signal } = new AbortController()
let beatsMs = 0
for (let beat = 0; beat < BEATS; beat++) {
  beatsMs += await cpuMsOf(() => evener.beat(signal))
  await clock.runFor(TRACKER_LIMITS.beatMs)
  if (beat % 5 === 4) await hearAll()
}
let readingsMs = 0
for (let n = 0; n < READINGS; n++) readingsMs += await cpuMsOf(() => readEvenSight(deps))
console.log(
  JSON.stringify({
    providers: PROVIDERS,
    beats: BEATS,
    cpuMsPerBeat: beatsMs / BEATS,
    cpuMsPerReading: readingsMs / READINGS,
  }),
)
