import { LunarError } from '@lunarx/core/model'
import { SimulatedClock, type Clock } from '@lunarx/runtime/clock'
import { Trace } from '@lunarx/runtime/log'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import type { Listed, WatchEvent } from './client.ts'
import { Informer, type InformerClient } from './informer.ts'
import { KubeMetrics } from './metrics.ts'
import { KINDS } from './resource.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
/** As the client and the API server have them. */
const [LIST_LIMIT_MS, WATCH_IDLE_MS, WATCH_MS] = [30 * SECOND, 150 * SECOND, 290 * SECOND]

/** An API server with one kind of object. */
class ScriptedServer implements InformerClient {
  readonly names = new Set(['a', 'b'])
  /** swallows: it takes what it is asked, and is never heard of again */
  state: 'answers' | 'refuses' | 'swallows' = 'answers'
  /** Bookmarks come once a minute. */
  isWatchSilent = false
  /** Lists are answered, watches are not. */
  refusesWatches = false
  lists = 0
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async list(): Promise<Listed<never>> {
    if (this.state === 'swallows') await this.#clock.sleep(LIST_LIMIT_MS)
    if (this.state !== 'answers') throw new LunarError('CLUSTER_UNREACHABLE', 'away, on purpose')
    this.lists++
    const items = [...this.names].map((name) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, uid: name, resourceVersion: '1' },
    }))
    return { items: items as never[], resourceVersion: '1' }
  }

  async *watch(): AsyncGenerator<WatchEvent<never>> {
    const endMs = this.#clock.elapsed() + WATCH_MS
    for (let idleMs = 0; this.#clock.elapsed() < endMs; idleMs += SECOND) {
      if (this.state === 'refuses' || this.refusesWatches) throw new LunarError('CLUSTER_UNREACHABLE', 'cut, on purpose')
      if (idleMs >= WATCH_IDLE_MS) throw new LunarError('TIMEOUT', 'the watch is silent')
      if (idleMs >= MINUTE && this.state === 'answers' && !this.isWatchSilent) {
        idleMs = 0
        yield { type: 'BOOKMARK', object: { metadata: { resourceVersion: '1' } } }
      }
      await this.#clock.sleep(SECOND)
    }
  }
}

function make(state: ScriptedServer['state'] = 'answers') {
  const clock = new SimulatedClock()
  const server = new ScriptedServer(clock)
  server.state = state
  const deps = { clock, metrics: new KubeMetrics(), random: new SeededRandom(1), log: new Trace(clock).log('test') }
  const informer = new Informer(server, KINDS.configMap, {}, deps)
  const stop = new AbortController()
  const running = informer.run(stop.signal)
  const staleWithin = (ms: number): Promise<boolean> => clock.runUntil(() => informer.isStale, ms)
  return {
    clock,
    server,
    informer,
    staleWithin,
    end: async () => {
      stop.abort()
      server.state = 'refuses'
      await clock.runWhile(running, MINUTE)
    },
  }
}

test('a watch that is heard of is never stale, however quiet its objects are', async (t) => {
  const { staleWithin, end } = make()
  t.false(await staleWithin(60 * MINUTE))
  await end()
})

test('a watch that is silent while lists succeed is stale after 5 minutes, until it is heard of again', async (t) => {
  const { clock, server, informer, staleWithin, end } = make()
  t.false(await staleWithin(3 * MINUTE))
  server.isWatchSilent = true
  t.false(await staleWithin(4 * MINUTE))
  const listsBefore = server.lists
  t.true(await staleWithin(4 * MINUTE))
  t.true(server.lists > listsBefore)
  server.isWatchSilent = false
  t.true(await clock.runUntil(() => !informer.isStale, 5 * MINUTE))
  await end()
})

test('watches that are refused while lists are answered: lists become rare', async (t) => {
  const { clock, server, end } = make()
  server.refusesWatches = true
  await clock.runFor(10 * MINUTE)
  const before = server.lists
  await clock.runFor(10 * MINUTE)
  t.true(server.lists - before >= 15 && server.lists - before <= 60, `${server.lists - before}`)
  await end()
})

for (const away of ['refuses', 'swallows'] as const) {
  test(`an API server that is away for 10 minutes (${away}) makes nothing stale, then or after`, async (t) => {
    const { server, staleWithin, end } = make()
    t.false(await staleWithin(3 * MINUTE))
    server.state = away
    t.false(await staleWithin(10 * MINUTE))
    const listsBefore = server.lists
    server.state = 'answers'
    t.false(await staleWithin(10 * MINUTE))
    t.true(server.lists > listsBefore)
    await end()
  })

  test(`a start without an API server (${away}), which comes after 10 minutes, makes nothing stale`, async (t) => {
    const { server, informer, staleWithin, end } = make(away)
    t.false(await staleWithin(10 * MINUTE))
    t.false(informer.isSynced)
    server.state = 'answers'
    t.false(await staleWithin(10 * MINUTE))
    t.true(informer.isSynced)
    await end()
  })
}

test('a watch that stays silent after the API server was away is stale 5 minutes later', async (t) => {
  const { server, staleWithin, end } = make()
  t.false(await staleWithin(3 * MINUTE))
  server.state = 'refuses'
  t.false(await staleWithin(10 * MINUTE))
  server.state = 'answers'
  server.isWatchSilent = true
  t.false(await staleWithin(4 * MINUTE))
  t.true(await staleWithin(5 * MINUTE))
  await end()
})

test('a deletion that the watch missed is found by the next periodic list', async (t) => {
  const { clock, server, informer, end } = make()
  const deleted: string[] = []
  informer.onChange(({ type, object }) => type === 'deleted' && deleted.push(object.metadata.name))
  await clock.runFor(MINUTE)
  t.is(informer.list().length, 2)
  server.names.delete('b')
  t.true(await clock.runUntil(() => deleted.length > 0, 15 * MINUTE))
  t.deepEqual(deleted, ['b'])
  t.is(informer.get(undefined, 'b'), undefined)
  await end()
})
