import {
  drawnLeafOf,
  BEACON_ROUND_MS,
  convictionId,
  drawsOfRound,
  encodeBeaconProof,
  encodeConviction,
  encodeTranscript,
  meanDrawIntervalMs,
  transcriptId,
  verifyBeaconProof,
  type LeafChallenge,
} from '@lunarx/core/audit'
import { textOfBytes } from '@lunarx/core/document'
import { hexOf, itemAt, LIMITS, LunarError } from '@lunarx/core/model'
import type { AdminRoutes } from '@lunarx/net/admin'
import { SystemClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test, { type ExecutionContext } from 'ava'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stream } from '../../test/vectors/stream.ts'
import { proofOf } from '../../node/core/audit/_beacon-papers.test.ts'
import { convictionOf, FRAMED } from '../../node/core/audit/_conviction-papers.test.ts'
import { keyOf, NETWORK, peer, provider, signedShard, transcriptOf } from '../../node/core/audit/_papers.test.ts'
import { runLunarx, trackerPod, type TrackerPod } from '../../node/cli/role/_tracker-pod.test.ts'
import { SmallCluster } from '../controllers/cluster.fixture.ts'
import { LUNAR_KINDS } from '../controllers/index.ts'
import { KINDS, type KubeObject, type ResourceKind } from '../kube/index.ts'
import { audit } from './audit.ts'
import type { Command, Context } from './context.ts'
import type { ExecInPod } from './exec.ts'
import { exitOf } from './exit-codes.ts'
import { aPod, anObserved } from './observed.fixture.ts'
import { transcript } from './transcript.ts'

type Answers = Pick<AdminRoutes, 'listTranscripts' | 'readTranscript' | 'readBeacon'>

const ROUND = 400_000
const verifiers = [keyOf('a'), keyOf('b')]
const shard = signedShard(stream('shard', 2 * LIMITS.leafBytes))
const proof = proofOf(verifiers, ROUND)
/** Another promise than the usual one, so that draws come at another pace than `lunarx verify` takes for granted. */
const AUDIT = { enabled: true, lostPerMille: 2, foundPercent: 99, withinHours: 6 }
const meanMs = meanDrawIntervalMs({ lostFraction: 0.002, probability: 0.99, withinMs: 6 * 3_600_000 })
const startMs = ROUND * BEACON_ROUND_MS
const source = { value: verifyBeaconProof(proof, crypto), provider: peer(provider), startMs, untilMs: startMs + BEACON_ROUND_MS, meanMs }
const draws = [...drawsOfRound(source, crypto)]

interface Paper {
  readonly id: string
  readonly text: string
  readonly verdict: 'proved' | 'disproved'
}

/** Of this draw of the round; by the beacon, unless `change` says otherwise. */
function paperOf(sequence: number, verdict: Paper['verdict'], change: Partial<LeafChallenge> = {}): Paper {
  const { seed, dueMs } = itemAt(draws, sequence)
  const leaf = drawnLeafOf(seed, shard.bytes.length)
  const asked = { network: NETWORK, provider: peer(provider), verifier: peer(itemAt(verifiers, 0)), segment: shard.segment, index: 1 }
  const question: LeafChallenge = { ...asked, round: ROUND, sequence, askedFor: 'draw', leaf, askedMs: Math.ceil(dueMs), ...change }
  const right = shard.proofOf(leaf)
  const given = verdict === 'proved' ? right : { ...right, bytes: right.bytes.map((byte) => byte ^ 1) }
  const told = transcriptOf(shard, { question, answer: { proof: given, answeredMs: 2 }, verdict, verifiers })
  return { id: hexOf(transcriptId(told, crypto)), text: textOfBytes(encodeTranscript(told)), verdict }
}

/** So late in the round that draws at the usual pace would not come to it. */
const SEQUENCE = 200
const wrong = paperOf(SEQUENCE, 'disproved')
const newer = paperOf(SEQUENCE + 1, 'proved')
const conviction = convictionOf(FRAMED)
const convicted = { id: hexOf(convictionId(conviction, crypto)), text: textOfBytes(encodeConviction(conviction)) }

