/**
 * Shards for the benchmark of backends, and a provider's way with them: stored as `store` does it once the bytes are there, read as
 * `retrieve` answers it, signature of the reader, proof and all. Without the network.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { documentId, READ_REQUEST, SEGMENT_RECORD, signDocument, type SegmentRecord } from '@lunarx/core/document'
import { AddressHasher } from '@lunarx/core/merkle'
import { peerIdOf } from '@lunarx/core/membership'
import { utf8 } from '@lunarx/core/model'
import type { Asked } from '@lunarx/net/peers'
import type { ShardKey, ShardSeal, ShardStore } from '@lunarx/provider/store'
import { SystemClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { SqliteStore } from '@lunarx/runtime/store'
import type { QuestionOf, retrieve } from '@lunarx/wire'
import { Catalog } from '../../node/provider/catalog/index.ts'
import { GivingWay } from '../../node/provider/remove/giving-way.ts'
import { Draining } from '../../node/provider/reserve/draining.ts'
import { Capacity } from '../../node/provider/reserve/index.ts'
import { retrieveShard, type RetrieveDeps } from '../../node/provider/retrieve/index.ts'
import { Transfers } from '../../node/provider/transfers.ts'

const SHARDS = 14
const WRITE_BYTES = 1024 * 1024
const DAY_MS = 86_400_000
const owner = crypto.signKey(crypto.sha256(utf8('owner')))
const readKey = crypto.signKey(crypto.sha256(utf8('read key')))
const reader = peerIdOf(crypto.sha256(utf8('reader')))
const asked = { session: { peer: reader, credential: { role: 'client' } } } as unknown as Asked

export interface BenchShard {
  readonly key: ShardKey
  readonly bytes: Buffer<ArrayBuffer>
  readonly seal: ShardSeal
}

/** Of a 10+4 set of its own. */
export function makeShard(sizeBytes: number): BenchShard {
  const bytes = randomBytes(sizeBytes)
  const hasher = new AddressHasher(crypto)
  hasher.update(bytes)
  const address = hasher.digest()
  const record: SegmentRecord = {
    network: 'bench',
    owner: owner.publicKey,
    className: '10+4',
    required: 10,
    parity: 4,
    survive: 4,
    shardBytes: sizeBytes,
    salt: Uint8Array.from(randomBytes(16)),
    birthRound: 0,
    readKey: readKey.publicKey,
    addresses: Array.from({ length: SHARDS }, () => address),
    createdMs: 1,
  }
  const document = signDocument(SEGMENT_RECORD, record, owner)
  const key = { segment: documentId(SEGMENT_RECORD, document, crypto), index: 0 }
  return { key, bytes, seal: { sizeBytes, record: document, leafHashes: hasher.leafHashes() } }
}

/** As the holder of the set's read key asks. `length` 0: to the end. */
export function questionOf({ segment, index }: ShardKey, offset: number, length: number): QuestionOf<typeof retrieve> {
  const request = signDocument(READ_REQUEST, { segment, index, reader, expiresMs: Date.now() + DAY_MS }, readKey)
  return { segment, index, offset, length, authority: { kind: 'reader', request } }
}

export class Keeper implements AsyncDisposable {
  readonly #store: ShardStore
  readonly #catalog: Catalog
  readonly #deps: RetrieveDeps
  readonly #index: SqliteStore
  #uploads = 0

  private constructor(store: ShardStore, index: SqliteStore, catalog: Catalog) {
    this.#store = store
    this.#index = index
    this.#catalog = catalog
    this.#deps = {
      catalog,
      store,
      crypto,
      clock: new SystemClock(),
      isTracker: () => false,
      retrievedBytes: new RecordedMetrics().counter('lunarx_bench_bytes_total', 'Bytes read'),
      transfers: new Transfers(),
      draining: new Draining(3),
      givingWay: new GivingWay(),
      suspect: ({ index: shard }) => {
        throw new Error(`shard ${shard} is damaged`)
      },
    }
  }

  /** @param indexFile of SQLite, where the catalog goes */
  static async open(store: ShardStore, indexFile: string): Promise<Keeper> {
    const index = new SqliteStore(indexFile)
    const catalog = new Catalog(index, new Capacity(Number.MAX_SAFE_INTEGER), 'net')
    await catalog.open()
    await catalog.count()
    return new Keeper(store, index, catalog)
  }

  /** Upload, written in pieces as they arrive and synced; then published. */
  async put({ key, bytes, seal }: BenchShard): Promise<void> {
    const name = `upload-${++this.#uploads}`
    {
      await using upload = await this.#store.openUpload(name)
      for (let at = 0; at < bytes.length; at += WRITE_BYTES) await upload.write(bytes.subarray(at, at + WRITE_BYTES), at)
      await upload.sync()
    }
    await this.#store.publish(name, key, seal)
  }

  async enter({ key, bytes }: BenchShard): Promise<void> {
    await this.#catalog.add(key, { owner: owner.publicKey, shardBytes: bytes.length })
  }

  /** @returns bytes of the answer's body */
  async retrieve(question: QuestionOf<typeof retrieve>): Promise<number> {
    const { body } = await retrieveShard(question, asked, this.#deps)
    let bytes = 0
    for await (const chunk of body) bytes += chunk.length
    return bytes
  }

  /** As when the catalog is made anew. @returns names */
  async list(): Promise<number> {
    let names = 0
    for (let byte = 0; byte < 256; byte++) names += (await this.#store.list(byte)).length
    return names
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#index[Symbol.asyncDispose]()
  }
}
