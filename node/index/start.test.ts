import { documentId, readDocument } from '@lunarx/core/document'
import { readQuorum, writeQuorum } from '@lunarx/core/epoch'
import { hasCode, hexOf, LIMITS } from '@lunarx/core/model'
import { mergeHeads, nextClock, partitionOf, ROW_COMMIT, type Head, type ValuedCommit } from '@lunarx/core/row'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { NO_FAULTS } from '@lunarx/net/simulated'
import { handover, listRows, pullRows, readEpochs, readRows, writeRows } from '@lunarx/wire'
import { isDeepStrictEqual } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { askPeer } from './ask/index.ts'
import { answered, author, present, sign, SimulatedMembers, token, wanted } from './simulated-members.ts'

const writer = (n: number) => Uint8Array.of(0, 0, 0, 0, 0, 0, n >> 8, n & 255)
const headOf = ({ document }: ValuedCommit): Head => {
  const { writer, clock } = readDocument(ROW_COMMIT, document)
  return { id: documentId(ROW_COMMIT, document, crypto), writer, clock }
}
const commitOf = (table: string, row: string, by: number, heads: readonly Head[] = [], value?: Uint8Array | null) =>
  sign({
    table: token(table),
    row: token(row),
    writer: writer(by),
    clock: nextClock(heads, writer(by)),
    parents: heads.map(({ id }) => id),
    ...(value === undefined ? {} : { value }),
  })

/** Four domains, one epoch. */
async function start(seed: number, survive = 1, domains = 4): Promise<SimulatedMembers> {
  const world = new SimulatedMembers(seed, survive)
  for (let n = 0; n < domains; n++) await world.settle(world.add(`n${n}`))
  await world.settle(world.issueEpoch())
  return world
}
/** Ids and values of commits, in hex. */
const namesOf = (commits: readonly ValuedCommit[]) =>
  commits.map((commit) => [hexOf(headOf(commit).id), commit.value && hexOf(commit.value)])
const sameCommits = (a: readonly ValuedCommit[], b: readonly ValuedCommit[]): boolean => isDeepStrictEqual(namesOf(a), namesOf(b))
const rejection = (result: PromiseSettledResult<unknown>): unknown => (result.status === 'rejected' ? result.reason : undefined)

test('what was written is read, with its heads, and absence is claimed at once in the first epoch', async (t) => {
  const world = await start(1)
  const epoch = world.epoch(1)
  const commit = commitOf('t', 'a', 1)
  const results = await world.settle(world.write(epoch, 't', commit))
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 3)
  const rows = await world.settle(world.read(epoch, 't', 'a'))
  t.is(rows.length, 3)
  for (const { heads, complete } of rows) t.true(complete && sameCommits(heads, [commit]))
  for (const row of await world.settle(world.read(epoch, 't', 'b'))) t.deepEqual(row, { heads: [], complete: true })
})

test('writes that have not seen each other are both kept; a write over both replaces both', async (t) => {
  const world = await start(2)
  const epoch = world.epoch(1)
  const [a, b] = [commitOf('t', 'a', 1), commitOf('t', 'a', 2)]
  await world.settle(Promise.all([world.write(epoch, 't', a), world.write(epoch, 't', b)]))
  for (const { heads } of await world.settle(world.read(epoch, 't', 'a'))) t.is(heads.length, 2)
  const both = commitOf('t', 'a', 1, [headOf(a), headOf(b)])
  await world.settle(world.write(epoch, 't', both))
  for (const { heads } of await world.settle(world.read(epoch, 't', 'a'))) t.true(sameCommits(heads, [both]))
})

test('a commit that its author did not sign, or placed elsewhere, is refused', async (t) => {
  const world = await start(3)
  const epoch = world.epoch(1)
  const stranger = crypto.signKey(token('stranger'))
  const forged = sign({ table: token('t'), row: token('a'), writer: writer(1), clock: nextClock([], writer(1)) }, stranger)
  for (const result of await world.settle(world.write(epoch, 't', forged))) t.true(hasCode(rejection(result), 'BAD_SIGNATURE'))
  const clockless = sign({ table: token('t'), row: token('a'), writer: writer(1), clock: {} })
  for (const result of await world.settle(world.write(epoch, 't', clockless))) t.true(hasCode(rejection(result), 'BAD_MESSAGE'))

  const placed = new Set(world.placed(epoch, 't').map(({ peer }) => peer))
  const outsider = present(epoch.members.find(({ peer }) => !placed.has(peer)))
  const asked = world.writeTo(outsider, 1, commitOf('t', 'a', 1))
  t.true(hasCode(await t.throwsAsync(world.settle(asked)), 'BAD_MESSAGE'))
})

