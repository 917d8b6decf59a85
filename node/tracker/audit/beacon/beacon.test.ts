/**
 * The beacon among real trackers in one process under a seed.
 */
import {
  AUDIT_PROMISE,
  BEACON_ROUND_MS,
  beaconRoundAt,
  decodeAnyEvidence,
  decodeTranscript,
  drawnLeafOf,
  findDraw,
  LEAF_CHALLENGE,
  meanDrawIntervalMs,
  verifyBeaconProof,
} from '@lunarx/core/audit'
import { bytesOfText, readDocument, SEGMENT_RECORD, signDocument } from '@lunarx/core/document'
import { assignSlots, EPOCH } from '@lunarx/core/epoch'
import { itemAt } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test, { type ExecutionContext } from 'ava'
import { Fleet } from '../../../../test/fleet/fleet.ts'
import { putSet, sealSet } from '../../../../test/fleet/sets.ts'

const MINUTE = 60_000
/** A draw of each provider every 23 s; rare heartbeats, so that hours are cheap. */
const AUDIT = { lostFraction: 0.01, probability: 0.99, withinMs: 180 * MINUTE }
const DETECTION = { heartbeatMs: 60_000, suspectMs: 180_000, lostMs: 600_000 }
const CODE = { required: 2, parity: 1, survive: 1 }
const CLASSES = [{ name: 'standard', ...CODE, inlineBytes: 0, versions: 1 }]

/** Names the trackers that take part. */
async function announceEpoch(fleet: Fleet): Promise<void> {
  const members = fleet.providers.map(({ machine }) => ({
    peer: machine.peer,
    name: machine.place.host,
    domain: machine.place.host,
    address: machine.address,
  }))
  const trackerSlots = assignSlots(
    [],
    fleet.trackers.map(({ machine }) => machine.peer),
  )
  const value = {
    network: fleet.config.network,
    number: 1,
    survive: 1,
    members,
    trackerSlots,
    createdMs: fleet.clock.now(),
    previous: null,
  }
  const document = signDocument(EPOCH, value, fleet.networkKey)
  await fleet.tell((tracker) => tracker.announceEpoch(document))
}

const beaconRounds = (fleet: Fleet) => fleet.runningTrackers.map((tracker) => tracker.status().audit?.beaconRound)

/** Until so long into the next hour. */
async function runInto(fleet: Fleet, ms: number): Promise<number> {
  const next = beaconRoundAt(fleet.clock.now()) + 1
  await fleet.clock.runFor(next * BEACON_ROUND_MS + ms - fleet.clock.now())
  return next
}

/** Anybody who asks a tracker for the proof of the round finds what was drawn by himself. */
async function assertProven(t: ExecutionContext, fleet: Fleet, round: number, text: string): Promise<void> {
  const { admin } = fleet.anyTracker
  const evidence = decodeAnyEvidence(bytesOfText((await admin.readBeacon({ round })).proof ?? ''))
  if (evidence.kind !== 'beacon') return t.fail('it is no proof')
  const { record, challenge } = decodeTranscript(bytesOfText(text))
  const asked = readDocument(LEAF_CHALLENGE, challenge)
  const draw = findDraw(asked, verifyBeaconProof(evidence.proof, crypto), meanDrawIntervalMs({ ...AUDIT_PROMISE, ...AUDIT }), crypto)
  if (typeof draw === 'string') return t.fail(draw)
  t.is(drawnLeafOf(draw.seed, readDocument(SEGMENT_RECORD, record).shardBytes), asked.leaf)
  t.is((await admin.readBeacon({ round: round - 1 })).proof, null)
}

test('trackers draw by a value that they made together; it comes though one of them has dealt and gone', async (t) => {
  await using fleet = await Fleet.start({ seed: 1, providers: 3, network: { audit: AUDIT, detection: DETECTION, classes: CLASSES } })
  await fleet.clock.runFor(MINUTE)
  await announceEpoch(fleet)
  await fleet.run(putSet(fleet, sealSet(fleet, CODE)))
  t.deepEqual(beaconRounds(fleet), [null, null, null])
  await fleet.clock.runFor(20 * MINUTE)
  fleet.kill(itemAt(fleet.trackers, 2)) // all have dealt, none has opened
  const drawn = await runInto(fleet, 10 * MINUTE)
  t.deepEqual(beaconRounds(fleet), [drawn, drawn])
  const { transcripts } = await fleet.anyTracker.admin.listTranscripts({})
  const { transcript } = await fleet.anyTracker.admin.readTranscript({ id: itemAt(transcripts, 0).id })
  t.is(readDocument(LEAF_CHALLENGE, decodeTranscript(bytesOfText(transcript ?? '')).challenge).round, drawn)
  await assertProven(t, fleet, drawn, transcript ?? '')

  for (const { standing, draws } of fleet.anyTracker.status().audit?.providers ?? []) {
    t.is(standing.state, 'vetting')
    t.is(draws.disproved + draws.lost, 0)
  }
  t.deepEqual(fleet.defects, [])
})
