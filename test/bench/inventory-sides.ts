/**
 * A provider's catalog and a tracker's map on SQLite, joined by messages that are encoded and checked as on the wire, so that the CPU
 * time of the tracker can be told from the rest. TLS is not in it: the bytes are counted.
 *
 * @module
 */
import { createPublicKey, verify } from 'node:crypto'
import {
  SEGMENT_RECORD,
  documentId,
  encodeBytes,
  parseBytes,
  signDocument,
  type SegmentRecord,
  type SignedDocument,
} from '@lunarx/core/document'
import { peerIdOf } from '@lunarx/core/membership'
import { concatBytes, hexOf, utf8 } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { SystemClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { pinoLog } from '@lunarx/runtime/log'
import { SqliteStore } from '@lunarx/runtime/store'
import { compareInventory, inventory, teach, type Exchange } from '@lunarx/wire'
import { Catalog } from '../../node/provider/catalog/index.ts'
import { PROVIDER_LIMITS } from '../../node/provider/limits.ts'
import { compareAll } from '../../node/provider/report/compare.ts'
import { Capacity } from '../../node/provider/reserve/index.ts'
import type { ShardStore } from '../../node/provider/store/index.ts'
import { TRACKER_LIMITS } from '../../node/tracker/limits.ts'
import { answerCompareInventory, answerInventory, answerTeach, openMap, type TrackerMap } from '../../node/tracker/map/index.ts'

const owner = crypto.signKey(crypto.sha256(utf8('owner')))
const peer = peerIdOf(crypto.sha256(utf8('provider')))
const SHARDS = 14

/** CPU seconds of this process, all threads. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** The n-th set, the same in every run. */
export function recordOf(n: number): SegmentRecord {
  const salt = crypto.sha256(utf8(`set ${n}`))
  const addresses = Array.from({ length: SHARDS }, (_, i) => {
    const address = salt.slice()
    address[0] = i
    return address
  })
  const code = { className: '10+4', required: 10, parity: 4, survive: 4, shardBytes: 1_048_576 }
  const keys = { owner: owner.publicKey, readKey: owner.publicKey }
  return { network: 'bench', ...code, ...keys, salt: salt.slice(0, 16), birthRound: 0, addresses, createdMs: n }
}

export const sign = (record: SegmentRecord): SignedDocument => signDocument(SEGMENT_RECORD, record, owner)
/** µs of CPU of bare `node:crypto` for one signature of a record. */
export function verifyingMicroseconds(count: number): number {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(owner.publicKey).toString('base64url') }, format: 'jwk' })
  const signed = Array.from({ length: count }, (_, n) => {
    const record = recordOf(n)
    return { message: concatBytes(utf8('lunarx/segment-record/1\0'), encodeBytes(record)), signature: sign(record).signature }
  })
  const before = cpuSeconds()
  for (const { message, signature } of signed) if (!verify(null, message, key, signature)) throw new Error('a signature does not verify')
  return ((cpuSeconds() - before) / count) * 1e6
}

/** Reports: what one cost the tracker. */
export interface Cost {
  readonly trackerSeconds: number
  /** Of all that the process did besides: reading, hashing and encoding for the provider above all. */
  readonly otherSeconds: number
  readonly bytes: number
  readonly messages: number
  /** The longest that the tracker took for one message. */
  readonly longestMs: number
}

export class Sides implements AsyncDisposable {
  readonly map: TrackerMap
  readonly catalog: Catalog
  readonly #stores: readonly AsyncDisposable[]
  /** Segment, as hex, → number of the set. */
  readonly #numbers = new Map<string, number>()
  readonly #clock = new SystemClock()
  readonly #log = pinoLog({ level: 'error' })
  #round = 0
  #cost: Cost = NOTHING

  private constructor(map: TrackerMap, catalog: Catalog, stores: readonly AsyncDisposable[]) {
    this.map = map
    this.catalog = catalog
    this.#stores = stores
  }

