import { encodeBytes } from '@lunarx/core/document'
import { peerIdOf, publicKeyOf } from '@lunarx/core/membership'
import { concatBytes, utf8 } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import { MAX_MAINTENANCE_MS } from '@lunarx/wire'
import test from 'ava'
import { Standings } from './standings.ts'

const MINUTE = 60_000
const START = 365 * 24 * 60 * MINUTE
const provider = peerIdOf(nodeCrypto.signKey(new Uint8Array(32).fill(1)).publicKey)

async function machine() {
  const openStore = new SimulatedStores({ random: new SeededRandom(1) }).opener()
  const clock = new SimulatedClock(START)
  let store = await openStore('audit')
  const open = (at: Pick<SimulatedClock, 'now'> = clock) =>
    Standings.open({ store, clock: at as SimulatedClock, log: new Trace(clock).log('tracker'), maxProviders: 10 })
  const restart = async (at?: Pick<SimulatedClock, 'now'>) => {
    await store[Symbol.asyncDispose]()
    store = await openStore('audit')
    return await open(at)
  }
  return {
    clock,
    open,
    restart,
    write: (value: object) => store.write([{ put: concatBytes(utf8('p'), publicKeyOf(provider)), value: encodeBytes(value) }]),
  }
}

test('maintenance ends by itself, outlives a restart, and is taken back by 0', async (t) => {
  const { clock, open, restart } = await machine()
  const standings = await open()
  t.is(standings.maintenanceLeftMs(provider), 0)
  await standings.setMaintenance(provider, 10 * MINUTE)
  await clock.runFor(4 * MINUTE)
  const again = await restart()
  t.is(again.maintenanceLeftMs(provider), 6 * MINUTE)
  await clock.runFor(6 * MINUTE - 1)
  t.true(again.isInMaintenance(provider))
  await clock.runFor(1)
  t.false(again.isInMaintenance(provider))
  await again.setMaintenance(provider, MAX_MAINTENANCE_MS)
  t.true(again.isInMaintenance(provider))
  await again.setMaintenance(provider, 0)
  t.false(again.isInMaintenance(provider))
})

test('a clock that was a year ahead when maintenance was declared does not make it last a year', async (t) => {
  const { clock, open, restart } = await machine()
  const ahead = { now: () => clock.now() + START }
  await (await open(ahead)).setMaintenance(provider, 10 * MINUTE)
  t.false((await restart()).isInMaintenance(provider))
})

test('what a tracker remembered that knew no ends is read: it is in no maintenance', async (t) => {
  const { restart, write } = await machine()
  const standing = { state: 'trusted', reason: 'vetted', transcript: null, sinceMs: 0, joinedMs: 0, proofs: 9, failures: 0, provedEver: 9 }
  await write({ ...standing, lossesMs: [], maintenance: true })
  const standings = await restart()
  t.like(standings.of(provider), { state: 'trusted', provedEver: 9 })
  t.false(standings.isInMaintenance(provider))
})
