/**
 * A provider's report and a tracker's map, with the real parts of both: whatever is lost between them, and whoever starts anew in the
 * middle, in the end the tracker believes what the provider holds and has the records of it.
 *
 * @module
 */
import { SEGMENT_RECORD, TOMBSTONE, documentId, encodeBytes, parseBytes, signDocument, type SignedDocument } from '@lunarx/core/document'
import type { ShardKey } from '@lunarx/core/inventory'
import { peerIdOf, type PeerId } from '@lunarx/core/membership'
import { hexOf, LunarError, utf8 } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import { compareInventory, inventory, teach, type Exchange } from '@lunarx/wire'
import test from 'ava'
import fc from 'fast-check'
import { Catalog } from '../../node/provider/catalog/index.ts'
import { compareAll } from '../../node/provider/report/compare.ts'
import { tellChanges, type Comparison } from '../../node/provider/report/inventory.ts'
import { Capacity } from '../../node/provider/reserve/index.ts'
import type { ShardStore } from '../../node/provider/store/index.ts'
import {
  answerCompareInventory,
  answerInventory,
  answerTeach,
  openMap,
  openTombstone,
  type TrackerMap,
} from '../../node/tracker/map/index.ts'

const owner = nodeCrypto.signKey(nodeCrypto.sha256(utf8('owner')))
const sets = Array.from({ length: 48 }, (_, i) => {
  const hashes = Array.from({ length: 3 }, (_, j) => nodeCrypto.sha256(utf8(`${i} ${j}`)))
  const code = { className: 'small', required: 2, parity: 1, survive: 1, shardBytes: 1_000, salt: new Uint8Array(16), birthRound: 0 }
  const record = { network: 'net', owner: owner.publicKey, readKey: owner.publicKey, addresses: hashes, createdMs: i, ...code }
  const document = signDocument(SEGMENT_RECORD, record, owner)
  return { document, record, segment: documentId(SEGMENT_RECORD, document, nodeCrypto) }
})
const setOf = (segment: Uint8Array) => sets.find((set) => hexOf(set.segment) === hexOf(segment))
const shardOf = (n: number): ShardKey => ({
  segment: sets[n % sets.length]?.segment ?? new Uint8Array(32),
  index: Math.floor(n / sets.length),
})
const nameOf = ({ segment, index }: ShardKey): string => `${hexOf(segment)}.${index}`
const SMALL = { rangeShards: 8, partShards: 2, rangesAsked: 2, listedShards: 3 }
const SET = { owner: owner.publicKey, shardBytes: 1_000 }

type Fault = 'none' | 'question' | 'answer' | 'tracker' | 'map' | 'provider' | 'change'

/** Shard files are of no interest here, but for the documents that they carry. */
const files: Pick<ShardStore, 'open' | 'remove'> = {
  async open({ segment }) {
    const set = setOf(segment)
    if (!set) return undefined
    return { ...set, async *read() {}, [Symbol.asyncDispose]: async () => undefined } as unknown as Awaited<ReturnType<ShardStore['open']>>
  },
  remove: async () => undefined,
}

class Pair {
  readonly clock = new SimulatedClock()
  readonly #random = new SeededRandom(1)
  readonly #trackerStores = new SimulatedStores({ random: this.#random })
  readonly #providerStores = new SimulatedStores({ random: this.#random })
  readonly #peer: PeerId
  readonly #log = new Trace(this.clock).log('pair')
  readonly sent: { readonly name: string; readonly question: Record<string, unknown> }[] = []
  faults: Fault[] = []
  verified = 0
  map: TrackerMap | undefined
  catalog: Catalog | undefined
  #incarnation = 0
  #rounds = 0

  constructor(peer = 7) {
    this.#peer = peerIdOf(new Uint8Array(32).fill(peer))
  }

