/**
 * What a member answers to audits of its rows: over a simulated network, with a store from which values disappear.
 */
import { drawnHead, judgeRow, ROW_ANSWER, ROW_CHALLENGE, ROW_DRAW, ROW_ROOT, ROW_STRETCH, type RowChallenge } from '@lunarx/core/audit'
import { documentId, openDocument, readDocument, signDocument, type SignedDocument } from '@lunarx/core/document'
import type { EpochMember } from '@lunarx/core/epoch'
import { publicKeyOf } from '@lunarx/core/membership'
import { hexOf, itemAt, utf8 } from '@lunarx/core/model'
import { partitionOf, ROW_COMMIT, type ValuedCommit } from '@lunarx/core/row'
import { identityOf } from '@lunarx/net/identity'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { drawRows, proveRow, readRows } from '@lunarx/wire'
import test from 'ava'
import { askPeer } from '../ask/index.ts'
import { author, present, sign, SimulatedMembers, token, wanted } from '../simulated-members.ts'
import { valueKey } from '../table/index.ts'

const SEED = crypto.sha256(utf8('drawn'))
const verifier = identityOf(crypto.sha256(utf8('tracker/0')), crypto)
const WRITER = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1)
const PARTITION = partitionOf(author.publicKey, token('t'), crypto)

const commitOf = (row: string, clock: number): ValuedCommit =>
  sign({ table: token('t'), row: token(row), writer: WRITER, clock: { [hexOf(WRITER)]: clock }, value: utf8(`${row} ${clock}`) })

/** Four members, one epoch, and rows of one table with three of them. */
async function start(
  rows: number,
): Promise<{ readonly world: SimulatedMembers; readonly commits: ValuedCommit[]; readonly member: EpochMember }> {
  const world = new SimulatedMembers(1)
  for (let n = 0; n < 4; n++) await world.settle(world.add(`n${n}`))
  await world.settle(world.issueEpoch())
  const commits = Array.from({ length: rows }, (_, i) => commitOf(`row ${i}`, 1))
  for (const commit of commits) await world.settle(world.write(world.epoch(1), 't', commit))
  return { world, commits, member: present(world.placed(world.epoch(1), 't')[0]) }
}

const scope = ({ peer }: EpochMember, epoch = 1) => ({ network: 'net', provider: peer, verifier: verifier.peer, epoch, askedMs: 1 })

async function rootOf(world: SimulatedMembers, member: EpochMember, change: { readonly seed?: Uint8Array; readonly epoch?: number } = {}) {
  const draw = signDocument(ROW_DRAW, { ...scope(member), round: 0, sequence: 0, seed: SEED, ...change }, verifier.signKey)
  const { root } = await world.settle(askPeer(world.tracker, member.address, drawRows, { draw }))
  return root && { id: documentId(ROW_ROOT, root, crypto), ...openDocument(ROW_ROOT, root, () => publicKeyOf(member.peer), crypto) }
}

/** What the member proves of the head that is drawn, or of a commit. */
async function verdictOf(
  world: SimulatedMembers,
  member: EpochMember,
  root: NonNullable<Awaited<ReturnType<typeof rootOf>>>,
  commit: SignedDocument | null = null,
  change: Partial<RowChallenge> = {},
) {
  const question = { ...scope(member), root: root.id, leaf: drawnHead(SEED, root.leaves), commit, ...change }
  const challenge = signDocument(ROW_CHALLENGE, question, verifier.signKey)
  const { answer } = await world.settle(askPeer(world.tracker, member.address, proveRow, { challenge }))
  const value = openDocument(ROW_ANSWER, answer, () => publicKeyOf(member.peer), crypto)
  return { verdict: judgeRow(root, question, value, crypto), commit: value.commit, isLater: Boolean(value.proof?.successor) }
}

const machineOf = (world: SimulatedMembers, { name }: EpochMember) => present(world.members.find(({ host }) => host === name))

/** The value is gone from its store, the commit is there. */
async function loseValue(world: SimulatedMembers, member: EpochMember, commit: ValuedCommit): Promise<void> {
  const store = await machineOf(world, member).stores.opener()('rows')
  const { row } = readDocument(ROW_COMMIT, commit.document)
  await store.write([{ remove: valueKey(PARTITION, row, documentId(ROW_COMMIT, commit.document, crypto)) }])
}

test('a member signs for what it holds, and shows the head that is drawn; written over meanwhile, what came after', async (t) => {
  const { world, commits, member } = await start(5)
  const root = present((await rootOf(world, member)) ?? undefined)
  t.is(root.leaves, 5)
  t.deepEqual(root.partition, PARTITION)
  const shown = await verdictOf(world, member, root)
  t.like(shown, { verdict: 'proved', isLater: false })
  const at = commits.findIndex(({ document }) => hexOf(documentId(ROW_COMMIT, document, crypto)) === hexOf(shown.commit))
  await world.settle(world.write(world.epoch(1), 't', commitOf(`row ${at}`, 2)))
  t.like(await verdictOf(world, member, root), { verdict: 'proved', isLater: true, commit: shown.commit })
})

