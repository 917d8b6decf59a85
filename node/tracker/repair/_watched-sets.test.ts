/**
 * A map, a fleet and a watch of one tracker, for the tests beside.
 *
 * @module
 */
import { documentId, SEGMENT_RECORD, signDocument, type SegmentRecord } from '@lunarx/core/document'
import { peerIdOf, type Credential } from '@lunarx/core/membership'
import { hexOf, itemAt } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import { Fleet } from '../fleet/index.ts'
import type { Heartbeat } from '../fleet/member.ts'
import { openMap } from '../map/index.ts'
import { TrackerRing } from '../ring/index.ts'
import { Changed, SetWatch } from './set-watch.ts'

const ASSESSED = 'lunarx_tracker_assessed_sets_total'
export const SETS = 300
const detection = { heartbeatMs: 5_000, suspectMs: 15_000, lostMs: 60_000 }
const drain = { revision: 0, isDraining: false }
const codes = [
  { required: 4, parity: 2 },
  { required: 3, parity: 3 },
]

interface Moved {
  readonly domain?: string
  readonly store?: string
}

interface Options {
  /** Of each provider. */
  readonly services?: Heartbeat['services']
  /** Of the network; all of them own each set, and those beside this one are heard at the start and never again. */
  readonly trackers?: number
}

/** One tracker's map, fleet and watch. Each of its sets has all shards, with the next providers in turn. */
export async function watchSets({ services = [], trackers = 1 }: Options = {}) {
  const [clock, random, metrics, changed] = [new SimulatedClock(), new SeededRandom(5), new RecordedMetrics(), new Changed()]
  const openStore = new SimulatedStores({ random }).opener()
  const map = await openMap({ network: 'net', openStore, scanEntries: 100, onChange: (hex) => changed.sets.add(hex) })
  const self = { host: 'tracker', controlPort: 1, dataPort: 2 }
  const fleet = await Fleet.open(
    { domainKey: 'node', detection, trackers: 1, maxProviders: 100 },
    {
      store: await openStore('fleet'),
      clock,
      log: new Trace(clock).log('tracker'),
      onChange: (peer) => changed.holders.add(peer),
      standings: { of: () => ({ state: 'trusted' }) as never, isPlaceable: () => true },
    },
  )
  const addresses = Array.from({ length: trackers }, (_, n) => (n === 0 ? self : { ...self, host: `tracker-${n}` }))
  const ring = new TrackerRing({ self, trackers: addresses, survive: (trackers - 1) / 2, suspectMs: 15_000 }, { clock, crypto })
  const assessed = metrics.counter(ASSESSED, 'sets')
  const watch = new SetWatch({ changed, map, fleet, ring, clock, assessed, classes: [], isOver: () => false, uncommittedMs: 3_600_000 })
  const peers = Array.from({ length: 8 }, () => peerIdOf(random.bytes(32)))
  /** @param moved to other domains, stores */
  const beat = async (silent: readonly string[], moved: Readonly<Record<string, Moved>> = {}): Promise<void> => {
    for (const peer of peers.filter((one) => !silent.includes(one))) {
      const credential = {
        name: peer,
        domains: { node: moved[peer]?.domain ?? peer },
        issuedMs: 1,
        role: 'provider',
        peer,
      } as unknown as Credential
      const address = { ...self, peer }
      const room = { capacityBytes: 1e9, usedBytes: 0, reservedBytes: 0, shards: 0 }
      const rest = {
        epoch: 0,
        mergedEpoch: 0,
        inventorySequence: 0,
        drain,
        incarnation: 'a',
        store: moved[peer]?.store ?? null,
        services,
      }
      await fleet.hear({ peer, credential }, { address, ...room, ...rest }, 0)
    }
  }
  const owner = crypto.signKey(random.bytes(32))
  const sets = Array.from({ length: SETS }, (_, n) => {
    const shape = { className: 'c', survive: 1, shardBytes: 1_000, ...itemAt(codes, n % codes.length) }
    const addresses = Array.from({ length: 6 }, () => random.bytes(32))
    const keys = { owner: owner.publicKey, readKey: owner.publicKey, salt: random.bytes(16) }
    const record: SegmentRecord = { network: 'net', ...shape, ...keys, birthRound: 0, addresses, createdMs: clock.now() }
    const document = signDocument(SEGMENT_RECORD, record, owner)
    return { id: documentId(SEGMENT_RECORD, document, crypto), record, document }
  })
  await map.records.learn(sets, { isCommitted: true })
  /** One more set, of which all shards are held and that nobody has committed. */
  const upload = async (): Promise<string> => {
    const { record } = itemAt(sets, 0)
    const document = signDocument(SEGMENT_RECORD, { ...record, salt: random.bytes(16) }, owner)
    const id = documentId(SEGMENT_RECORD, document, crypto)
    await map.records.learn([{ id, record, document }], { isCommitted: false })
    await map.statements.affirm(Array.from({ length: 6 }, (_, index) => ({ segment: id, index, peer: itemAt(peers, index) })))
    return hexOf(id)
  }
  const held = sets.flatMap(({ id }, n) =>
    Array.from({ length: 6 }, (_, index) => ({ segment: id, index, peer: itemAt(peers, (n + index) % peers.length) })),
  )
  await beat([])
  await map.statements.affirm(held)
  const silenceOf = (peer: string): number => fleet.silentMs(peer)
  return { clock, random, changed, map, fleet, ring, watch, peers, sets, beat, upload, silenceOf, count: () => metrics.value(ASSESSED) }
}

export type WatchedSets = Awaited<ReturnType<typeof watchSets>>
