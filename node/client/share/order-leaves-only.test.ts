import { readDocument, LEAVES_ONLY } from '@lunarx/core/document'
import { ownerKeys } from '@lunarx/core/keys'
import { hexOf, LunarError } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { SeededRandom } from '@lunarx/runtime/random'
import { leavesOnly, ORDERS_ASKED, type QuestionOf } from '@lunarx/wire'
import test from 'ava'
import { disguised } from '../../../test/fleet/disguised.ts'
import { Fleet, OWNER } from '../_fleet.test.ts'
import { openClient, type Client } from '../index.ts'
import type { StoredSets } from '../manifest/index.ts'
import { orderLeavesOnly, type OrderLeavesOnlyDeps } from './order-leaves-only.ts'

/** A client that has put an object. Trackers of these hosts know no orders, as far as it sees. */
async function openOwner(fleet: Fleet, old: () => readonly string[], onAnswered: () => void = () => undefined): Promise<Client> {
  const { platform, peers } = fleet.machines.machine('owner', 'client')
  const through = disguised(peers, {
    async ask(to, exchange, question, options) {
      if (exchange.name !== leavesOnly.name) return await peers.ask(to, exchange, question, options)
      if (old().includes(to.host)) throw new LunarError('UNKNOWN_EXCHANGE', 'the peer does not serve this exchange')
      const answered = await peers.ask(to, exchange, question, options)
      onAnswered()
      return answered
    },
  })
  const client = await openClient({ network: fleet.machines.config, ownerSecret: OWNER }, platform, through)
  await fleet.run(client.put('shared', new Uint8Array(50_000)))
  return client
}

test('in an update of the network one tracker that knows orders is enough to ask, whichever it is; with none nothing is shared', async (t) => {
  const fleet = await Fleet.start()
  let updated: string | undefined
  const owner = await openOwner(fleet, () => ['t0', 't1', 't2'].filter((host) => host !== updated))
  const { address } = await fleet.run(owner.address())
  await t.throwsAsync(fleet.run(owner.share('shared', address)), { code: 'UNKNOWN_EXCHANGE' })
  for (updated of ['t0', 't1', 't2']) t.true((await fleet.run(owner.share('shared', address))).length > 0, updated)
})

test('a share that waits for trackers to come back ends at once when it is called off', async (t) => {
  const fleet = await Fleet.start()
  const calledOff = new AbortController()
  let answered = 0
  const owner = await openOwner(
    fleet,
    () => [],
    () => {
      answered++
      void fleet.machines.clock.sleep(100).then(() => calledOff.abort(new LunarError('ABORTED', 'called off')))
    },
  )
  const { address } = await fleet.run(owner.address())
  for (const tracker of ['t1', 't2']) fleet.machines.net.crash(tracker)
  await t.throwsAsync(fleet.run(owner.share('shared', address, { signal: calledOff.signal })), { code: 'ABORTED' })
  t.is(answered, 1, 'in the first pause')
})

test('of many sets each is ordered once, with no more in a question than it carries, and again only while it is short', async (t) => {
  const [clock, random] = [new SimulatedClock(), new SeededRandom(1)]
  const ids = Array.from({ length: 2 * ORDERS_ASKED + 100 }, () => random.bytes(32))
  const nearest = (id: Uint8Array): string => `t${(id[0] ?? 0) % 2}`
  const asked: string[][] = []
  const deps = {
    network: { network: 'net' },
    keys: ownerKeys(OWNER, crypto),
    clock,
    random,
    log: new Trace(clock).log('client'),
    async *setsUnder() {
      yield* ids
    },
    trackers: {
      all: [],
      owners: (id: Uint8Array) => [nearest(id)],
      async ask(_: unknown, { orders }: QuestionOf<typeof leavesOnly>) {
        const segments = orders.map((order) => hexOf(readDocument(LEAVES_ONLY, order).segment))
        const before = asked.flat()
        asked.push(segments)
        return { outcomes: segments.map((hex, at) => (at === 7 && !before.includes(hex) ? 'short' : 'taken')) }
      },
    },
  } as unknown as OrderLeavesOnlyDeps
  const content = { owner: deps.keys.identity.publicKey } as StoredSets
  await clock.runWhile(orderLeavesOnly(content, deps, new AbortController().signal), 60_000)
  t.true(asked.every(({ length }) => length <= ORDERS_ASKED))
  t.true(asked.some(({ length }) => length === ORDERS_ASKED))
  const again = asked.filter(({ length }) => length === 1).flat()
  t.true(again.length >= 3)
  const times = new Map<string, number>()
  for (const hex of asked.flat()) times.set(hex, (times.get(hex) ?? 0) + 1)
  t.is(times.size, ids.length)
  for (const [hex, count] of times) if (count !== (again.includes(hex) ? 2 : 1)) t.fail(`${hex} was ordered ${count} times`)
})