/** A tracker that keeps these, each a second after the one before. */
function keeping(papers: readonly Paper[], others: Partial<Answers> = {}): Partial<Answers> {
  return {
    listTranscripts: async () => ({
      transcripts: papers.map(({ id, verdict }, i) => ({ id, provider: peer(provider), verdict, keptMs: 1_000 * (i + 1) })).toReversed(),
    }),
    readTranscript: async ({ id }) => ({ transcript: papers.find((paper) => paper.id === id)?.text ?? null }),
    readBeacon: async ({ round }) => ({ proof: round === ROUND ? textOfBytes(encodeBeaconProof(proof)) : null }),
    ...others,
  }
}

const [NAMESPACE = '', NAME = ''] = NETWORK.split('/')

/** The small network in the namespace of the papers; its `pool-0` is the provider that they are about. */
function clusterOf(trackers: readonly string[]): SmallCluster {
  const cluster = new SmallCluster()
  const { network, providers, trackers: pools } = anObserved()
  const put = (kind: ResourceKind, object: KubeObject, change: object = {}): void =>
    cluster.put(kind, { ...object, metadata: { ...object.metadata, namespace: NAMESPACE, ...change } })
  put(LUNAR_KINDS.network, { ...network, spec: { ...network.spec, audit: AUDIT } }, { name: NAME })
  for (const pool of pools) put(LUNAR_KINDS.tracker, { ...pool, spec: { network: NAME, replicas: trackers.length } })
  for (const pool of providers) {
    const members = pool.status?.members?.map((member) => (member.name === 'pool-0' ? { ...member, peer: peer(provider) } : member))
    put(LUNAR_KINDS.provider, { ...pool, spec: { network: NAME, replicas: 2 }, status: { ...pool.status, members } })
  }
  for (const name of trackers) {
    const labels = { 'app.kubernetes.io/component': 'tracker', 'lunarx.dev/network': NAME }
    put(KINDS.pod, aPod(name), { labels })
  }
  return cluster
}

/** `lunarx admin` in their pods, as `kubectl exec` would run it. */
const execIn =
  (pods: ReadonlyMap<string, TrackerPod>): ExecInPod =>
  async ({ pod, container, command: [program, ...args] }) => {
    const there = pods.get(pod)
    if (there === undefined || container !== 'tracker' || program !== 'lunarx')
      throw new LunarError('PEER_UNREACHABLE', `${program} cannot be run in ${pod}`)
    return await runLunarx(args.map((word) => (word === '/etc/lunarx/run.json' ? there.config : word))).catch((error: unknown) => {
      throw new LunarError('PEER_UNREACHABLE', String(error), { cause: error })
    })
  }

interface World {
  readonly run: (command: Command, words: readonly string[], flags?: Context['flags']) => Promise<string>
  readonly trackers: readonly TrackerPod[]
}

async function world(t: ExecutionContext, answers: readonly Partial<Answers>[]): Promise<World> {
  const trackers = await Promise.all(answers.map((each) => trackerPod(t, each, { network: NETWORK })))
  const byPod = new Map(trackers.map((tracker, i) => [`tracker-${i}`, tracker]))
  const { client } = clusterOf([...byPod.keys()]).deps
  const exec = execIn(byPod)
  const run: World['run'] = async (command, words, flags = {}) => {
    const said: string[] = []
    const context = {
      client,
      exec,
      namespace: NAMESPACE,
      words,
      flags,
      isJson: flags['output'] === 'json',
      nowMs: 10_000,
      clock: new SystemClock(),
      print: (text: string) => void said.push(text),
    }
    await command.run(context as unknown as Context)
    return said.join('')
  }
  return { run, trackers }
}

/** What this very command says. */
const judged = (command: string): Promise<string> => runLunarx(command.split(' ').slice(1))

async function folderOf(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lunarx-transcript-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return folder
}

