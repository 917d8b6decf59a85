/**
 * Outside verifiers among real trackers and providers in one process under a seed.
 */
import { decodeTranscript, LEAF_CHALLENGE, LEAF_ORDER, VERDICT, verifyTranscript, type Transcript } from '@lunarx/core/audit'
import { bytesOfText, readDocument } from '@lunarx/core/document'
import { itemAt, LunarError } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { announceVerifier, proveLeaf } from '@lunarx/wire'
import test from 'ava'
import { answering, disguised } from '../../../../test/fleet/disguised.ts'
import { falseVerifier, forges, keepsMum, saysSilent, slanders } from '../../../../test/fleet/false-verifiers.ts'
import { Fleet } from '../../../../test/fleet/fleet.ts'
import { givesGarbage, isSilent, liar } from '../../../../test/fleet/liars.ts'
import { putSet, sealSet } from '../../../../test/fleet/sets.ts'
import { TRACKER_LIMITS } from '../../limits.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** A draw of each provider every 23 s. */
const AUDIT = { lostFraction: 0.01, probability: 0.99, withinMs: 3 * HOUR }
/** Rare heartbeats, so that hours are cheap. */
const DETECTION = { heartbeatMs: 20_000, suspectMs: 60_000, lostMs: 240_000 }
const CODE = { required: 2, parity: 1, survive: 1 }
const CLASSES = [{ name: 'standard', ...CODE, inlineBytes: 0, versions: 1 }]
const FALSE = [slanders, saysSilent, forges, keepsMum]

const started = async (options: Partial<Parameters<typeof Fleet.start>[0]>): Promise<Fleet> => {
  const fleet = await Fleet.start({ seed: 1, providers: 4, network: { audit: AUDIT, detection: DETECTION, classes: CLASSES }, ...options })
  await fleet.clock.runFor(2 * MINUTE)
  return fleet
}

type Leaves = Record<'answered' | 'silent' | 'wrong' | 'away', number>

/** What came of the leaves that verifiers were to ask, by their numbers. */
function leavesOf(fleet: Fleet): Leaves[] {
  const all = fleet.runningTrackers.flatMap((tracker) => tracker.status().audit?.outside ?? [])
  return fleet.verifiers.map(({ machine }) => {
    const sum = (word: keyof Leaves) => all.reduce((so, { peer, leaves }) => so + (peer === machine.peer ? leaves[word] : 0), 0)
    return { answered: sum('answered'), silent: sum('silent'), wrong: sum('wrong'), away: sum('away') }
  })
}

async function transcriptsOf(fleet: Fleet): Promise<Transcript[]> {
  const kept = await fleet.tell(async ({ admin }) => {
    const { transcripts } = await admin.listTranscripts({})
    return await Promise.all(transcripts.map(async ({ id }) => (await admin.readTranscript({ id })).transcript ?? ''))
  })
  return kept.flat().map((text) => decodeTranscript(bytesOfText(text)))
}

const askerOf = ({ challenge }: Transcript): string => readDocument(LEAF_CHALLENGE, challenge).verifier
const verdictsOf = ({ verdicts }: Transcript) => verdicts.map((document) => readDocument(VERDICT, document))

/** Every tracker says so of this provider, and of no other. */
const isFound = (fleet: Fleet, peer: string): boolean =>
  fleet.runningTrackers.every((tracker) =>
    (tracker.status().audit?.providers ?? []).every((one) => (one.standing.state !== 'vetting') === (one.peer === peer)),
  )

/** Puts sets until the provider has lost more than disks do. */
async function putOnto(fleet: Fleet, peer: string): Promise<void> {
  for (let held = 0; held < 3;) {
    const { placed } = await fleet.run(putSet(fleet, sealSet(fleet, CODE)))
    if (placed.some(({ provider }) => provider.peer === peer)) held++
  }
}