test('a value that is gone is said to be lost, never made up, and fetched from a co-member though anti-entropy sees nothing', async (t) => {
  const { world, commits, member } = await start(5)
  for (const commit of commits) await loseValue(world, member, commit)
  await world.clock.runFor(120_000)
  const question = { epoch: 1, keys: [wanted('t', 'row 0')] }
  const { rows } = await world.settle(world.ask(member, readRows, question))
  t.like(rows[0], { refusal: { code: 'STORE_FAILED' } }, 'a reader is sent on, and the member does not hang')
  const root = present((await rootOf(world, member)) ?? undefined)
  t.like(await verdictOf(world, member, root), { verdict: 'lost' })
  await world.clock.runFor(10_000)
  t.like(await verdictOf(world, member, root), { verdict: 'proved', isLater: false })
})

test('a replica shows a commit that another has, or fetches it', async (t) => {
  const { world, commits, member } = await start(3)
  const other = present(world.placed(world.epoch(1), 't')[1])
  const root = present((await rootOf(world, member)) ?? undefined)
  t.like(await verdictOf(world, other, root, itemAt(commits, 0).document), { verdict: 'proved' })
  await loseValue(world, other, itemAt(commits, 1))
  t.like(await verdictOf(world, other, root, itemAt(commits, 1).document), { verdict: 'lost' })
  await world.clock.runFor(10_000)
  t.like(await verdictOf(world, other, root, itemAt(commits, 1).document), { verdict: 'proved' })
})

test('who was left out of the epoch is asked all the same for what it lacked, says so, and fetches it', async (t) => {
  const { world, commits, member } = await start(3)
  const root = present((await rootOf(world, member)) ?? undefined)
  const other = present(world.placed(world.epoch(1), 't')[1])
  for (const commit of commits) await loseValue(world, other, commit)
  machineOf(world, other).lacksRows = true
  t.true(await world.settle(world.issueEpoch()))
  await world.clock.runUntil(() => world.isMerged(), 60_000)
  t.false(world.epoch(2).members.some(({ peer }) => peer === other.peer))
  const asked = (at: number) => verdictOf(world, other, root, itemAt(commits, at).document, { epoch: 2 })
  t.like(await asked(0), { verdict: 'lost' })
  await world.clock.runFor(10_000)
  t.like(await asked(0), { verdict: 'proved' })
  t.like(await asked(1), { verdict: 'lost' }, 'nothing is fetched that is not asked')
})

test('a replica whose store cannot be read has not got what it is asked for; under its own root it says nothing', async (t) => {
  const { world, commits, member } = await start(3)
  const root = present((await rootOf(world, member)) ?? undefined)
  await world.settle(Promise.resolve(machineOf(world, member).running?.rows[Symbol.asyncDispose]()))
  t.like(await verdictOf(world, member, root, itemAt(commits, 0).document), { verdict: 'lost' })
  await t.throwsAsync(verdictOf(world, member, root), { code: 'STORE_FAILED' })
})

test('a stretch is bounded, begins elsewhere for every draw, and has no head twice', async (t) => {
  const { world, member } = await start(5)
  const seeds = Array.from({ length: 8 }, (_, i) => crypto.sha256(utf8(`seed ${i}`)))
  const roots = []
  for (const seed of seeds) roots.push(present((await rootOf(world, member, { seed })) ?? undefined))
  t.true(roots.every(({ leaves }) => leaves === 5))
  t.true(new Set(roots.map(({ root }) => hexOf(root))).size > 1)
  for (let i = 5; i < ROW_STRETCH + 20; i++) await world.settle(world.writeTo(member, 1, commitOf(`row ${i}`, 1)))
  t.is((await rootOf(world, member))?.leaves, ROW_STRETCH)
})

test('what is not asked as it should be is refused', async (t) => {
  const { world, commits, member } = await start(1)
  const root = present((await rootOf(world, member)) ?? undefined)
  await t.throwsAsync(rootOf(world, member, { epoch: 2 }), { code: 'STALE_EPOCH' })
  await t.throwsAsync(verdictOf(world, member, root, null, { root: crypto.sha256(utf8('other')) }), { code: 'BAD_MESSAGE' })
  await t.throwsAsync(verdictOf(world, member, root, null, { leaf: 1 }), { code: 'BAD_MESSAGE' })
  await t.throwsAsync(verdictOf(world, member, root, null, { network: 'another' }), { code: 'UNAUTHORIZED' })
  const outsider = present(world.epoch(1).members.find(({ peer }) => !world.placed(world.epoch(1), 't').some((one) => one.peer === peer)))
  await t.throwsAsync(verdictOf(world, outsider, root, itemAt(commits, 0).document), { code: 'BAD_MESSAGE' })
  t.is(await rootOf(world, outsider), null, 'it holds no rows')
})
