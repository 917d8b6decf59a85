/**
 * Signed records of one owner, and what a tracker keeps them in, for tests of what two trackers tell each other of them.
 *
 * @module
 */
import { documentId, LEAVES_ONLY, SEGMENT_RECORD, signDocument, type SegmentRecord, type SignedDocument } from '@lunarx/core/document'
import { compareBytes, type PeerAddress } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import { TrackerRing } from '../ring/index.ts'
import type { NewRecord } from './records.ts'
import { openMap } from './tracker-map.ts'

export const NETWORK = 'net'
export const OWNER = crypto.signKey(new Uint8Array(32).fill(7))
export const trackerAt = (n: number): PeerAddress => ({ host: `tracker-${n}`, controlPort: 1, dataPort: 2 })

/** In order of id. */
export function sealRecords(count: number): NewRecord[] {
  const random = new SeededRandom(1)
  const keys = { owner: OWNER.publicKey, readKey: OWNER.publicKey }
  const shape = { className: 'c', survive: 1, shardBytes: 100_000, required: 2, parity: 1, birthRound: 0, createdMs: 1 }
  return Array.from({ length: count }, () => {
    const addresses = Array.from({ length: 3 }, () => random.bytes(32))
    const record: SegmentRecord = { network: NETWORK, ...shape, ...keys, salt: random.bytes(16), addresses }
    const document = signDocument(SEGMENT_RECORD, record, OWNER)
    return { id: documentId(SEGMENT_RECORD, document, crypto), record, document }
  }).sort((a, b) => compareBytes(a.id, b.id))
}

export const orderOf = ({ id }: NewRecord): SignedDocument =>
  signDocument(LEAVES_ONLY, { network: NETWORK, owner: OWNER.publicKey, segment: id, orderedMs: 1 }, OWNER)

/** The map of one tracker and its stores. All records are known as committed. */
export async function openRecords(records: readonly NewRecord[]) {
  const clock = new SimulatedClock()
  const openStore = new SimulatedStores({ random: new SeededRandom(2) }).opener()
  const map = await openMap({ network: NETWORK, openStore, scanEntries: 100, onChange: () => undefined })
  await map.records.learn(records, { isCommitted: true })
  return { clock, openStore, map, network: NETWORK, crypto }
}

/** Of `trackers` trackers, each set with three of them, as the one at `self` sees it. */
export const ringOf = (self: number, trackers: number): TrackerRing =>
  new TrackerRing(
    { self: trackerAt(self), trackers: Array.from({ length: trackers }, (_, n) => trackerAt(n)), survive: 1, suspectMs: 15_000 },
    { clock: new SimulatedClock(), crypto },
  )