const firstGarbles: NonNullable<Parameters<typeof Fleet.start>[0]['disguise']> = (i, peers, signKey) =>
  i === 0 ? liar(peers, signKey, givesGarbage) : peers

test('outside verifiers ask what is drawn for them and judge again: a wrong leaf that they met convicts, and anybody can see it', async (t) => {
  await using fleet = await started({ verifiers: 3, disguise: firstGarbles })
  const outside = new Set(fleet.verifiers.map(({ machine }) => machine.peer))
  const garbler = itemAt(fleet.providers, 0).machine.peer
  t.true(fleet.verifiers.every(({ role }) => role?.ready()))
  await putOnto(fleet, garbler)
  t.true(await fleet.clock.runUntil(() => isFound(fleet, garbler), 30 * MINUTE))
  t.true(await fleet.clock.runUntil(() => leavesOf(fleet).every(({ answered }) => answered > 0), 30 * MINUTE))
  t.true(leavesOf(fleet).every(({ wrong, away }) => wrong + away === 0))
  const transcripts = await transcriptsOf(fleet)
  const judge = { network: fleet.config.network, isVerifier: () => true, quorum: 1 }
  for (const transcript of transcripts) t.is(verifyTranscript(transcript, judge, crypto).kind, 'valid')
  t.true(transcripts.some((one) => outside.has(askerOf(one)) && verdictsOf(one)[0]?.verdict === 'disproved'))
  t.true(transcripts.some((one) => !outside.has(askerOf(one)) && verdictsOf(one).some(({ verifier }) => outside.has(verifier))))
  t.deepEqual(fleet.defects, [])
})

/** Announces itself to one tracker alone, of the first two of them. */
const knownToOne = (i: number, peers: Peers): Peers =>
  disguised(peers, {
    async ask(to, exchange, question, options) {
      if (exchange.name === announceVerifier.name && to.host !== `tracker-${i % 2}`) throw new LunarError('PEER_UNREACHABLE', 'cut off')
      return await peers.ask(to, exchange, question, options)
    },
  })

test('what a verifier met with counts at every tracker, those too that do not know it; one that a provider refuses asks the others', async (t) => {
  await using fleet = await started({
    verifiers: 4,
    disguise: (i, peers, signKey) =>
      i < 2 ? liar(peers, signKey, i === 0 ? givesGarbage : isSilent, { isHonestToTrackers: true, isHonestByHeartbeat: true }) : peers,
    disguiseVerifier: knownToOne,
  })
  const [garbler, refuser] = fleet.providers.map(({ machine }) => machine.peer)
  await putOnto(fleet, garbler ?? '')
  t.true(await fleet.clock.runUntil(() => isFound(fleet, garbler ?? ''), 60 * MINUTE))
  const refused = fleet.verifiers.map(() => ({ atMs: Number.POSITIVE_INFINITY, answered: 0 }))
  const goesOn = (): boolean =>
    leavesOf(fleet).some(({ silent, answered }, i) => {
      const first = itemAt(refused, i)
      if (silent > 0 && first.atMs > fleet.clock.now()) Object.assign(first, { atMs: fleet.clock.now(), answered })
      return (
        first.atMs <= fleet.clock.now() &&
        answered > first.answered &&
        fleet.clock.now() - first.atMs < TRACKER_LIMITS.audit.outsiderRestMs - MINUTE
      )
    })
  t.true(await fleet.clock.runUntil(goesOn, 60 * MINUTE), 'who was refused by one provider goes on to ask others')
  const audits = fleet.runningTrackers.flatMap((tracker) => tracker.status().audit?.providers ?? [])
  t.deepEqual([...new Set(audits.filter(({ withheld = 0 }) => withheld > 0).map(({ peer }) => peer))], [refuser])
  t.true(leavesOf(fleet).every(({ wrong, away }) => wrong + away === 0))
  for (const tracker of fleet.runningTrackers) t.is(tracker.status().audit?.contained, 0)
  t.deepEqual(fleet.defects, [])
})

