import { startRowStore, type RowStore } from '@lunarx/index'
import { partitionMembers, verifyEpoch, type Epoch } from '@lunarx/core/epoch'
import { ownerKeys } from '@lunarx/core/keys'
import { hexOf, utf8, textOf } from '@lunarx/core/model'
import { nextClock, partitionOf, signCommit, type Version } from '@lunarx/core/row'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import type { RecordedMetrics } from '@lunarx/runtime/metrics'
import test from 'ava'
import { Machines, type Machine } from '../_machines.test.ts'
import { Epochs } from './epochs.ts'
import { RememberedEpoch } from './remembered-epoch.ts'
import type { RowHead } from './heads.ts'
import { RowClient, type RowPage } from './row-client.ts'

const keys = ownerKeys(new Uint8Array(32).fill(1), crypto)
const table = keys.table('test')
const never = new AbortController().signal
const WRITER = new Uint8Array(8).fill(1)

interface Fleet {
  readonly machines: Machines
  readonly members: readonly Machine[]
  readonly stores: readonly RowStore[]
  readonly rows: RowClient
  /** The members of the test's table, best first. */
  readonly replicas: readonly Machine[]
  readonly adopt: (members: readonly Machine[]) => Promise<Epoch>
}

/** Row stores of d = 1, that is R = 3, on machines of their own domain; the client takes the first three for trackers, which serve epochs the same. */
async function fleet(count = 5): Promise<Fleet> {
  const machines = await Machines.open({ trackers: ['p0', 'p1', 'p2'] })
  const members = Array.from({ length: count }, (_, i) => machines.machine(`p${i}`, 'provider'))
  const stores = await Promise.all(
    members.map(({ platform, peers, address, identity }) =>
      startRowStore({ network: machines.config, self: address.peer, signKey: identity.signKey }, platform, peers),
    ),
  )
  const adopt = async (some: readonly Machine[]): Promise<Epoch> => {
    const document = machines.nextEpoch(some)
    await Promise.all(stores.map((store) => store.adoptEpoch(document)))
    return verifyEpoch(document, machines.config, crypto)
  }
  const epoch = await adopt(members)
  const placed = partitionMembers(epoch, partitionOf(keys.identity.publicKey, table.token, crypto), crypto)
  const replicas = placed.flatMap(({ name }) => members.find((member) => member.name === name) ?? [])
  return { machines, members, stores, replicas, adopt, rows: rowClient(machines, 'client') }
}

function rowClient(machines: Machines, name: string): RowClient {
  const { platform, peers } = machines.machine(name, 'client')
  const epochs = new Epochs({ network: machines.config, peers, crypto, log: platform.log, remembered: new RememberedEpoch(platform) })
  return new RowClient({ ...platform, author: keys.identity.publicKey, epochs, peers })
}

function commitOf(name: string, text: string | null, heads: readonly (Version & { id?: Uint8Array })[] = [], writer = WRITER) {
  const commit = {
    author: keys.identity.publicKey,
    table: table.token,
    row: table.rowToken(name),
    parents: heads.flatMap(({ id }) => id ?? []),
    writer,
    clock: nextClock(heads, writer),
    timeMs: 0,
    value: text === null ? null : utf8(text),
  }
  return signCommit(commit, keys.identity, crypto)
}

const compareText = (a: string, b: string): number => (a < b ? -1 : 1)
const keyOf = (name: string) => ({ table: table.token, row: table.rowToken(name) })
const textsOf = (heads: readonly RowHead[]) => heads.map(({ value }) => (value ? textOf(value) : '(deleted)')).sort(compareText)

/** Questions of this kind that the machine has answered. */
function answersOf({ platform }: Machine, exchange: string): number {
  return (platform.metrics as RecordedMetrics).value('lunarx_net_answered_total', { exchange, outcome: 'OK' })
}

test('what was written is read back; what was not is absent', async (t) => {
  const { machines, rows } = await fleet()
  await machines.run(rows.write(table.token, commitOf('a', 'one'), never))
  t.deepEqual(textsOf(await machines.run(rows.read(keyOf('a'), never))), ['one'])
  t.deepEqual(await machines.run(rows.read(keyOf('b'), never)), [])
})