test('a row with too many heads side by side is refused, and takes no other row of the question along', async (t) => {
  const world = await start(4)
  const epoch = world.epoch(1)
  const [member] = world.placed(epoch, 't')
  const commits = Array.from({ length: LIMITS.rowHeads }, (_, n) => commitOf('t', 'a', n))
  await world.settle(world.ask(present(member), writeRows, { epoch: 1, commits }))
  const forged = { ...commitOf('t', 'c', 1), value: Uint8Array.of(1) }
  const { refusals } = await world.settle(
    world.ask(present(member), writeRows, { epoch: 1, commits: [commitOf('t', 'b', 1), commitOf('t', 'a', 99), forged] }),
  )
  t.deepEqual(
    refusals.map((refusal) => refusal?.code),
    [undefined, 'TOO_MANY_HEADS', 'BAD_MESSAGE'],
  )
  const keys = ['a', 'b', 'c'].map((row) => wanted('t', row))
  const { rows } = await world.settle(world.ask(present(member), readRows, { epoch: 1, keys }))
  t.deepEqual(
    rows.map((row) => answered(row).heads.length),
    [LIMITS.rowHeads, 1, 0],
  )
})

test('a list pages through all rows in order, deleted ones included, whatever their size', async (t) => {
  const world = await start(5)
  const epoch = world.epoch(1)
  const [member] = world.placed(epoch, 't')
  const names = Array.from({ length: 40 }, (_, n) => `row ${n}`)
  for (const [n, name] of names.entries())
    await world.settle(
      world.ask(present(member), writeRows, {
        epoch: 1,
        commits: [commitOf('t', name, 1, [], n % 5 === 0 ? null : new Uint8Array(200_000))],
      }),
    )
  const seen: string[] = []
  let after: Uint8Array | null = null
  let pages = 0
  for (;;) {
    const page: { heads: ValuedCommit[]; next: Uint8Array | null; complete: boolean } = await world.settle(
      world.ask(present(member), listRows, { epoch: 1, author: author.publicKey, table: token('t'), after, limit: 256, values: true }),
    )
    t.true(page.complete)
    seen.push(...page.heads.map(({ document }) => hexOf(readDocument(ROW_COMMIT, document).row)))
    pages++
    if (!page.next) break
    after = page.next
  }
  t.deepEqual(seen, names.map((name) => hexOf(token(name))).toSorted())
  t.true(pages > 2)
})

test('a replica that missed writes gets them from its co-members', async (t) => {
  const world = await start(6)
  const epoch = world.epoch(1)
  const away = present(world.members.find(({ host }) => host === present(world.placed(epoch, 't')[2]).name))
  world.crash(away)
  const commits = Array.from({ length: 20 }, (_, n) => commitOf('t', `row ${n}`, 1, [], new Uint8Array(300_000)))
  for (const commit of commits) {
    const results = await world.settle(world.write(epoch, 't', commit))
    t.is(results.filter(({ status }) => status === 'fulfilled').length, 2)
  }
  await world.settle(world.boot(away))
  await world.clock.runFor(120_000)
  const [member] = world.placed(epoch, 't').filter(({ name }) => name === away.host)
  const keys = commits.map((_, n) => wanted('t', `row ${n}`))
  const read: ValuedCommit[][] = []
  while (read.length < keys.length) {
    const { rows } = await world.settle(world.ask(present(member), readRows, { epoch: 1, keys: keys.slice(read.length) }))
    read.push(...rows.map((row) => answered(row).heads))
  }
  t.true(sameCommits(read.flat(), commits))
})

test('epochs survive a restart; another number is refused with the one that is in force', async (t) => {
  const world = await start(7)
  const [member] = world.members
  world.crash(present(member))
  await world.settle(world.boot(present(member)))
  t.is(present(present(member).running).rows.epoch(), 1)
  t.is(present(present(member).running).rows.mergedEpoch(), 1)
  const epoch = world.epoch(1)
  for (const number of [2, 9]) {
    const asked = world.ask(present(epoch.members.find(({ name }) => name === present(member).host)), readRows, {
      epoch: number,
      keys: [wanted('t', 'a')],
    })
    const error = await t.throwsAsync(world.settle(asked))
    t.true(hasCode(error, 'STALE_EPOCH') && error.detail['current'] === 1)
  }
})

