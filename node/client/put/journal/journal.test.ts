import { encodeBytes, SEGMENT_RECORD, signDocument } from '@lunarx/core/document'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SimulatedDisk } from '@lunarx/runtime/disk'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { JOURNAL_LIFE_MS, Journals, setsOfJournal, type Journal } from './index.ts'

const NAME = 'backups/secret name'
const signKey = crypto.signKey(new Uint8Array(32).fill(7))
const PLAN = {
  owner: signKey.publicKey,
  className: '4+2',
  required: 4,
  parity: 2,
  suite: 'aes-256-gcm',
  segmentBytes: 1_000,
  dataKey: new Uint8Array(32).fill(9),
} as const

function recordOf(number: number) {
  const salt = new Uint8Array(16).fill(number)
  const addresses = Array.from({ length: 6 }, (_, i) => crypto.sha256(Uint8Array.of(number, i)))
  const fields = { network: 'n', owner: signKey.publicKey, className: '4+2', required: 4, parity: 2, survive: 1, shardBytes: 250 }
  const record = signDocument(
    SEGMENT_RECORD,
    { ...fields, salt, birthRound: 0, readKey: crypto.sha256(salt), addresses, createdMs: 1 },
    signKey,
  )
  return { salt, record, digest: new Uint8Array(16).fill(number), plaintextBytes: 1_000 }
}

function setup(seed = 1, journalKey = new Uint8Array(32).fill(1)) {
  const clock = new SimulatedClock()
  const random = new SeededRandom(seed)
  const disk = new SimulatedDisk({ random: random.fork('disk') })
  const journalsWith = (key: Uint8Array) => new Journals({ disk, clock, random, crypto, journalKey: key })
  return { clock, disk, journals: journalsWith(journalKey), journalsWith }
}

async function leftOf(journals: Journals, name = NAME): Promise<Journal[]> {
  using lease = journals.lease(name)
  return (await lease?.left()) ?? []
}

async function begun(journals: Journals): Promise<Journal> {
  using lease = journals.lease(NAME)
  const journal = await lease?.begin(PLAN)
  if (!journal) throw new Error('no journal')
  return journal
}

test('what was noted is read back: sets by their last seal, reservations, holders, and the naming', async (t) => {
  const { journals } = setup()
  const journal = await begun(journals)
  await journal.sealed({ sealIndex: 0, ...recordOf(1) })
  await journal.sealed({ sealIndex: 1, ...recordOf(2) })
  await journal.sealed({ sealIndex: 1, ...recordOf(3) })
  const [taken] = await leftOf(journals)
  const first = taken?.state.sets.get(0)?.id
  if (!taken || !first) throw new Error('nothing was read back')
  await taken.stored(first, [0, 1, 2, 3], new Map([[2, { host: 'h', controlPort: 1, dataPort: 2 }]]))
  await taken.naming(new Uint8Array(32))
  const state = (await leftOf(journals))[0]?.state
  t.deepEqual(state?.begun.dataKey, PLAN.dataKey)
  t.deepEqual(state?.sets.get(0)?.stored?.held, [0, 1, 2, 3])
  t.is(state?.sets.get(0)?.stored?.holders.get(2)?.host, 'h')
  t.deepEqual(state?.sets.get(1)?.salt, recordOf(3).salt)
  t.is(state?.replaced.length, 1)
  t.is(state && setsOfJournal(state).length, 3)
  t.deepEqual(state?.namedOver, new Uint8Array(32))
})

test('a file torn at any byte is read up to its last whole entry, and goes on from there', async (t) => {
  const { disk, journals } = setup()
  const journal = await begun(journals)
  await journal.sealed({ sealIndex: 0, ...recordOf(1) })
  await journal.sealed({ sealIndex: 1, ...recordOf(2) })
  const [file = ''] = await disk.list('puts')
  const whole = (await disk.readFile(`puts/${file}`)) ?? new Uint8Array(0)
  const counts: number[] = []
  for (let length = 0; length <= whole.length; length += 7) {
    for (const other of await disk.list('puts')) await disk.remove(`puts/${other}`)
    await disk.writeFileDurably(`puts/${file}`, whole.subarray(0, length))
    const [taken] = await leftOf(journals)
    counts.push(taken?.state.sets.size ?? -1)
    if (!taken) t.deepEqual(await disk.list('puts'), [], 'what says nothing is removed')
    await taken?.sealed({ sealIndex: 5, ...recordOf(5) })
    if (taken) t.true((await leftOf(journals))[0]?.state.sets.has(5))
  }
  t.deepEqual([...new Set(counts)], [-1, 0, 1])
  const flipped = whole.with(whole.length - 20, (whole.at(-20) ?? 0) ^ 1)
  for (const other of await disk.list('puts')) await disk.remove(`puts/${other}`)
  await disk.writeFileDurably(`puts/${file}`, flipped)
  t.is((await leftOf(journals))[0]?.state.sets.size, 1)
})

test('a journal shows neither name nor content, and opens to its owner only', async (t) => {
  const { disk, journals, journalsWith } = setup()
  const journal = await begun(journals)
  await journal.sealed({ sealIndex: 0, ...recordOf(1) })
  const [file = ''] = await disk.list('puts')
  const bytes = Buffer.from((await disk.readFile(`puts/${file}`)) ?? [])
  for (const secret of [PLAN.dataKey, recordOf(1).salt, Buffer.from('4+2'), encodeBytes('sealed')]) t.is(bytes.indexOf(secret), -1)
  t.false(file.includes('secret'))
  t.is((await leftOf(journalsWith(new Uint8Array(32).fill(2)))).length, 0)
  t.is((await leftOf(journals, 'another name')).length, 0)
  t.is((await leftOf(journals)).length, 1)
})

test('who takes a journal over is its only owner: the one before is refused before it names anything', async (t) => {
  const { journals, journalsWith } = setup()
  const before = await begun(journals)
  await before.sealed({ sealIndex: 0, ...recordOf(1) })
  const other = journalsWith(new Uint8Array(32).fill(1))
  const [taken] = await leftOf(other)
  await before.sealed({ sealIndex: 1, ...recordOf(2) }) // it does not know yet
  t.false(await before.isMine())
  await t.throwsAsync(before.naming(new Uint8Array(32)), { code: 'SUPERSEDED' })
  await taken?.naming(new Uint8Array(32).fill(1))
  const [state] = (await leftOf(other)).map((one) => one.state)
  t.is(state?.sets.size, 1)
  t.deepEqual(state?.namedOver, new Uint8Array(32).fill(1))
})

test('a name that is being written has one journal at a time; only what is a day old is given up', async (t) => {
  const { clock, disk, journals, journalsWith } = setup()
  using lease = journals.lease(NAME)
  t.truthy(lease)
  t.is(journals.lease(NAME), undefined)
  await lease?.begin(PLAN)
  const other = journalsWith(new Uint8Array(32).fill(1))
  t.is((await Array.fromAsync(other.abandoned())).length, 0)
  await clock.runFor(JOURNAL_LIFE_MS + 1)
  t.is((await Array.fromAsync(journals.abandoned())).length, 0, 'it is in use here')
  const [old] = await Array.fromAsync(other.abandoned())
  await old?.remove()
  t.deepEqual(await disk.list('puts'), [])
})
