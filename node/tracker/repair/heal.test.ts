/**
 * What the loop plans while its store is slow, or refuses to write; and what the byte cap holds back of it.
 */
import { itemAt } from '@lunarx/core/model'
import { Trace } from '@lunarx/runtime/log'
import test from 'ava'
import { watchSets, type WatchedSets } from './_watched-sets.test.ts'
import { Healer, type HealerDeps } from './heal.ts'
import { Pace } from './pace.ts'

/** A healer whose repairs are counted and not carried out. */
async function startHealer(onCommit: (commit: () => Promise<unknown>, watched: WatchedSets) => Promise<unknown>, bytesPerSecond = 1e9) {
  const watched = await watchSets()
  const { clock, map } = watched
  const started: string[] = []
  const commit = map.records.commit.bind(map.records)
  map.records.commit = async (hexes) => void (await onCommit(() => commit(hexes), watched))
  const log = new Trace(clock).log('tracker')
  const run = (name: string): void => void started.push(name)
  const deps = { ...watched, log, run, pace: new Pace(clock, bytesPerSecond), rebuildAfterMs: 0 }
  const healer = new Healer(deps as unknown as HealerDeps)
  const beat = (): Promise<void> => clock.runWhile(healer.beat(new AbortController().signal), 10_000)
  await beat()
  return { ...watched, beat, started, isCommitted: (hex: string) => map.records.get(hex)?.isCommitted }
}

test('an upload that is completed while another is being committed is committed with the next plan', async (t) => {
  const completed: string[] = []
  const { upload, beat, isCommitted } = await startHealer(async (commit, watched) => {
    if (completed.length === 0) completed.push(await watched.upload())
    await commit()
  })
  const first = await upload()
  await beat()
  t.true(isCommitted(first))
  t.is(completed.length, 1)
  await beat()
  t.true(isCommitted(itemAt(completed, 0)))
})

test('a store that refuses to write keeps nothing from being repaired, and is tried again', async (t) => {
  let isFull = true
  const { upload, beat, isCommitted, fleet, peers, started } = await startHealer(async (commit) => {
    if (isFull) throw new Error('the volume is full')
    await commit()
  })
  const hex = await upload()
  const refresh = fleet.refresh.bind(fleet)
  fleet.refresh = async () => {
    await refresh()
    if (isFull) throw new Error('the volume is full')
  }
  await fleet.declareLost(itemAt(peers, 6), 'its volume is gone')
  await fleet.declareLost(itemAt(peers, 7), 'its volume is gone')
  await beat()
  t.false(isCommitted(hex))
  t.true(started.length > 0, 'sets without margin are repaired')
  isFull = false
  for (let n = 0; n < 3; n++) await beat()
  t.true(isCommitted(hex))
})

test('the byte cap holds back what moves off a provider that is drained, and not what a set without margin needs', async (t) => {
  const { beat, fleet, peers, started } = await startHealer((commit) => commit(), 1)
  await fleet.orderDrain(itemAt(peers, 0), true)
  for (let n = 0; n < 3; n++) await beat()
  t.is(started.length, 1, 'one passes before it is known what it costs')
  await fleet.declareLost(itemAt(peers, 6), 'its volume is gone')
  await fleet.declareLost(itemAt(peers, 7), 'its volume is gone')
  await beat()
  t.true(started.length > 1)
})