test('a new epoch: who left the old one acknowledges nothing in it, and rows move to new members', async (t) => {
  const world = await start(8)
  const first = world.epoch(1)
  const tables = Array.from({ length: 12 }, (_, n) => `t${n}`)
  for (const table of tables) await world.settle(world.write(first, table, commitOf(table, 'a', 1)))
  await world.settle(world.replace(present(world.members[0])))
  t.true(await world.settle(world.issueEpoch([])))
  await world.clock.runFor(30_000)
  t.true(world.members.every(({ isLost, running }) => isLost || present(running).rows.epoch() <= 1)) // nobody told them yet
  const second = world.epoch(2)
  const [told] = second.members
  const member = present(world.members.find(({ host, isLost }) => host === present(told).name && !isLost))
  await world.settle(present(member.running).rows.adoptEpoch(present(world.epochs[1]).document))
  await world.clock.runFor(30_000)
  t.true(world.members.every(({ isLost, running }) => isLost || running?.rows.mergedEpoch() === 2)) // they told each other
  for (const table of tables) {
    const rows = await world.settle(world.read(second, table, 'a'))
    t.is(rows.length, 3)
    for (const { heads, complete } of rows) t.true(complete && heads.length === 1)
    for (const result of await world.settle(world.write(first, table, commitOf(table, 'b', 1)))) t.is(result.status, 'rejected')
  }
})

test('a new member claims no absence before R − d of the old ones have handed over', async (t) => {
  const world = await start(9)
  const first = world.epoch(1)
  await world.settle(world.write(first, 't', commitOf('t', 'a', 1)))
  const gone = present(world.members.find(({ host }) => host === present(world.placed(first, 't')[0]).name))
  await world.settle(world.replace(gone))
  const successor = present(world.members.at(-1))
  const stayed = world.members.filter(({ isLost, host }) => !isLost && host !== successor.host)
  for (const { host } of stayed) world.network.cut(host)
  t.true(await world.settle(world.issueEpoch([successor])))
  await world.clock.runFor(30_000)
  const second = world.epoch(2)
  t.is(present(successor.running).rows.epoch(), 2)
  t.is(present(successor.running).rows.mergedEpoch(), 0)
  const self = present(second.members.find(({ name }) => name === successor.host))
  const table = present(Array.from({ length: 50 }, (_, n) => `t${n}`).find((name) => world.placed(second, name).includes(self)))
  const keys = [wanted(table, 'a')]
  t.deepEqual(await world.settle(world.ask(self, readRows, { epoch: 2, keys })), { rows: [{ heads: [], complete: false }] })
  const write = world.writeTo(self, 2, commitOf(table, 'a', 1))
  t.true(hasCode(await t.throwsAsync(world.settle(write)), 'NOT_ENOUGH_REPLICAS'))
  world.network.heal()
  await world.clock.runFor(60_000)
  t.is(present(successor.running).rows.mergedEpoch(), 2)
})

test('members serve the last two epochs, and hand over and pull to members only', async (t) => {
  const world = await start(10)
  await world.settle(world.add('n9'))
  t.true(await world.settle(world.issueEpoch()))
  await world.clock.runFor(10_000)
  const [member] = world.epoch(2).members
  const { epochs } = await world.settle(world.ask(present(member), readEpochs, {}))
  t.deepEqual(epochs, world.epochs.map(({ document }) => document).toReversed())
  const asClient = world.ask(present(member), handover, { epoch: 2, after: null })
  t.true(hasCode(await t.throwsAsync(world.settle(asClient)), 'UNAUTHORIZED'))
  const partition = partitionOf(author.publicKey, token('t'), crypto)
  const placed = new Set(world.placed(world.epoch(2), 't').map(({ name }) => name))
  const outsider = present(world.members.find(({ host }) => !placed.has(host)))
  const asOutsider = askPeer(present(outsider.running).peers, present(world.placed(world.epoch(2), 't')[0]).address, pullRows, {
    epoch: 2,
    partition,
    after: null,
    until: null,
    have: [],
  })
  t.true(hasCode(await t.throwsAsync(world.settle(asOutsider)), 'UNAUTHORIZED'))
})

/** Rows as a client remembers them: the last commits that were acknowledged. */
interface Remembered {
  readonly table: string
  readonly row: string
  acknowledged: Head[]
  last: Head[]
}

/** Reads as the SDK does: R − d complete answers of one epoch, or nothing. */
async function readComplete(world: SimulatedMembers, at: number, { table, row }: Remembered): Promise<Head[] | undefined> {
  const epoch = world.epoch(at + 1)
  const rows = await world.read(epoch, table, row)
  const complete = rows.filter((answer) => answer.complete)
  if (complete.length < readQuorum(epoch, world.placed(epoch, table).length)) return undefined
  return mergeHeads(
    [],
    complete.flatMap(({ heads }) => heads.map(headOf)),
  )
}

