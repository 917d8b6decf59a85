import { LACKING, SILENCE } from '@lunarx/core/audit'
import { signDocument } from '@lunarx/core/document'
import { peerIdOf } from '@lunarx/core/membership'
import { utf8 } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import { z } from 'zod'
import test from 'ava'
import { TRACKER_LIMITS } from '../../limits.ts'
import { Lackers, type LackedRow } from './lackers.ts'

const MINUTE = 60_000
const key = crypto.signKey(crypto.sha256(utf8('anybody')))
/** Lackers never look into the documents. */
const PAPER = { kind: 'paper', schema: z.object({ name: z.string() }) }
const paper = (name: string) => signDocument(PAPER, { name }, key)
const row = (name: string): LackedRow => ({ draw: paper('draw'), root: paper('root'), leaf: 0, commit: paper(name) })
const provider = (n: number) => peerIdOf(crypto.sha256(Uint8Array.of(n >> 8, n & 255)))
const [one, other] = [provider(1), provider(2)]
const anyone = () => true

async function open(stores = new SimulatedStores({ random: new SeededRandom(1) }), clock = new SimulatedClock()) {
  const lackers = await Lackers.open({ store: await stores.opener()('audit'), clock, crypto, log: new Trace(clock).log('tracker') })
  /** Asks for what is due every ten minutes, and hears the same of all. */
  const askFor = async (forMs: number, verdict: 'proved' | 'lost' | 'silent'): Promise<void> => {
    for (let ms = 0; ms < forMs; ms += SILENCE.askAgainMs) {
      for (const { provider: peer, row: asked } of lackers.due(anyone)) await lackers.heard(peer, asked, verdict)
      await clock.runFor(SILENCE.askAgainMs)
    }
  }
  return { stores, clock, lackers, askFor }
}

test('a provider is asked for a few of its rows, each in its time, until it has proved all of them for long enough', async (t) => {
  const { lackers, clock, askFor } = await open()
  t.is(lackers.of(one), undefined)
  for (const name of ['a', 'b', 'b', 'c', 'd']) await lackers.found(one, row(name))
  t.like(lackers.of(one), { rows: TRACKER_LIMITS.audit.lackingRows, provedForMs: 0, provingMs: LACKING.provingMs })
  t.true(lackers.isPlain(one))
  t.is(lackers.due(() => false).length, 0)
  t.deepEqual(
    lackers.due(anyone).map(({ row: { commit } }) => commit),
    ['b', 'c', 'd'].map(paper),
  )
  t.is(lackers.due(anyone).length, 0)
  await clock.runFor(SILENCE.askAgainMs)
  const [b, c] = lackers.due(anyone)
  if (!b || !c) throw new Error('two rows are due')
  await lackers.heard(one, b.row, 'proved')
  await lackers.heard(one, c.row, 'proved')
  await clock.runFor(SILENCE.askAgainMs)
  await lackers.heard(one, b.row, 'proved')
  t.is(lackers.of(one)?.provedForMs, 0, 'the third row was not proved yet')
  await askFor(60 * MINUTE, 'proved')
  t.true((lackers.of(one)?.provedForMs ?? 0) > 0)
  t.false(lackers.isPlain(one))
  await askFor(10 * MINUTE, 'lost')
  t.is(lackers.of(one)?.provedForMs, 0)
  await askFor(LACKING.provingMs, 'proved')
  t.not(lackers.of(one), undefined)
  await askFor(20 * MINUTE, 'proved')
  t.is(lackers.of(one), undefined)
})

test('silence proves nothing, and takes nothing back', async (t) => {
  const { lackers, askFor } = await open()
  await lackers.found(one, row('a'))
  await askFor(70 * MINUTE, 'proved')
  const provedForMs = lackers.of(one)?.provedForMs ?? 0
  t.true(provedForMs > 0)
  await askFor(20 * LACKING.provingMs, 'silent')
  t.is(lackers.of(one)?.provedForMs, provedForMs)
})

test('what is known outlives a crash: that it lacks rows, which, for how long it has proved them, and how often it was so', async (t) => {
  const { lackers, stores, clock, askFor } = await open()
  await lackers.found(one, row('a'))
  await askFor(70 * MINUTE, 'proved')
  const before = lackers.of(one)
  stores.crash()
  const again = await open(stores, clock)
  t.deepEqual(again.lackers.of(one), before)
  await again.askFor(LACKING.provingMs, 'proved')
  t.is(again.lackers.of(one), undefined)
  stores.crash()
  const third = await open(stores, clock)
  t.is(third.lackers.of(one), undefined)
  await third.lackers.found(one, row('b'))
  t.like(third.lackers.of(one), { rows: 1, provingMs: 2 * LACKING.provingMs })
})

test('of who is gone, of a row that lies elsewhere now, and of what is long over nothing is left', async (t) => {
  const { lackers, stores, clock, askFor } = await open()
  await lackers.found(one, row('a'))
  await lackers.found(other, row('a'))
  await lackers.found(other, row('b'))
  await lackers.drop(other, row('a'))
  t.is(lackers.of(other)?.rows, 1)
  await lackers.drop(other, row('b'))
  t.is(lackers.of(other), undefined)
  await lackers.forget((peer) => peer === one)
  t.is(lackers.of(one), undefined)
  await lackers.found(other, row('c'))
  t.is(lackers.of(other)?.provingMs, 2 * LACKING.provingMs)
  await askFor(3 * LACKING.provingMs, 'proved')
  await clock.runFor(LACKING.forgetMs)
  await lackers.forget(() => false)
  stores.crash()
  const store = await stores.opener()('audit')
  t.is((await store.scan({ from: new Uint8Array(), limit: 9 })).length, 0)
})

test('so many providers are remembered: those that are over make room, those that lack rows do not', async (t) => {
  const { lackers, askFor } = await open()
  const most = TRACKER_LIMITS.audit.lackingProviders
  await lackers.found(provider(0), row('a'))
  await askFor(LACKING.provingMs + 20 * MINUTE, 'proved')
  for (let n = 1; n <= most; n++) await lackers.found(provider(n), row('a'))
  t.not(lackers.of(provider(most)), undefined)
  await lackers.found(provider(most + 1), row('a'))
  t.is(lackers.of(provider(most + 1)), undefined)
  t.not(lackers.of(provider(1)), undefined)
})
