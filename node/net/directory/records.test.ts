import { SimulatedClock } from '@lunarx/runtime/clock'
import test from 'ava'
import { Key } from 'interface-datastore'
import { RecordStore } from './records.ts'

const LIMITS = { records: 5, recordsOfKey: 2, recordsOfPeer: 3, recordMs: 1_000 }
const value = new Uint8Array([1])
const key = (group: string, peer: string): Key => new Key(`/dht/provider/${group}/${peer}`)

function store(mayAnnounce: (peer: string) => boolean = () => true) {
  const clock = new SimulatedClock()
  return { clock, records: new RecordStore({ clock, mayAnnounce }, LIMITS) }
}

async function peersAt(records: RecordStore, group: string): Promise<string[]> {
  const found = await Array.fromAsync(records.query({ prefix: `/dht/provider/${group}` }))
  return found.map((pair) => pair.key.toString().split('/').at(-1) ?? '')
}

test('announcements of a key are found, those of another are not, and none by asking for all', async (t) => {
  const { records } = store()
  records.put(key('a', 'p'), value)
  records.put(key('a', 'q'), value)
  records.put(key('b', 'p'), value)
  t.deepEqual(await peersAt(records, 'a'), ['p', 'q'])
  t.deepEqual(await Array.fromAsync(records.query({ prefix: '/dht/provider' })), [])
  t.true(records.has(key('b', 'p')))
  records.delete(key('b', 'p'))
  t.throws(() => records.get(key('b', 'p')), { name: 'NotFoundError' })
})

test('it is bounded by key, by peer and in all: the oldest of a key and of all make room, a peer is refused', async (t) => {
  const { records } = store()
  for (const peer of ['p', 'q', 'r']) records.put(key('a', peer), value)
  t.deepEqual(await peersAt(records, 'a'), ['q', 'r'])
  for (const group of ['b', 'c']) records.put(key(group, 'q'), value)
  t.throws(() => records.put(key('d', 'q'), value), { code: 'TOO_MANY_REQUESTS' })
  records.put(key('b', 'q'), value) // again is no more than before
  for (const group of ['d', 'e', 'f']) records.put(key(group, 's'), value)
  t.is(records.size, 5)
  t.deepEqual(await peersAt(records, 'a'), [])
})

test('announcements run out', async (t) => {
  const { records, clock } = store()
  records.put(key('a', 'p'), value)
  await clock.runFor(600)
  records.put(key('a', 'q'), value)
  await clock.runFor(600)
  t.deepEqual(await peersAt(records, 'a'), ['q'])
  t.is(records.size, 1)
})

test('nothing else is kept, and nothing of those who may not announce', (t) => {
  const { records } = store((peer) => peer !== 'client')
  for (const other of ['/dht/record/abc', '/dht/provider/a', '/dht/provider/a/p/q', '/peers/a/b'])
    t.throws(() => records.put(new Key(other), value), { code: 'BAD_MESSAGE' })
  t.throws(() => records.put(key('a', 'client'), value), { code: 'UNAUTHORIZED' })
  t.is(records.size, 0)
})
