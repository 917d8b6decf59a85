import { SimulatedClock } from '@lunarx/runtime/clock'
import { Trace } from '@lunarx/runtime/log'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { ApiError } from './api-error.ts'
import { LeaderElection, type ElectionClient } from './leader-election.ts'
import type { Lease } from './lease.ts'
import { KubeMetrics } from './metrics.ts'
import type { KubeObject } from './resource.ts'

const conflict = (): ApiError => new ApiError(409, 'Conflict', 'changed since, on purpose', 'PUT')

/** Nothing gets through: as long as who asks waits. */
const silence = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('given up')), { once: true }))

/** The one Lease that an API server keeps, and the ways to it: each can be cut. */
class ScriptedLease {
  lease: Lease | undefined
  #version = 0

  #write(object: KubeObject): Lease {
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) }
    return (this.lease = { ...(object as Lease), metadata })
  }

  reach(isCut: () => boolean): ElectionClient {
    const ask = async (work: () => Lease | undefined, signal?: AbortSignal) => {
      await Promise.resolve()
      return (isCut() ? await silence(signal) : work()) as never
    }
    return {
      get: (_, __, options) => ask(() => this.lease, options?.signal),
      create: (_, object, options) =>
        ask(() => {
          if (this.lease !== undefined) throw conflict()
          return this.#write(object)
        }, options?.signal),
      replace: (_, object, options) =>
        ask(() => {
          if (this.lease?.metadata.resourceVersion !== object.metadata.resourceVersion) throw conflict()
          return this.#write(object)
        }, options?.signal),
    }
  }
}

/** The two look at the Lease at other moments of their 2 s, and the first is gone at any of them. */
for (const offsetMs of [0, 300, 700, 1_100, 1_500, 1_900]) {
  test(`a leader is gone without a word ${offsetMs} ms after a renewal: another leads within 20 s, never two at a time`, async (t) => {
    const clock = new SimulatedClock()
    const server = new ScriptedLease()
    const deps = { clock, metrics: new KubeMetrics(), random: new SeededRandom(1), log: new Trace(clock).log('test') }
    const leaders = new Set<string>()
    let most = 0
    let isCut = false
    const stop = new AbortController()
    const campaign = (identity: string, isGone: () => boolean) =>
      new LeaderElection(server.reach(isGone), { namespace: 'n', name: 'l', identity }, deps).run(async (term) => {
        leaders.add(identity)
        most = Math.max(most, leaders.size)
        await new Promise((resolve) => term.addEventListener('abort', resolve, { once: true }))
        leaders.delete(identity)
      }, stop.signal)
    void campaign('a', () => isCut)
    t.true(await clock.runUntil(() => leaders.has('a'), 10_000))
    await clock.runFor(450)
    const other = campaign('b', () => false)
    await clock.runFor(60_000)
    t.deepEqual([...leaders], ['a'])
    const renewed = server.lease?.spec?.renewTime
    t.true(await clock.runUntil(() => server.lease?.spec?.renewTime !== renewed, 5_000))
    await clock.runFor(offsetMs)
    isCut = true
    t.true(await clock.runUntil(() => leaders.has('b'), 20_000))
    t.deepEqual([...leaders], ['b'])
    t.is(most, 1)
    stop.abort()
    await clock.runWhile(other, 10_000)
    t.is(server.lease?.spec?.holderIdentity, '')
  })
}