test('a transcript and the proof of its round are written as lunarx verify reads them, judged by the command that is printed', async (t) => {
  const { run } = await world(t, [keeping([]), keeping([wrong])])
  const folder = await folderOf(t)
  const [file, round] = [join(folder, 'transcript.txt'), join(folder, 'round.txt')]
  const said = await run(transcript, [wrong.id, file], { beacon: round })
  const [, judge = ''] = /^.*: disproved, of pool-0, says tracker-1\. Judge it offline: (.*)\n$/.exec(said) ?? []
  const found = await judged(judge)
  t.regex(found, /verdict: +disproved/)
  t.regex(found, new RegExp(`transcript: +${wrong.id}`))
  t.regex(found, new RegExp(`drawn: +number ${SEQUENCE} of round ${ROUND}`))
  t.true(judge.includes(`--network ${NETWORK}`))
  await t.throwsAsync(judged(judge.replace(/ --interval \S+/, '')), { code: 'BAD_TRANSCRIPT' }, 'the pace is told')
})

test('without a file it is the base64 alone; in JSON beside what it is about', async (t) => {
  const { run } = await world(t, [keeping([wrong])])
  t.is(await run(transcript, [wrong.id]), `${wrong.text}\n`)
  t.like(JSON.parse(await run(transcript, [wrong.id], { output: 'json' })), {
    id: wrong.id,
    kind: 'leaf',
    pod: 'pool-0',
    verdict: 'disproved',
    round: ROUND,
    tracker: 'tracker-0',
    transcript: wrong.text,
  })
})

test('of a provider it is the newest to its harm, else the newest proof; of one that nobody was asked about there is none', async (t) => {
  const { run } = await world(t, [keeping([wrong, newer])])
  t.is(await run(transcript, ['pool-0']), `${wrong.text}\n`)
  const { run: onlyProofs } = await world(t, [keeping([newer])])
  t.is(await onlyProofs(transcript, ['pool-0']), `${newer.text}\n`)
  const error = await t.throwsAsync(run(transcript, ['pool-1']), { code: 'TRANSCRIPT_NOT_FOUND', message: /pool-1/ })
  t.is(exitOf(error), 6)
})

test('an id that no tracker has is told apart from one that some tracker could not be asked about', async (t) => {
  const { run, trackers } = await world(t, [keeping([wrong]), keeping([])])
  const id = 'ab'.repeat(32)
  const none = await t.throwsAsync(run(transcript, [id]), { code: 'TRANSCRIPT_NOT_FOUND', message: new RegExp(id) })
  t.is(exitOf(none), 6)
  await trackers[1]?.stop()
  const unknown = await t.throwsAsync(run(transcript, [id]), { code: 'PEER_UNREACHABLE', message: /Not answered: tracker-1: / })
  t.is(exitOf(unknown), 1)
  await t.throwsAsync(run(transcript, ['pool-1']), {
    code: 'PEER_UNREACHABLE',
    message: /a transcript about pool-1\. Not answered: tracker-1: /,
  })
  t.is(await run(transcript, [wrong.id]), `${wrong.text}\n`, 'one that is away does not matter where another has it')
})

test('a tracker that gives another transcript, rubbish, or a proof of another round is passed over', async (t) => {
  const otherRound = textOfBytes(encodeBeaconProof(proofOf(verifiers, ROUND + 1)))
  const forged = textOfBytes(encodeBeaconProof({ ...proof, sets: proof.sets.slice(0, 1) }))
  const lies = (text: string, round: string): Partial<Answers> =>
    keeping([], { readTranscript: async () => ({ transcript: text }), readBeacon: async () => ({ proof: round }) })
  const { run } = await world(t, [lies(newer.text, otherRound), lies('AAAA', forged), keeping([wrong])])
  const folder = await folderOf(t)
  const round = join(folder, 'round.txt')
  t.is(await run(transcript, [wrong.id], { beacon: round }), `${wrong.text}\n`)
  t.is(await readFile(round, 'utf8'), `${textOfBytes(encodeBeaconProof(proof))}\n`)
  const { run: onlyLiars } = await world(t, [lies(newer.text, otherRound)])
  await t.throwsAsync(onlyLiars(transcript, [wrong.id]), { code: 'PEER_UNREACHABLE', message: /tracker-0: BAD_MESSAGE: it gives another/ })
})

