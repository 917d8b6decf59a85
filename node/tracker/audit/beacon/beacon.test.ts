/**
 * The beacon among real trackers in one process under a seed.
 */
import {
  AUDIT_PROMISE,
  BEACON_ROUND_MS,
  beaconRoundAt,
  commitSecret,
  decodeAnyEvidence,
  decodeTranscript,
  drawnLeafOf,
  findDraw,
  LEAF_CHALLENGE,
  meanDrawIntervalMs,
  verifiersOf,
  verifyBeaconProof,
} from '@lunarx/core/audit'
import { bytesOfText, readDocument, SEGMENT_RECORD } from '@lunarx/core/document'
import { hexOf, itemAt, LunarError } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { commitBeacon } from '@lunarx/wire'
import test, { type ExecutionContext } from 'ava'
import { announceEpoch } from '../../../../test/fleet/epoch.ts'
import { commitsToEach, falseBeacon, keepsBack, neverCommits, opensAnother, type FalseBeacon } from '../../../../test/fleet/false-beacon.ts'
import { Fleet } from '../../../../test/fleet/fleet.ts'
import type { Powered } from '../../../../test/fleet/machine.ts'
import { putSet, sealSet } from '../../../../test/fleet/sets.ts'
import { stream } from '../../../../test/vectors/stream.ts'
import { TRACKER_LIMITS } from '../../limits.ts'

const MINUTE = 60_000
/** A draw of each provider every 23 s; rare heartbeats, so that hours are cheap. */
const AUDIT = { lostFraction: 0.01, probability: 0.99, withinMs: 180 * MINUTE }
const DETECTION = { heartbeatMs: 60_000, suspectMs: 180_000, lostMs: 600_000 }
const CODE = { required: 2, parity: 1, survive: 1 }
const CLASSES = [{ name: 'standard', ...CODE, inlineBytes: 0, versions: 1 }]

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

/** Of rounds that verifiers committed to, by their numbers. */
const outcomesOf = (fleet: Fleet, outcome: string): number[] =>
  fleet.verifiers.map(({ powered }) => powered?.metrics.value('lunarx_verifier_beacon_total', { outcome }) ?? 0)

test('verifiers have secrets in what trackers draw by, and anybody sees whose; those that lie or keep back are waited for by nobody', async (t) => {
  let partOfHour = (): number => 0
  /** When trackers take none any more, and have not closed yet. */
  const opensLate: FalseBeacon = { follow: (question) => (partOfHour() > 0.712 ? question : { ...question, reveal: null }) }
  const lies = [undefined, keepsBack, opensAnother, commitsToEach, undefined, opensLate]
  await using fleet = await Fleet.start({
    seed: 2,
    providers: 3,
    verifiers: lies.length,
    network: { audit: AUDIT, detection: DETECTION, classes: CLASSES },
    disguiseVerifier(i, peers, key) {
      const lie = lies[i]
      return lie ? falseBeacon(peers, key, lie) : peers
    },
  })
  partOfHour = () => (fleet.clock.now() / BEACON_ROUND_MS) % 1
  await fleet.clock.runFor(MINUTE)
  await announceEpoch(fleet)
  const [first, back, another, , last, late] = fleet.verifiers.map(({ machine }) => machine.peer)
  await fleet.clock.runFor(40 * MINUTE)
  fleet.kill(itemAt(fleet.verifiers, 4)) // it has opened its secret
  fleet.kill(itemAt(fleet.trackers, 2))
  await fleet.clock.runFor(2 * MINUTE)
  await fleet.startTracker(itemAt(fleet.trackers, 2)) // it knows again what the others have
  const drawn = await runInto(fleet, 2 * MINUTE)
  t.deepEqual(beaconRounds(fleet), [drawn, drawn, drawn])
  const proofs = await fleet.tell(async ({ admin }) => (await admin.readBeacon({ round: drawn })).proof ?? '')
  const values = proofs.map((text) => {
    const evidence = decodeAnyEvidence(bytesOfText(text))
    if (evidence.kind !== 'beacon') return t.fail('it is no proof')
    const { revealed, withheld } = verifiersOf(evidence.proof)
    t.deepEqual(new Set(revealed), new Set([first, last]))
    t.deepEqual(new Set(withheld), new Set([back, another, late]))
    return hexOf(verifyBeaconProof(evidence.proof, crypto))
  })
  t.is(new Set(values).size, 1)
  t.deepEqual(outcomesOf(fleet, 'counted').slice(0, 4), [1, 0, 0, 0])
  t.deepEqual(outcomesOf(fleet, 'left-out'), [0, 1, 1, 0, 0, 1], 'as they think, for it is their peers that lie')
  t.deepEqual(outcomesOf(fleet, 'not-held').slice(0, 4), [0, 0, 0, 1])
  t.deepEqual(fleet.defects, [])
})

test('a verifier has to be known, in time, and speak for itself; what it may ask is bounded', async (t) => {
  await using fleet = await Fleet.start({
    seed: 3,
    providers: 1,
    verifiers: 2,
    network: { audit: AUDIT, detection: DETECTION, classes: CLASSES },
    disguiseVerifier: (i, peers, key) => (i === 1 ? falseBeacon(peers, key, neverCommits) : peers),
  })
  await fleet.clock.runFor(MINUTE)
  await announceEpoch(fleet)
  const round = await runInto(fleet, 10 * MINUTE)
  const [one, other] = fleet.verifiers.flatMap(({ powered }) => powered ?? []) as [Powered, Powered]
  const about = { network: fleet.config.network, round: round + 1 }
  const commit = async (of = about, by = one, key = by.identity.signKey) => {
    const { document: commitment } = commitSecret(of, key, stream('secret', 32), crypto)
    await fleet.run(by.peers.ask(itemAt(fleet.trackers, 0).machine.address, commitBeacon, { commitment }))
  }
  const refused = async (work: Promise<void>): Promise<string | undefined> => {
    const error = await t.throwsAsync(work)
    return error instanceof LunarError ? error.code : String(error)
  }
  t.is(await refused(commit(about, fleet.client)), 'UNAUTHORIZED')
  t.is(await refused(commit(about, one, other.identity.signKey)), 'UNAUTHORIZED')
  t.is(await refused(commit({ ...about, round })), 'BAD_MESSAGE')
  const codes: (string | undefined)[] = []
  for (let asked = 0; asked < TRACKER_LIMITS.audit.beaconAsks; asked++) codes.push(await refused(commit()))
  t.is(codes[0], 'BAD_MESSAGE', 'it has committed to another already')
  t.is(codes.at(-1), 'TOO_MANY_REQUESTS')
  t.is(await refused(commit({ ...about, network: 'another' }, other)), 'BAD_MESSAGE')
  await fleet.clock.runFor(10 * MINUTE)
  t.is(await refused(commit(about, other)), 'BAD_MESSAGE', 'the first quarter is over')
  t.deepEqual(fleet.defects, [])
})
