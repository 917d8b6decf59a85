import { issueCredential } from '@lunarx/core/membership'
import { hasCode, hexOf, type LunarError, type Role, utf8 } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { SeededRandom } from '@lunarx/runtime/random'
import { exchange } from '@lunarx/wire'
import test from 'ava'
import { z } from 'zod'
import { identityOf } from '../identity/identity.ts'
import { type Body, WithBody } from '../peers/peers.ts'
import { NO_FAULTS } from './faults.ts'
import { SimulatedNetwork } from './network.ts'

const MINUTE = 60_000
const number = z.object({ number: z.number() })
const double = exchange({ name: 'test-double', channel: 'data', askers: ['client'], question: number, answer: number })
const networkKey = crypto.signKey(crypto.sha256(utf8('network')))

class Fixture {
  readonly clock = new SimulatedClock()
  readonly random: SeededRandom
  readonly trace = new Trace(this.clock)
  readonly defects: string[] = []
  readonly network: SimulatedNetwork

  constructor(seed: number) {
    this.random = new SeededRandom(seed)
    const { clock, trace } = this
    const onDefect = (where: string): void => void this.defects.push(where)
    this.network = new SimulatedNetwork({
      clock,
      random: this.random.fork('network'),
      network: 'net',
      networkKey: hexOf(networkKey.publicKey),
      trace,
      onDefect,
    })
  }

  join(host: string, role: Role) {
    const clock = this.clock.machine()
    const identity = identityOf(this.random.fork(host).bytes(32), crypto)
    const document = issueCredential(
      { network: 'net', peer: identity.peer, role, name: host, domains: {}, issuedMs: 0, expiresMs: clock.now() + 100 * MINUTE },
      networkKey,
    )
    const peers = this.network.join(
      { host, identity, credential: () => document },
      { clock, crypto, log: this.trace.log(host), metrics: new RecordedMetrics() },
    )
    return { clock, peers, address: { host, controlPort: 1, dataPort: 2 } }
  }

  pair() {
    const [client, tracker] = [this.join('c', 'client'), this.join('t', 'tracker')]
    tracker.peers.answer(double, async ({ number }) => ({ number: 2 * number }))
    const ask = (value: number, body?: Body) => client.peers.ask(tracker.address, double, { number: value }, body ? { body } : {})
    return { client, tracker, ask }
  }

  settle<T>(work: Promise<T>): Promise<T> {
    return this.clock.runWhile(work, 10 * MINUTE)
  }
}

const chunksOf = async function* (count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield new Uint8Array(1000)
}

test('lost messages end in TIMEOUT or INTERRUPTED, as often as asked for', async (t) => {
  const fixture = new Fixture(1)
  const { ask } = fixture.pair()
  fixture.network.faults = { ...NO_FAULTS, dropRate: 0.2 }
  const codes = new Map<string, number>()
  for (const result of await fixture.settle(Promise.allSettled(Array.from({ length: 500 }, (_, i) => ask(i))))) {
    const code = result.status === 'fulfilled' ? 'answered' : (result.reason as LunarError).code
    codes.set(code, (codes.get(code) ?? 0) + 1)
  }
  t.deepEqual([...codes.keys()].toSorted(), ['INTERRUPTED', 'TIMEOUT', 'answered'])
  const answered = codes.get('answered') ?? 0
  t.true(Math.abs(answered - 500 * 0.8 * 0.8) < 50, String(answered)) // five standard deviations
})

test('a body may be cut in the middle, and then is never taken for complete', async (t) => {
  const fixture = new Fixture(2)
  const { tracker, client } = fixture.pair()
  const give = exchange({ ...double, name: 'test-give' })
  tracker.peers.answer(give, async () => new WithBody({ number: 0 }, chunksOf(50)))
  fixture.network.faults = { ...NO_FAULTS, cutRate: 0.02 }
  let cut = 0
  for (let i = 0; i < 50; i++) {
    const work = async (): Promise<number> => {
      const { body } = await client.peers.ask(tracker.address, give, { number: 0 })
      let bytes = 0
      for await (const chunk of body) bytes += chunk.length
      return bytes
    }
    try {
      t.is(await fixture.settle(work()), 50_000)
    } catch (error) {
      t.true(hasCode(error, 'INTERRUPTED'), String(error))
      cut++
    }
  }
  t.true(cut > 10 && cut < 50, String(cut))
})

test('hosts of different groups do not reach each other until the partition heals', async (t) => {
  const fixture = new Fixture(3)
  const { ask } = fixture.pair()
  fixture.network.partition(['c'], ['t', 'p'])
  await t.throwsAsync(fixture.settle(ask(1)), { code: 'PEER_UNREACHABLE' })
  fixture.network.partition(['p'], ['t'])
  t.is((await fixture.settle(ask(1))).answer.number, 2)
  fixture.network.cut('t')
  await t.throwsAsync(fixture.settle(ask(1)), { code: 'PEER_UNREACHABLE' })
  fixture.network.heal()
  t.is((await fixture.settle(ask(1))).answer.number, 2)
})