test('a conviction is fetched like a transcript, and judged; neither it nor what no beacon drew has the proof of a round', async (t) => {
  const kept = { id: convicted.id, cause: 'leaf' as const, tracker: peer(keyOf('tracker')), slot: 3, segment: null, keptMs: 5_000 }
  const own = paperOf(SEQUENCE, 'disproved', { round: 0 })
  const asked = paperOf(SEQUENCE, 'disproved', { askedFor: 'containment' })
  const papers = [own, asked]
  const { run } = await world(t, [
    keeping(papers, {
      listTranscripts: async () => ({ transcripts: [], convictions: [kept] }),
      readTranscript: async ({ id }) => ({
        transcript: id === convicted.id ? convicted.text : (papers.find((paper) => paper.id === id)?.text ?? null),
      }),
    }),
  ])
  const file = join(await folderOf(t), 'conviction.txt')
  const said = await run(transcript, [convicted.id, file])
  t.regex(await judged(/Judge it offline: (.*)\n$/.exec(said)?.[1] ?? ''), /verdict: +convicted/)
  t.regex(await run(audit, [], { transcripts: true }), new RegExp(`convicted \\(leaf\\) +tracker-0 +${convicted.id}`))
  for (const [id, message] of [
    [convicted.id, /a conviction is of no draw/],
    [own.id, /no round of the beacon stands behind/],
    [asked.id, /no round of the beacon stands behind/],
  ] as const)
    await t.throwsAsync(run(transcript, [id], { beacon: `${file}.round` }), { name: 'RefusedError', message })
})

test('a file that is there is not overwritten', async (t) => {
  const { run } = await world(t, [keeping([wrong])])
  const file = join(await folderOf(t), 'transcript.txt')
  await writeFile(file, 'mine')
  await t.throwsAsync(run(transcript, [wrong.id, file]), { name: 'RefusedError', message: /EEXIST/ })
  t.is(await readFile(file, 'utf8'), 'mine')
})

test('the list: each once with the trackers that keep it, what harms first; who does not answer is told, and the others are heard', async (t) => {
  const { run, trackers } = await world(t, [keeping([wrong, newer]), keeping([wrong]), keeping([])])
  await trackers[2]?.stop()
  const page = await run(audit, [], { transcripts: true })
  t.regex(page, /^1 transcripts and convictions to somebody's harm, 1 proofs, kept by 2 trackers\.\nNot answered: tracker-2: /)
  const [harm = 0, proofs = 0] = ["To somebody's harm:", 'Proofs, of which few are kept:'].map((title) => page.indexOf(title))
  t.true(0 < harm && harm < page.indexOf(wrong.id) && page.indexOf(wrong.id) < proofs && proofs < page.indexOf(newer.id))
  t.regex(page, new RegExp(`1970-01-01T00:00:01.000Z +pool-0 +disproved +tracker-0,tracker-1 +${wrong.id}`))
  const about = JSON.parse(await run(audit, ['pool-1'], { transcripts: true, output: 'json' })) as object
  t.like(about, { transcripts: [], answered: ['tracker-0', 'tracker-1'] })
  await Promise.all(trackers.map((tracker) => tracker.stop()))
  await t.throwsAsync(run(audit, [], { transcripts: true }), { code: 'PEER_UNREACHABLE', message: /tracker-0: .*tracker-1: .*tracker-2: / })
})

test('a clock that runs ahead dates nothing later than now', async (t) => {
  const list: Answers['listTranscripts'] = async () => ({
    transcripts: [{ id: wrong.id, provider: peer(provider), verdict: 'disproved', keptMs: 4e12 }],
  })
  const { run } = await world(t, [keeping([wrong], { listTranscripts: list })])
  t.regex(await run(audit, [], { transcripts: true }), /1970-01-01T00:00:10.000Z +pool-0/)
})