  static async open(mapFile: string, catalogFile: string): Promise<Sides> {
    const [mapStore, index] = [new SqliteStore(mapFile), new SqliteStore(catalogFile)]
    const { scanEntries } = TRACKER_LIMITS
    const map = await openMap({ network: 'net', openStore: async () => mapStore, scanEntries, onChange: () => undefined })
    const catalog = new Catalog(index, new Capacity(Number.MAX_SAFE_INTEGER), 'net')
    await catalog.open()
    await catalog.count()
    return new Sides(map, catalog, [mapStore, index])
  }

  /** The provider gets shard 0 of these sets. @param known the tracker knows their records too */
  async hold(from: number, until: number, known: boolean): Promise<void> {
    const SETS = 2_000
    for (let at = from; at < until; at += SETS) {
      const news = Array.from({ length: Math.min(SETS, until - at) }, (_, i) => {
        const record = recordOf(at + i)
        const document = { body: encodeBytes(record), signature: new Uint8Array(64) }
        return { id: documentId(SEGMENT_RECORD, document, crypto), record, document }
      })
      if (known) await this.map.records.learn(news, { isCommitted: true })
      else for (const { id, record } of news) this.#numbers.set(hexOf(id), record.createdMs)
      await Promise.all(news.map(({ id }) => this.catalog.add({ segment: id, index: 0 }, { owner: id, shardBytes: 1_048_576 })))
    }
  }

  /** Compares everything. @throws {Error} the tracker did not take it all */
  async report(): Promise<Cost> {
    this.#cost = NOTHING
    const before = cpuSeconds()
    const isWhole = await compareAll({
      network: 'bench',
      self: peer,
      catalog: this.catalog,
      store: { open: (key: { readonly segment: Uint8Array }) => this.#open(key.segment) } as unknown as ShardStore,
      crypto,
      log: this.#log,
      peers: {
        ask: (_: unknown, exchange: Exchange<unknown, unknown>, question: unknown) => this.#ask(exchange, question),
      } as unknown as Peers,
      clock: this.#clock,
      incarnation: 'bench',
      round: ++this.#round,
      sizes: PROVIDER_LIMITS.comparison,
      tracker: { host: 'tracker', controlPort: 1, dataPort: 2 },
      signal: new AbortController().signal,
    })
    if (!isWhole) throw new Error('the tracker did not take the report')
    return { ...this.#cost, otherSeconds: cpuSeconds() - before - this.#cost.trackerSeconds }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) await store[Symbol.asyncDispose]()
  }

  /** As a shard file would have it: the record, signed. */
  async #open(segment: Uint8Array) {
    const record = recordOf(this.#numbers.get(hexOf(segment)) ?? 0)
    return { record, document: sign(record), [Symbol.asyncDispose]: async () => undefined }
  }

  async #ask({ name, question: schema }: Exchange<unknown, unknown>, question: unknown) {
    const sent = encodeBytes(question)
    const [before, began] = [cpuSeconds(), performance.now()]
    const answer = await this.#answer(name, parseBytes(schema, sent))
    const answered = encodeBytes(answer)
    const { trackerSeconds, otherSeconds, bytes, messages, longestMs } = this.#cost
    this.#cost = {
      trackerSeconds: trackerSeconds + cpuSeconds() - before,
      otherSeconds,
      bytes: bytes + sent.length + answered.length,
      messages: messages + 1,
      longestMs: Math.max(longestMs, performance.now() - began),
    }
    return { answer, body: (async function* () {})() }
  }

  #answer(name: string, question: unknown): unknown {
    const ring = { isOwner: () => true }
    const deps = {
      network: 'bench',
      crypto,
      map: this.map,
      ring,
      log: this.#log,
      ends: { isEnded: () => false },
      limits: TRACKER_LIMITS,
    } as unknown as AnswerDeps
    const asked = { session: { peer, credential: { role: 'provider' } } } as unknown as Parameters<typeof answerInventory>[1]
    if (name === compareInventory.name) return answerCompareInventory(question as never, asked, deps)
    if (name === inventory.name) return answerInventory(question as never, asked, deps)
    if (name === teach.name) return answerTeach(question as never, asked, deps)
    throw new Error(`nobody answers ${name}`)
  }
}

type AnswerDeps = Parameters<typeof answerInventory>[2]
const NOTHING: Cost = { trackerSeconds: 0, otherSeconds: 0, bytes: 0, messages: 0, longestMs: 0 }