test('verifiers that slander, call everybody silent, forge proofs or keep mum neither convict nor acquit', async (t) => {
  await using fleet = await started({
    verifiers: FALSE.length,
    disguise: firstGarbles,
    disguiseVerifier: (i, peers, signKey) => falseVerifier(peers, signKey, itemAt(FALSE, i)),
  })
  const garbler = itemAt(fleet.providers, 0).machine.peer
  await putOnto(fleet, garbler)
  t.true(await fleet.clock.runUntil(() => isFound(fleet, garbler), 30 * MINUTE))
  await fleet.clock.runFor(10 * MINUTE)
  t.true(isFound(fleet, garbler))
  for (const tracker of fleet.runningTrackers) t.is(tracker.status().audit?.contained, 0)
  for (const { peer, draws } of fleet.runningTrackers.flatMap((tracker) => tracker.status().audit?.providers ?? [])) {
    t.is(draws.silent, 0)
    if (peer !== garbler) t.is(draws.disproved + draws.lost, 0)
  }
  const [slander, silence, forgery, mum] = leavesOf(fleet)
  t.true((slander?.wrong ?? 0) > 0 && (silence?.silent ?? 0) > 0 && (forgery?.wrong ?? 0) > 0 && (mum?.away ?? 0) > 0)
  // who calls everything wrong is right about what is wrong
  t.deepEqual(
    [silence, forgery, mum].map((one) => one?.answered),
    [0, 0, 0],
  )
  const judge = { network: fleet.config.network, isVerifier: () => true, quorum: 1 }
  for (const transcript of await transcriptsOf(fleet)) t.is(verifyTranscript(transcript, judge, crypto).kind, 'valid')
  t.deepEqual(fleet.defects, [])
})

/** Draws by the tracker that carries them out and the provider: their numbers. */
const noteDraws = (drawn: Map<string, Set<number>>, provider: number, peers: Peers): Peers =>
  answering(peers, proveLeaf, (honest) => async (question, asked) => {
    const { verifier, sequence } = readDocument(LEAF_CHALLENGE, question.challenge)
    const key = `${provider} ${question.order ? readDocument(LEAF_ORDER, question.order).tracker : verifier}`
    drawn.set(key, (drawn.get(key) ?? new Set()).add(sequence))
    return await honest(question, asked)
  })

test('verifiers that go away take no draw with them: the tracker asks itself, and soon they are not counted on', async (t) => {
  const drawn = new Map<string, Set<number>>()
  await using fleet = await started({ verifiers: 6, disguise: (i, peers) => noteDraws(drawn, i, peers) })
  for (let i = 0; i < 6; i++) await fleet.run(putSet(fleet, sealSet(fleet, CODE)))
  const left = HOUR - (fleet.clock.now() % HOUR)
  if (left < 15 * MINUTE) await fleet.clock.runFor(left + 2 * MINUTE) // numbers begin anew with the hour
  drawn.clear()
  await fleet.clock.runFor(5 * MINUTE)
  for (const verifier of fleet.verifiers) fleet.kill(verifier)
  await fleet.clock.runFor(5 * MINUTE)
  const away = leavesOf(fleet).reduce((sum, one) => sum + one.away, 0)
  t.true(away > 0, `${away} were asked in vain`)
  for (const [key, numbers] of drawn) {
    const span = Math.max(...numbers) - Math.min(...numbers) + 1
    t.is(numbers.size, span, `none is left out of ${key}`)
  }
  t.true(drawn.size > 3 && [...drawn.values()].reduce((sum, { size }) => sum + size, 0) > 50)
  await fleet.clock.runFor(10 * MINUTE) // twice the time after which they lapse
  for (const tracker of fleet.runningTrackers) t.is(tracker.status().audit?.outside, undefined)
  t.deepEqual(fleet.defects, [])
})