test('with any one of the three replicas away, rows are written and read, and absence is known', async (t) => {
  for (const away of [0, 1, 2]) {
    const { machines, rows, replicas } = await fleet()
    await machines.run(rows.write(table.token, commitOf('before', 'one'), never))
    machines.net.cut(replicas[away]?.name ?? '')
    await machines.run(rows.write(table.token, commitOf('after', 'two'), never))
    for (const [name, texts] of [
      ['before', ['one']],
      ['after', ['two']],
      ['never', []],
    ] as const)
      t.deepEqual(textsOf(await machines.run(rows.read(keyOf(name), never))), [...texts], `${name}, ${away} away`)
  }
})

test('a row written while one replica was away is read while another is', async (t) => {
  const { machines, rows, replicas } = await fleet()
  const [first, second] = replicas
  machines.net.cut(first?.name ?? '')
  await machines.run(rows.write(table.token, commitOf('a', 'one'), never))
  machines.net.heal()
  machines.net.cut(second?.name ?? '')
  t.deepEqual(textsOf(await machines.run(rowClient(machines, 'other').read(keyOf('a'), never))), ['one'])
})

test('with two of three away nothing is acknowledged, and nothing is called absent', async (t) => {
  const { machines, rows, replicas } = await fleet()
  await machines.run(rows.read(keyOf('a'), never))
  for (const { name } of replicas.slice(1)) machines.net.cut(name)
  await t.throwsAsync(machines.run(rows.write(table.token, commitOf('a', 'one'), never)), { code: 'NOT_ENOUGH_REPLICAS' })
  await t.throwsAsync(machines.run(rows.read(keyOf('a'), never)), { code: 'NOT_ENOUGH_REPLICAS' })
  await t.throwsAsync(machines.run(rows.list(table.token, null, never)), { code: 'NOT_ENOUGH_REPLICAS' })
})

test('a replica that is back is waited for: the call goes through', async (t) => {
  const { machines, rows, replicas } = await fleet()
  for (const { name } of replicas.slice(1)) machines.net.cut(name)
  const written = rows.write(table.token, commitOf('a', 'one'), never)
  await machines.clock.runFor(6_000)
  machines.net.heal()
  await machines.run(written)
  t.deepEqual(textsOf(await machines.run(rows.read(keyOf('a'), never))), ['one'])
})

test('two writers that have not seen each other leave two heads; a commit that has seen both leaves one', async (t) => {
  const { machines, rows } = await fleet()
  await machines.run(rows.write(table.token, commitOf('a', 'mine'), never))
  await machines.run(
    rows.write(
      table.token,
      commitOf(
        'a',
        'yours',
        [],
        WRITER.map((byte) => byte + 1),
      ),
      never,
    ),
  )
  const heads = await machines.run(rows.read(keyOf('a'), never))
  t.deepEqual(textsOf(heads), ['mine', 'yours'])
  await machines.run(rows.write(table.token, commitOf('a', 'ours', heads), never))
  t.deepEqual(textsOf(await machines.run(rows.read(keyOf('a'), never))), ['ours'])
})

test('rows are found under a new epoch, and a client of the old one follows', async (t) => {
  const { machines, rows, members, replicas, adopt } = await fleet(6)
  await machines.run(rows.write(table.token, commitOf('a', 'one'), never))
  const staying = members.filter((member) => member !== replicas[0])
  await machines.run(adopt(staying))
  t.deepEqual(textsOf(await machines.run(rows.read(keyOf('a'), never))), ['one'])
  await machines.run(rows.write(table.token, commitOf('b', 'two'), never))
  t.deepEqual(textsOf(await machines.run(rowClient(machines, 'other').read(keyOf('b'), never))), ['two'])
})

