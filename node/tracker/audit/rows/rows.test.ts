/**
 * Audits of rows among real trackers and providers in one process under a seed.
 */
import { decodeAnyTranscript, verifyRowTranscript, type RowAnswer } from '@lunarx/core/audit'
import { bytesOfText, documentId } from '@lunarx/core/document'
import { EPOCH, partitionMembers, signEpoch, type Epoch } from '@lunarx/core/epoch'
import { hexOf, itemAt, utf8 } from '@lunarx/core/model'
import { partitionOf, signCommit, type ValuedCommit } from '@lunarx/core/row'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { writeRows } from '@lunarx/wire'
import test from 'ava'
import { Fleet, type FleetOptions } from '../../../../test/fleet/fleet.ts'
import { answeringRows, type RowLie } from '../../../../test/fleet/liars.ts'
import { ask } from '../../../../test/fleet/sets.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** A draw of each provider every 70 s. */
const AUDIT = { lostFraction: 0.01, probability: 0.99, withinMs: 9 * HOUR }
/** Rare heartbeats, so that hours are cheap. */
const DETECTION = { heartbeatMs: 60_000, suspectMs: 180_000, lostMs: 600_000 }
const TRACKERS = 2
const PROVIDERS = 4
const ROWS = 12
const VETTING = Array.from({ length: TRACKERS }, () => 'vetting')
const author = crypto.signKey(crypto.sha256(utf8('author')))
const TABLE = crypto.sha256(utf8('table'))

interface Rows {
  readonly fleet: Fleet
  epoch: Epoch
  /** Id of the epoch. */
  epochId: Uint8Array | null
  readonly commits: ValuedCommit[]
}

/** The next epoch, of these providers, is known to everybody that runs. */
async function adopt(rows: Rows, providers: readonly Fleet['providers'][number][]): Promise<void> {
  const { fleet } = rows
  const members = providers.map(({ machine }) => ({
    peer: machine.peer,
    name: machine.place.host,
    domain: machine.place.host,
    address: machine.address,
  }))
  // no tracker is on a slot: without a beacon the clock is cheap
  const value = { network: fleet.config.network, number: rows.epoch.number + 1, survive: 1, members, trackerSlots: [] }
  rows.epoch = { ...value, createdMs: Math.floor(fleet.clock.now()), previous: rows.epochId }
  const document = signEpoch(rows.epoch, fleet.networkKey)
  rows.epochId = documentId(EPOCH, document, crypto)
  await fleet.tell((tracker) => tracker.announceEpoch(document))
  await fleet.clock.runFor(MINUTE)
}

async function started(options: Partial<FleetOptions> = {}): Promise<Rows> {
  const network = { audit: AUDIT, detection: DETECTION }
  const fleet = await Fleet.start({ seed: 1, trackers: TRACKERS, providers: PROVIDERS, domains: PROVIDERS, network, ...options })
  await fleet.clock.runFor(MINUTE)
  const none: Epoch = { network: '', number: 0, survive: 1, members: [], trackerSlots: [], createdMs: 0, previous: null }
  const rows: Rows = { fleet, epoch: none, epochId: null, commits: [] }
  await adopt(rows, fleet.providers)
  return rows
}

/** Writes a row to all its members. */
async function write({ fleet, epoch, commits }: Rows, row: string, clock: number): Promise<void> {
  const writer = new Uint8Array(8)
  const about = { author: author.publicKey, table: TABLE, row: crypto.sha256(utf8(row)), parents: [], writer, timeMs: 1 }
  const commit = signCommit({ ...about, clock: { [hexOf(writer)]: clock }, value: utf8(`${row} ${clock}`) }, author, crypto)
  commits.push(commit)
  const members = partitionMembers(epoch, partitionOf(author.publicKey, TABLE, crypto), crypto)
  for (const { address } of members) {
    const { refusals } = await fleet.run(ask(fleet, address, writeRows, { epoch: epoch.number, commits: [commit] }))
    if (refusals[0]) throw new Error(refusals[0].code)
  }
}

async function writeAll(rows: Rows, clock = 1): Promise<void> {
  for (let i = 0; i < ROWS; i++) await write(rows, `row ${i}`, clock)
}

/** Of all trackers together. */
const countsOf = (fleet: Fleet, peer: string) => {
  const each = fleet.runningTrackers.flatMap((tracker) => tracker.status().audit?.providers.find((one) => one.peer === peer)?.rows ?? [])
  const sum = (of: keyof (typeof each)[number]): number => each.reduce((so, one) => so + one[of], 0)
  const [proved, disproved, lost, silent] = [sum('proved'), sum('disproved'), sum('lost'), sum('silent')]
  return { proved, disproved, lost, silent, contained: sum('contained'), missing: sum('missing') }
}