  get #crypto() {
    return {
      ...nodeCrypto,
      verify: (...args: Parameters<typeof nodeCrypto.verify>) => {
        this.verified++
        return nodeCrypto.verify(...args)
      },
    }
  }

  get tracker(): TrackerMap {
    if (!this.map) throw new Error('the tracker is not started')
    return this.map
  }

  get provider(): Catalog {
    if (!this.catalog) throw new Error('the provider is not started')
    return this.catalog
  }

  async startTracker(): Promise<void> {
    this.map = await openMap({ network: 'net', openStore: this.#trackerStores.opener(), scanEntries: 5, onChange: () => undefined })
  }

  async startProvider(): Promise<void> {
    this.catalog = new Catalog(await this.#providerStores.opener()('shards'), new Capacity(1e9), 'net')
    await this.catalog.open()
    await this.catalog.count()
    this.#incarnation++
  }

  /** As the heartbeat's answer would start it. @returns whether the tracker has everything */
  async report(): Promise<boolean> {
    const known = this.tracker.statements.sequenceOf(this.#peer, String(this.#incarnation))
    const comparison = this.#comparison()
    if (known >= 0 && (await tellChanges(known, null, comparison))) return true
    return await compareAll(comparison)
  }

  compare = (): Promise<boolean> => compareAll(this.#comparison())

  #comparison(): Comparison {
    return {
      network: 'net',
      self: this.#peer,
      catalog: this.provider,
      store: files as ShardStore,
      crypto: nodeCrypto,
      log: this.#log,
      peers: {
        ask: (_: unknown, exchange: Exchange<unknown, unknown>, question: unknown) => this.#ask(exchange, question),
      } as unknown as Peers,
      clock: this.clock,
      incarnation: String(this.#incarnation),
      round: ++this.#rounds,
      sizes: SMALL,
      tracker: { host: 'tracker', controlPort: 1, dataPort: 2 },
      signal: new AbortController().signal,
    }
  }

  async #ask({ name, question: schema, answer: answerSchema }: Exchange<unknown, unknown>, question: unknown) {
    this.sent.push({ name, question: question as Record<string, unknown> })
    const fault = this.faults.shift() ?? 'none'
    const cut = new LunarError('PEER_UNREACHABLE', `cut: ${fault}`)
    if (fault === 'question') throw cut
    if (fault === 'tracker' || fault === 'map') {
      if (fault === 'map') this.#trackerStores.wipe()
      else this.#trackerStores.crash()
      await this.startTracker()
    }
    if (fault === 'change') await this.#change()
    const answer = await this.#answer(name, parseBytes(schema, encodeBytes(question)))
    if (fault === 'provider') {
      this.#providerStores.crash()
      await this.startProvider()
    }
    if (fault === 'answer' || fault === 'provider') throw cut
    return { answer: parseBytes(answerSchema, encodeBytes(answer)), body: (async function* () {})() }
  }

  #answer(name: string, question: unknown): unknown {
    const deps = {
      network: 'net',
      crypto: this.#crypto,
      map: this.tracker,
      ring: { isOwner: () => true },
      ends: { isEnded: () => false, restart: async () => undefined },
      limits: { documents: 100, documentBytes: 100_000 },
    } as unknown as Parameters<typeof answerInventory>[2]
    const asked = { session: { peer: this.#peer, credential: { role: 'provider' } } } as unknown as Parameters<typeof answerInventory>[1]
    if (name === compareInventory.name) return answerCompareInventory(question as never, asked, deps)
    if (name === inventory.name) return answerInventory(question as never, asked, deps)
    if (name === teach.name) return answerTeach(question as never, asked, deps)
    throw new Error(`nobody answers ${name}`)
  }

  /** A shard comes or goes while a report is under way. */
  async #change(): Promise<void> {
    const key = shardOf(this.#random.below(2 * sets.length))
    if (await this.provider.has(key)) await this.provider.drop(key)
    else await this.provider.add(key, SET)
  }

  async held(): Promise<string[]> {
    return (await this.provider.page(undefined, 1_000)).map(({ key }) => nameOf(key))
  }

  believed(): string[] {
    const { statements } = this.tracker
    return [...statements.heldSets()].flatMap((hex) => statements.holders(hex).map(({ index }) => `${hex}.${index}`)).sort()
  }

  listed(): number {
    return this.sent.reduce((sum, { question }) => sum + (question['held'] instanceof Uint8Array ? question['held'].length / 33 : 0), 0)
  }

  peerKeys(numbers: readonly number[]) {
    return numbers.map((n) => ({ ...shardOf(n), peer: this.#peer }))
  }
}

async function pairOf(held: readonly number[], believed: readonly number[], known: readonly number[]): Promise<Pair> {
  const pair = new Pair()
  await pair.startTracker()
  await pair.startProvider()
  for (const n of held) await pair.provider.add(shardOf(n), SET)
  await pair.tracker.statements.affirm(pair.peerKeys(believed))
  const news = known.flatMap((n) => {
    const set = sets[n]
    return set ? [{ id: set.segment, record: set.record, document: set.document }] : []
  })
  await pair.tracker.records.learn(news, { isCommitted: false })
  return pair
}

const shards = fc.uniqueArray(fc.nat(2 * sets.length - 1), { maxLength: 96 })
const fault = fc.constantFrom<Fault>('none', 'none', 'question', 'answer', 'tracker', 'map', 'provider', 'change')

test('any two inventories become the same, whatever is lost between provider and tracker, and whoever starts anew', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      shards,
      shards,
      fc.subarray(sets.map((_, i) => i)),
      fc.array(fault, { maxLength: 24 }),
      async (held, believed, known, faults) => {
        const pair = await pairOf(held, believed, known)
        pair.faults = [...faults]
        const bring = async (): Promise<void> => {
          for (let tries = 0; tries < 60; tries++) {
            const isWhole = await pair.report().catch((error: unknown) => {
              if (!(error instanceof LunarError) || error.code !== 'PEER_UNREACHABLE') throw error
              return false
            })
            if (isWhole && pair.faults.length === 0) break
          }
          // a tracker that forgot after the last report is compared with once more, as its next heartbeat would have it
          await pair.report()
          await pair.compare()
        }
        await pair.clock.runWhile(bring(), 60_000)
        t.deepEqual(pair.believed(), await pair.held())
        for (const name of await pair.held()) t.truthy(pair.tracker.records.get(name.slice(0, 64)), name)
      },
    ),
    { numRuns: 120 },
  )
})

test('what is equal is not listed, and of a difference only its surroundings', async (t) => {
  const all = sets.map((_, i) => i)
  const pair = await pairOf(all, all, all)
  await pair.clock.runWhile(pair.compare(), 1_000)
  t.is(pair.listed(), 0)
  t.is(pair.sent.length, 4 + 1) // 48 shards from the provider's place on: seven or eight ranges, two in a question, and the end
  pair.sent.length = 0
  await pair.provider.drop(shardOf(20))
  pair.faults = ['change'] // told as a change at the end
  await pair.clock.runWhile(pair.compare(), 1_000)
  t.deepEqual(pair.believed(), await pair.held())
  t.true(pair.listed() <= 3 * SMALL.partShards, `${pair.listed()} listed`)
})

test('a record that was not taught is asked for again, though the statement is known; it is verified once', async (t) => {
  const all = sets.map((_, i) => i)
  const pair = await pairOf(all, all, all.slice(1))
  await pair.clock.runWhile(pair.compare(), 1_000)
  t.is(pair.tracker.records.size, sets.length)
  t.is(pair.verified, 1)
  t.true(pair.listed() <= SMALL.partShards)
})

test('a set whose shards come twice, and its record with each, is verified once', async (t) => {
  const all = Array.from({ length: 2 * sets.length }, (_, i) => i)
  const pair = await pairOf(all, [], [])
  const documents = sets.map(({ document }) => document)
  await pair.clock.runWhile(Promise.all([pair.compare(), pair.compare().catch(() => false)]), 10_000)
  await pair.clock.runWhile(pair.compare(), 10_000)
  t.is(pair.tracker.records.size, documents.length)
  t.is(pair.verified, documents.length)
})

test('a set that was deleted while the provider was away is removed by a comparison, though the statement is known', async (t) => {
  const all = sets.map((_, i) => i)
  const pair = await pairOf(all, all, all)
  const { segment } = sets[5] ?? { segment: new Uint8Array(32) }
  const tombstone: SignedDocument = signDocument(TOMBSTONE, { network: 'net', owner: owner.publicKey, segment, deletedMs: 2 }, owner)
  await pair.tracker.records.bury([openTombstone(tombstone, { network: 'net', crypto: nodeCrypto })])
  await pair.clock.runWhile(pair.compare(), 1_000)
  t.false((await pair.held()).includes(nameOf({ segment, index: 0 })))
  t.deepEqual(pair.believed(), await pair.held())
})