test('a partition catches what is under way', async (t) => {
  const fixture = new Fixture(4)
  const { tracker, client } = fixture.pair()
  const wait = exchange({ ...double, name: 'test-wait' })
  tracker.peers.answer(wait, async () => {
    await tracker.clock.sleep(1_000)
    return { number: 0 }
  })
  const asking = client.peers.ask(tracker.address, wait, { number: 0 })
  fixture.clock.after(500, () => fixture.network.partition(['c'], ['t']))
  await t.throwsAsync(fixture.settle(asking), { code: 'TIMEOUT' })
})

test('a crashed machine breaks its calls, and none of its code runs any more', async (t) => {
  const fixture = new Fixture(5)
  const { tracker, client } = fixture.pair()
  const wait = exchange({ ...double, name: 'test-wait' })
  const seen: string[] = []
  tracker.peers.answer(wait, async (_, { body, signal }) => {
    signal.addEventListener('abort', () => void seen.push('aborted'))
    for await (const _ of body) seen.push('chunk')
    seen.push('end')
    return { number: 0 }
  })
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    for (;;) {
      await client.clock.sleep(100)
      yield new Uint8Array(1)
    }
  }
  const asking = client.peers.ask(tracker.address, wait, { number: 0 }, { body: endless() })
  fixture.clock.after(450, () => {
    fixture.network.crash('t')
    tracker.clock.halt()
  })
  await t.throwsAsync(fixture.settle(asking), { code: 'INTERRUPTED' })
  await fixture.clock.runFor(MINUTE)
  t.deepEqual(seen, ['chunk', 'chunk', 'chunk', 'chunk'])
  await t.throwsAsync(fixture.settle(client.peers.ask(tracker.address, double, { number: 1 })), { code: 'PEER_UNREACHABLE' })
  const again = fixture.join('t', 'tracker')
  again.peers.answer(double, async ({ number }) => ({ number: 3 * number }))
  t.is((await fixture.settle(client.peers.ask(tracker.address, double, { number: 1 }))).answer.number, 3)
})

test('a crashed asker hears nothing, and its handler is told that it went away', async (t) => {
  const fixture = new Fixture(6)
  const { tracker, client } = fixture.pair()
  const wait = exchange({ ...double, name: 'test-wait' })
  let isTold = false
  tracker.peers.answer(wait, async (_, { signal }) => {
    signal.addEventListener('abort', () => {
      isTold = true
    })
    await tracker.clock.sleep(1_000)
    return { number: 0 }
  })
  let isSettled = false
  const settled = (): void => {
    isSettled = true
  }
  client.peers.ask(tracker.address, wait, { number: 0 }).then(settled, settled)
  fixture.clock.after(500, () => fixture.network.crash('c'))
  await fixture.clock.runFor(MINUTE)
  t.true(isTold)
  t.false(isSettled)
})

test('a defect of a handler is reported to the world', async (t) => {
  const fixture = new Fixture(7)
  const { tracker, client } = fixture.pair()
  const bad = exchange({ ...double, name: 'test-bad' })
  tracker.peers.answer(bad, async () => {
    throw new TypeError('a mistake')
  })
  await t.throwsAsync(fixture.settle(client.peers.ask(tracker.address, bad, { number: 0 })), { code: 'INTERNAL' })
  t.deepEqual(fixture.defects, ['test-bad'])
})

test('a peer answers so many calls at a time and refuses the next', async (t) => {
  const fixture = new Fixture(8)
  const { tracker, client } = fixture.pair()
  const wait = exchange({ ...double, name: 'test-wait' })
  tracker.peers.answer(wait, async () => {
    await tracker.clock.sleep(1_000)
    return { number: 0 }
  })
  const results = await fixture.settle(
    Promise.allSettled(Array.from({ length: 1_030 }, () => client.peers.ask(tracker.address, wait, { number: 0 }))),
  )
  const refused = results.filter((result) => result.status === 'rejected')
  t.is(refused.length, 6)
  t.true(refused.every(({ reason }) => hasCode(reason, 'TOO_MANY_REQUESTS')))
})

test('a seed gives the same story twice, another seed another', async (t) => {
  const run = async (seed: number): Promise<string> => {
    const fixture = new Fixture(seed)
    const { ask } = fixture.pair()
    fixture.network.faults = { ...NO_FAULTS, dropRate: 0.1, cutRate: 0.01 }
    await fixture.settle(Promise.allSettled(Array.from({ length: 200 }, (_, i) => ask(i, i % 3 ? undefined : chunksOf(5)))))
    return fixture.trace.digest()
  }
  t.is(await run(1), await run(1))
  t.not(await run(1), await run(2))
})