const standingsOf = (fleet: Fleet, peer: string) =>
  fleet.runningTrackers.map((tracker) => tracker.status().audit?.providers.find((one) => one.peer === peer)?.standing.state)

/** One of the members of the table, which lies. */
async function withLiar(lie: RowLie): Promise<Rows & { readonly liar: string }> {
  const liars = new Set<string>()
  const disguise: FleetOptions['disguise'] = (_, peers, signKey) => answeringRows(peers, signKey, lie, () => liars.has(peers.self))
  const rows = await started({ disguise })
  const [first] = partitionMembers(rows.epoch, partitionOf(author.publicKey, TABLE, crypto), crypto)
  const liar = first?.peer ?? ''
  liars.add(liar)
  await writeAll(rows)
  return Object.assign(rows, { liar })
}

test('honest providers prove the rows that are drawn, through writes, a restart, a cut and a new epoch; nothing is held against them', async (t) => {
  const rows = await started()
  await using fleet = rows.fleet
  await writeAll(rows)
  const [crashed, cut] = [itemAt(fleet.providers, 1), itemAt(fleet.providers, 2)]
  await fleet.clock.runFor(10 * MINUTE)
  await writeAll(rows, 2)
  fleet.kill(crashed)
  fleet.net.cut(cut.machine.place.host)
  await fleet.clock.runFor(3 * MINUTE)
  fleet.net.heal()
  await fleet.startProvider(crashed)
  await fleet.clock.runFor(10 * MINUTE)
  await adopt(rows, fleet.providers.slice(1))
  await fleet.clock.runFor(20 * MINUTE)
  const counts = fleet.providers.map(({ machine }) => countsOf(fleet, machine.peer))
  t.true(
    counts.slice(1).every(({ proved }) => proved > 15),
    JSON.stringify(counts),
  )
  for (const { disproved, lost, missing } of counts) t.deepEqual({ disproved, lost, missing }, { disproved: 0, lost: 0, missing: 0 })
  for (const { machine } of fleet.providers) t.deepEqual(standingsOf(fleet, machine.peer), VETTING)
  t.deepEqual(fleet.defects, [])
})

const dropped = (answer: RowAnswer): RowAnswer => ({ ...answer, proof: null })
const garbled = (answer: RowAnswer): RowAnswer => ({
  ...answer,
  proof: answer.proof && { ...answer.proof, value: utf8('garbage'), successor: null },
})

test('who has not got what it signed for, or signs garbage for it, is suspended by every tracker, with a transcript that anybody can judge', async (t) => {
  let answers = 0
  const { fleet, liar } = await withLiar({ answer: (honest) => (answers++ % 2 === 0 ? garbled(honest) : dropped(honest)) })
  await using _ = fleet
  const isSuspended = () => standingsOf(fleet, liar).every((state) => state === 'suspended' || state === 'expelled')
  t.true(await fleet.clock.runUntil(isSuspended, HOUR))
  for (const { machine } of fleet.providers) if (machine.peer !== liar) t.deepEqual(standingsOf(fleet, machine.peer), VETTING)
  const { transcripts } = await fleet.anyTracker.admin.listTranscripts({})
  const found = transcripts.filter((one) => one.verdict !== 'proved')
  t.true(found.length >= 2 && found.every(({ provider }) => provider === liar))
  for (const { id, verdict } of found) {
    const { transcript } = await fleet.anyTracker.admin.readTranscript({ id })
    const decoded = decodeAnyTranscript(bytesOfText(transcript ?? ''))
    const judge = { network: fleet.config.network, isVerifier: () => true, quorum: 2 }
    const finding = decoded.kind === 'row' ? verifyRowTranscript(decoded.transcript, judge, crypto) : undefined
    t.like(finding, { kind: 'valid', verdict })
  }
  t.deepEqual(fleet.defects, [])
})

test('who leaves out of its roots what it dropped is asked for it by what others hold: contained, and missing an hour later', async (t) => {
  const { fleet, liar } = await withLiar({ root: () => null, answer: dropped })
  await using _ = fleet
  t.true(await fleet.clock.runUntil(() => countsOf(fleet, liar).contained > 0, HOUR))
  t.true(await fleet.clock.runUntil(() => countsOf(fleet, liar).missing > 0, 2 * HOUR))
  t.deepEqual(standingsOf(fleet, liar), VETTING)
  for (const { machine } of fleet.providers) if (machine.peer !== liar) t.is(countsOf(fleet, machine.peer).missing, 0)
  t.deepEqual(fleet.defects, [])
})
