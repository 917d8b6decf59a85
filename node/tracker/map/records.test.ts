import { documentId, SEGMENT_RECORD, signDocument, TOMBSTONE } from '@lunarx/core/document'
import { hexOf } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import test from 'ava'
import { openRecord, openTombstone } from './open-record.ts'
import { Records } from './records.ts'
import { SetTable } from './set-table.ts'

const random = new SeededRandom(3)
const owner = crypto.signKey(random.bytes(32))
const stranger = crypto.signKey(random.bytes(32))
const network = 'test/net'
const deps = { network, crypto }

function recordDocument(more: object = {}) {
  const addresses = [random.bytes(32), random.bytes(32), random.bytes(32)]
  const code = { className: 'small', required: 2, parity: 1, survive: 1, shardBytes: 1000 }
  const rest = { salt: random.bytes(16), birthRound: 0, readKey: owner.publicKey, addresses, createdMs: 1, ...more }
  return signDocument(SEGMENT_RECORD, { network, owner: owner.publicKey, ...code, ...rest }, owner)
}
const newRecord = (more: object = {}) => openRecord(recordDocument(more), deps)
const tombstoneOf = (segment: Uint8Array, by = owner) =>
  openTombstone(signDocument(TOMBSTONE, { network, owner: by.publicKey, segment, deletedMs: 2 }, by), deps)

async function open(stores = new SimulatedStores({ random: new SeededRandom(1) })) {
  const changed: string[] = []
  const store = await stores.opener()('map')
  const records = await Records.open({
    network,
    store,
    sets: new SetTable(['gold', 'plain']),
    scanEntries: 2,
    onChange: (hex) => changed.push(hex),
  })
  return { stores, records, changed }
}

test('what was learnt, committed and buried survives a crash', async (t) => {
  const { stores, records } = await open()
  const [young, committed, taught, buried] = [newRecord(), newRecord(), newRecord(), newRecord()]
  await records.learn([young, committed, buried], { isCommitted: false })
  await records.learn([taught], { isCommitted: true })
  await records.commit([hexOf(committed.id)])
  await records.bury([tombstoneOf(buried.id)])
  stores.crash()
  const again = await open(stores)
  const state = [young, committed, taught, buried].map(({ id }) => again.records.get(hexOf(id))?.isCommitted)
  t.deepEqual(state, [false, true, true, undefined])
  t.true(again.records.isBuried(hexOf(buried.id)))
  t.is(again.records.size, 3)
  t.deepEqual(await again.records.document(young.id), young.document)
  t.is(await again.records.document(buried.id), undefined)
  t.is((await again.records.tombstones(buried.id)).length, 1)
})

test('the class of a set is known from its record, and after a start once that is read again', async (t) => {
  const { stores, records } = await open()
  const [known, other] = [newRecord({ className: 'plain' }), newRecord({ className: 'gone' })]
  await records.learn([known, other], { isCommitted: true })
  const classes = (of: typeof records) => [known, other].map(({ id }) => of.get(hexOf(id))?.className)
  t.deepEqual(classes(records), ['plain', ''], 'one that the network does not have is none')
  stores.crash()
  const again = await open(stores)
  t.deepEqual(classes(again.records), [undefined, undefined])
  await again.records.readClasses([known, other].map(({ id }) => hexOf(id)))
  t.deepEqual(classes(again.records), ['plain', ''])
  t.deepEqual(
    again.changed,
    [known, other].map(({ id }) => hexOf(id)),
    'both are looked at again',
  )
})

test('a buried set does not come back; a set that was buried before it was known never comes', async (t) => {
  const { records } = await open()
  const [before, after] = [newRecord(), newRecord()]
  await records.learn([after], { isCommitted: true })
  await records.bury([tombstoneOf(before.id), tombstoneOf(after.id)])
  t.is(await records.learn([before, after], { isCommitted: true }), 0)
  t.is(records.size, 0)
})

test("a stranger's tombstone changes nothing, whichever comes first", async (t) => {
  const { records } = await open()
  const [known, unknown] = [newRecord(), newRecord()]
  await records.learn([known], { isCommitted: true })
  t.is(await records.bury([tombstoneOf(known.id, stranger)]), 0)
  await records.bury([tombstoneOf(unknown.id, stranger)])
  t.true(records.isBuried(hexOf(unknown.id)))
  t.is(await records.learn([unknown], { isCommitted: true }), 1)
  t.false(records.isBuried(hexOf(unknown.id)))
  t.is(records.size, 2)
})

test('pages of ids are in order, start behind the given id and end with the other', async (t) => {
  const { records } = await open()
  const news = Array.from({ length: 9 }, () => newRecord())
  await records.learn(news, { isCommitted: true })
  const sorted = news.map(({ id }) => hexOf(id)).sort()
  const at = (i: number) => news.find(({ id }) => hexOf(id) === sorted[i])?.id ?? null
  t.deepEqual((await records.committedAfter(null, null, 4)).map(hexOf), sorted.slice(0, 4))
  t.deepEqual((await records.committedAfter(at(3), at(6), 100)).map(hexOf), sorted.slice(4, 7))
  t.deepEqual((await records.committedAfter(at(8), null, 100)).map(hexOf), [])
})

for (const [claim, document, code] of [
  ['of another network', recordDocument({ network: 'test/other' }), 'UNKNOWN_NETWORK'],
  ['with too few addresses', recordDocument({ addresses: [random.bytes(32), random.bytes(32)] }), 'BAD_MESSAGE'],
  ['that wants to survive more than it can', recordDocument({ survive: 2 }), 'BAD_MESSAGE'],
  ['larger than a segment', recordDocument({ shardBytes: 1e9 }), 'BAD_MESSAGE'],
  ['signed by somebody else', { ...recordDocument(), signature: recordDocument().signature }, 'BAD_SIGNATURE'],
] as const)
  test(`a record ${claim} is refused`, (t) => {
    t.throws(() => openRecord(document, deps), { code })
  })

test('the id of a record is that of its document', (t) => {
  const document = recordDocument()
  t.deepEqual(openRecord(document, deps).id, documentId(SEGMENT_RECORD, document, crypto))
})

for (const order of [
  [true, false],
  [false, true],
])
  test(`a set learnt twice at once, committed ${order.join(' and ')}, is committed`, async (t) => {
    const { records } = await open()
    const twice = newRecord()
    await Promise.all(order.map((isCommitted) => records.learn([twice], { isCommitted })))
    t.true(records.get(hexOf(twice.id))?.isCommitted)
    t.is(records.size, 1)
  })