async function writeRow(world: SimulatedMembers, at: number, by: number, known: Remembered): Promise<boolean> {
  const epoch = world.epoch(at + 1)
  const commit = commitOf(known.table, known.row, by, known.last)
  const head = headOf(commit)
  known.last = mergeHeads(known.last, [head]) // whether it was acknowledged or not: the next write is over it
  const results = await world.write(epoch, known.table, commit)
  if (results.filter(({ status }) => status === 'fulfilled').length < writeQuorum(epoch)) return false
  known.acknowledged = mergeHeads(known.acknowledged, [head])
  return true
}

const hasAll = (read: readonly Head[], wanted: readonly Head[]): boolean => {
  const ids = (heads: readonly Head[]) => heads.map(({ id }) => hexOf(id)).join()
  return ids(mergeHeads(read, wanted)) === ids(mergeHeads(read, []))
}

async function story(t: ExecutionContext, seed: number, survive: number): Promise<void> {
  const domains = survive + 3
  const world = await start(seed, survive, domains)
  const { random } = world
  const rows: Remembered[] = Array.from({ length: 8 }, (_, n) => ({ table: `t${n % 4}`, row: `r${n}`, acknowledged: [], last: [] }))
  world.network.faults = { ...NO_FAULTS, dropRate: 0.02, delayMs: [1, 60] }
  let [writes, reads, absences] = [0, 0, 0]
  /** Clients may not have heard of the newest one. */
  const anyEpoch = () => Math.max(0, world.epochs.length - 1 - Number(random.chance(0.25)))

  const work = async (n: number): Promise<void> => {
    for (let step = 0; step < 25; step++) {
      const known = present(rows[n])
      await world.clock.sleep(random.between(10, 1_500))
      if (random.chance(0.6) && (await writeRow(world, anyEpoch(), n, known))) writes++
      const before = [...known.acknowledged]
      const read = await readComplete(world, anyEpoch(), known)
      if (!read) continue
      reads++
      if (read.length === 0) absences++
      t.true(hasAll(read, before), `SEED ${seed}: an acknowledged write of row ${n} is missing`)
    }
  }
  const issue = () => world.issueEpoch(world.members.filter(() => random.chance(0.4)))
  /** All faults one after another, so that at most d members of the epoch are away. */
  const faults = async (): Promise<void> => {
    for (const fate of ['cut', 'add', 'crash', 'replace', 'cut', 'replace', 'add', 'crash'] as const) {
      await world.clock.sleep(random.between(500, 3_000))
      for (let look = 0; look < 40 && !world.isMerged(); look++) await world.clock.sleep(1_000)
      const victim = random.pick(world.members.filter(({ running }) => running))
      if (fate === 'crash') world.crash(victim)
      else if (fate === 'cut') world.network.cut(victim.host)
      else if (fate === 'replace') await world.replace(victim)
      else await world.add(`n${random.below(domains)}`)
      await issue()
      await world.clock.sleep(random.between(500, 3_000))
      world.network.mend(victim.host)
      if (fate === 'crash') await world.boot(victim)
      await issue()
    }
  }
  await world.settle(Promise.all([...rows.keys().map(work), faults()]))

  world.network.heal()
  await world.settle(world.issueEpoch())
  await world.clock.runFor(120_000)
  const last = world.epochs.length - 1
  for (const known of rows) {
    const answers = await world.settle(world.read(world.epoch(last + 1), known.table, known.row))
    t.is(answers.length, survive + 2)
    for (const { heads, complete } of answers) {
      t.true(complete, `SEED ${seed}: a member is not complete after the faults`)
      t.true(hasAll(heads.map(headOf), known.acknowledged), `SEED ${seed}: a replica lacks an acknowledged write`)
    }
  }
  t.true(
    writes > 20 && reads > 50 && world.epochs.length > 3,
    `SEED ${seed}: little happened: ${writes} writes, ${reads} reads, ${absences} absences, ${world.epochs.length} epochs`,
  )
}

for (const seed of [1, 2, 3, 4, 5, 6])
  test(`no acknowledged write is lost or called absent across epochs, crashes and cuts (SEED=${seed})`, async (t) => {
    await story(t, seed, 1)
  })
test('the same with rows that survive two domains (SEED=7)', async (t) => {
  await story(t, 7, 2)
})
