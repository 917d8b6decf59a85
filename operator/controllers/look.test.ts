import { LunarError } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import test from 'ava'
import { SmallCluster } from './cluster.fixture.ts'
import type { ControllerDeps, ReachTracker } from './deps.ts'
import { askTrackers } from './look.ts'
import { aTrackerPool } from './pools.fixture.ts'

test('of a tracker that falls silent the log says so once, with the reason, and once when it is back', async (t) => {
  const clock = new SimulatedClock(0)
  const trace = new Trace(clock)
  const silent = new Set<string>()
  const reachTracker = ((_: unknown, { address: { host } }: { readonly address: { readonly host: string } }) => ({
    status: () =>
      silent.has(host.split('.')[0] ?? '')
        ? Promise.reject(new LunarError('PEER_UNREACHABLE', `nothing at ${host}`))
        : Promise.resolve({ name: host }),
  })) as unknown as ReachTracker
  const deps: ControllerDeps = { ...new SmallCluster().deps, clock, reachTracker, log: trace.log('operator') }
  const key = nodeCrypto.signKey(new Uint8Array(32))
  const ask = async (...away: readonly string[]): Promise<number> => {
    silent.clear()
    for (const pod of away) silent.add(pod)
    return (await askTrackers('lunar', key, [aTrackerPool({ replicas: 3 })], deps, new AbortController().signal)).length
  }
  const answering = [await ask(), await ask('tracker-1'), await ask('tracker-1', 'tracker-2'), await ask('tracker-1'), await ask()]
  t.deepEqual(answering, [3, 2, 1, 2, 3])
  const lines = trace.tail().filter((line) => line.includes('a tracker'))
  t.deepEqual(
    lines.map((line) => /(does not answer|answers again)/.exec(line)?.[1]),
    ['does not answer', 'does not answer', 'answers again', 'answers again'],
  )
  t.true(lines[0]?.includes('tracker-1') && lines[0].includes('nothing at tracker-1') && lines[0].includes('ns/lunar'), lines[0])
  t.true(lines[2]?.includes('tracker-2') && lines[3]?.includes('tracker-1'))
})