test('a listing pages through all rows once, whichever replica is away, and shows deleted ones as such', async (t) => {
  const { machines, rows, replicas } = await fleet()
  const names = Array.from({ length: 420 }, (_, i) => `row ${i}`)
  for (const [i, name] of names.entries()) {
    if (i % 140 === 0) {
      machines.net.heal()
      machines.net.cut(replicas[i / 140]?.name ?? '') // every replica lacks some rows
    }
    await machines.run(rows.write(table.token, commitOf(name, i === 7 ? null : name), never))
  }
  machines.net.heal()
  machines.net.cut(replicas[0]?.name ?? '')
  const seen: string[] = []
  let pages = 0
  for (let after: Uint8Array | null = null; ; pages++) {
    const page: RowPage = await machines.run(rows.list(table.token, after, never))
    for (const { row, heads } of page.rows) {
      t.is(heads.length, 1, hexOf(row))
      seen.push(...textsOf(heads))
    }
    if (!page.next) break
    after = page.next
  }
  t.true(pages >= 1, 'more rows than fit one page')
  const expected = names.map((name, i) => (i === 7 ? '(deleted)' : name))
  t.deepEqual(seen.toSorted(compareText), expected.toSorted(compareText))
})

test('an abort ends a call that waits for replicas', async (t) => {
  const { machines, rows, replicas } = await fleet()
  for (const { name } of replicas) machines.net.cut(name)
  const stop = new AbortController()
  const reading = rows.read(keyOf('a'), stop.signal)
  await machines.clock.runFor(2_000)
  stop.abort(new Error('enough'))
  await t.throwsAsync(machines.run(reading), { message: 'enough' })
})

test('rows of many callers share questions to a member; one that is refused or given up takes no other along', async (t) => {
  const { machines, rows, replicas } = await fleet()
  await machines.run(rows.read(keyOf('a'), never)) // the epoch is known
  const names = Array.from({ length: 40 }, (_, i) => `row ${i}`)
  const writes = Promise.all(names.map((name) => rows.write(table.token, commitOf(name, name), never)))
  const forged = rows.write(table.token, { ...commitOf('forged', 'one'), value: utf8('two') }, never)
  const leaving = new AbortController()
  const left = rows.write(table.token, commitOf('left', 'one'), leaving.signal)
  leaving.abort(new Error('enough'))
  await t.throwsAsync(machines.run(forged), { code: 'BAD_MESSAGE' })
  await t.throwsAsync(machines.run(left), { message: 'enough' })
  await machines.run(writes)
  for (const replica of replicas) t.true(answersOf(replica, 'write-rows') <= 2, 'questions for 42 rows')
  const read = await machines.run(Promise.all(names.map((name) => rows.read(keyOf(name), never))))
  t.deepEqual(
    read.map(textsOf),
    names.map((name) => [name]),
  )
  t.deepEqual(await machines.run(rows.read(keyOf('forged'), never)), [])
})

test('a read asks R − d replicas, and its value comes from one of them', async (t) => {
  const { machines, rows, replicas } = await fleet()
  const value = 'x'.repeat(50_000)
  await machines.run(rows.write(table.token, commitOf('a', value), never))
  await machines.run(rows.settle())
  const asked = () => replicas.reduce((sum, replica) => sum + answersOf(replica, 'read-rows'), 0)
  const before = asked()
  t.deepEqual(textsOf(await machines.run(rows.read(keyOf('a'), never))), [value])
  t.is(asked() - before, 2)
})

test('a value is found with whoever has it, when the replica that was asked for it has an older row', async (t) => {
  const { machines, rows, replicas } = await fleet()
  await machines.run(rows.write(table.token, commitOf('a', 'old'), never))
  const [old] = await machines.run(rows.read(keyOf('a'), never))
  await machines.run(rows.settle())
  machines.net.cut(replicas[0]?.name ?? '')
  await machines.run(rows.write(table.token, commitOf('a', 'new', old ? [old] : []), never))
  machines.net.heal()
  for (let i = 0; i < 6; i++) t.deepEqual(textsOf(await machines.run(rowClient(machines, `other ${i}`).read(keyOf('a'), never))), ['new'])
})
