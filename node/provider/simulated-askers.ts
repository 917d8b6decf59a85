/**
 * Peers that ask a provider, and a tracker that hears its reports: for the tests beside, on a simulated clock or on the machine's.
 *
 * @module
 */
import {
  GRANT,
  READ_REQUEST,
  SEGMENT_RECORD,
  TOMBSTONE,
  documentId,
  signDocument,
  type Grant,
  type SegmentRecord,
  type SignedDocument,
} from '@lunarx/core/document'
import { unpackShardKeys } from '@lunarx/core/inventory'
import { issueCredential, type NetworkConfig } from '@lunarx/core/membership'
import { address } from '@lunarx/core/merkle'
import { hexOf, utf8, type Role } from '@lunarx/core/model'
import { identityOf } from '@lunarx/net/identity'
import type { Body, Peers } from '@lunarx/net/peers'
import { SimulatedNetwork } from '@lunarx/net/simulated'
import type { Clock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { SeededRandom } from '@lunarx/runtime/random'
import {
  compareInventory,
  confirm,
  discard,
  heartbeat,
  errorOf,
  hold,
  inventory,
  NO_DRAIN,
  retrieve,
  store,
  storeProgress,
  teach,
  type AnswerOf,
  type QuestionOf,
} from '@lunarx/wire'

const YEAR_MS = 365 * 86_400_000
const networkKey = crypto.signKey(crypto.sha256(utf8('network')))
export const owner = crypto.signKey(crypto.sha256(utf8('owner')))
export const readKey = crypto.signKey(crypto.sha256(utf8('read key')))

/** A set whose first shard has these bytes; the others are only named. */
export interface TestSet {
  readonly bytes: Uint8Array
  readonly record: SegmentRecord
  readonly document: SignedDocument
  readonly segment: Uint8Array
}

export class Askers<C extends Clock> {
  readonly clock: C
  readonly random: SeededRandom
  readonly trace: Trace
  readonly network: SimulatedNetwork
  readonly client: Peers
  readonly tracker: Peers
  readonly config: NetworkConfig
  /** What the tracker was told, and what it answers. */
  readonly heard = {
    beats: [] as QuestionOf<typeof heartbeat>[],
    pages: [] as QuestionOf<typeof inventory>[],
    records: [] as SignedDocument[],
  }
  known = -1
  drain = NO_DRAIN
  tombstones: SignedDocument[] = []
  readonly #clockOf: () => Clock

  /** @param clockOf the clock of one more machine */
  constructor(seed: number | string, clock: C, clockOf: () => Clock) {
    this.clock = clock
    this.#clockOf = clockOf
    this.random = new SeededRandom(seed)
    this.trace = new Trace(clock)
    const network = { network: 'net', networkKey: hexOf(networkKey.publicKey) }
    this.network = new SimulatedNetwork({
      ...network,
      clock: this.clock,
      random: this.random.fork('network'),
      trace: this.trace,
      onDefect: (where, error) => {
        throw new Error(`defect in ${where}`, { cause: error })
      },
    })
    this.config = {
      ...network,
      trackers: [{ host: 'tracker', controlPort: 1, dataPort: 2, peer: identityOf(crypto.sha256(utf8('tracker')), crypto).peer }],
      classes: [{ name: 'c', required: 4, parity: 2, survive: 1, inlineBytes: 65_536, versions: 1 }],
      defaultClass: 'c',
      domainKey: 'zone',
      survive: 1,
      detection: { heartbeatMs: 2_000, suspectMs: 15_000, lostMs: 60_000 },
      repair: { rebuildAfterMs: 60_000, bytesPerSecond: 1e6 },
    }
    this.client = this.join('client', 'client')
    this.tracker = this.join('tracker', 'tracker')
    this.#answerReports()
  }

  join(host: string, role: Role, clock = this.#clockOf()) {
    const identity = identityOf(crypto.sha256(utf8(host)), crypto)
    const credential = { network: 'net', peer: identity.peer, role, name: host, domains: {}, issuedMs: 0, expiresMs: clock.now() + YEAR_MS }
    const document = issueCredential(credential, networkKey)
    const platform = { clock, crypto, log: this.trace.log(host), metrics: new RecordedMetrics() }
    return this.network.join({ host, identity, credential: () => document }, platform)
  }

  /** A set of its own for every name; its shards 0 and 1 have the same bytes. */
  makeSet(name: string, sizeBytes: number, by = owner): TestSet {
    const bytes = new SeededRandom(name).bytes(sizeBytes)
    const others = Array.from({ length: 4 }, (_, n) => crypto.sha256(utf8(`${name} ${n}`)))
    const record: SegmentRecord = {
      network: 'net',
      owner: by.publicKey,
      className: 'c',
      required: 4,
      parity: 2,
      survive: 1,
      shardBytes: sizeBytes,
      salt: crypto.sha256(utf8(name)).subarray(0, 16),
      birthRound: 0,
      readKey: readKey.publicKey,
      addresses: [address(bytes, crypto), address(bytes, crypto), ...others],
      createdMs: 1,
    }
    const document = signDocument(SEGMENT_RECORD, record, by)
    return { bytes, record, document, segment: documentId(SEGMENT_RECORD, document, crypto) }
  }

  async hold(set: TestSet, { client = this.client, index = 0, expiresMs = this.clock.now() + 600_000 } = {}): Promise<SignedDocument> {
    const shard = {
      client: client.self,
      owner: set.record.owner,
      segment: set.segment,
      index,
      address: present(set.record.addresses[index]),
      sizeBytes: set.record.shardBytes,
      expiresMs,
    }
    const [held] = (await this.tracker.ask(PROVIDER, hold, { shards: [shard] })).answer.held
    if (!held || 'refusal' in held) throw held ? errorOf(held.refusal) : new Error('the provider left out a shard')
    return held.key
  }

  async store(
    set: TestSet,
    key: SignedDocument,
    { offset = 0, bytes = set.bytes, record = set.document, client = this.client } = {},
  ): Promise<SignedDocument> {
    return (await client.ask(PROVIDER, store, { key, record, offset }, { body: chunks(bytes.subarray(offset)) })).answer.receipt
  }

  async progress(key: SignedDocument, client = this.client): Promise<AnswerOf<typeof storeProgress>> {
    return (await client.ask(PROVIDER, storeProgress, { key })).answer
  }

  async put(name: string, sizeBytes: number): Promise<TestSet> {
    const set = this.makeSet(name, sizeBytes)
    await this.store(set, await this.hold(set))
    return set
  }

  async isHeld(set: TestSet): Promise<boolean> {
    const { answer } = await this.tracker.ask(PROVIDER, confirm, { shards: [{ segment: set.segment, index: 0 }] })
    return answer.held[0] === true
  }

  /** With an authority of its own making, signed by the read key, unless another is given. */
  async retrieve(set: TestSet, { offset = 0, length = 0, asker = this.client, authority = this.request(set, asker) } = {}) {
    const { answer, body } = await asker.ask(PROVIDER, retrieve, { segment: set.segment, index: 0, offset, length, authority })
    const parts: Uint8Array[] = []
    for await (const part of body) parts.push(part.slice())
    return { answer, bytes: Uint8Array.from(Buffer.concat(parts)) }
  }

  request(set: TestSet, reader: Peers, { index = 0, expiresMs = this.clock.now() + 60_000, key = readKey } = {}): Authority {
    return { kind: 'reader', request: signDocument(READ_REQUEST, { segment: set.segment, index, reader: reader.self, expiresMs }, key) }
  }

  /** Signed with the peer key of `by`. */
  grant(set: TestSet, reader: Peers, by: 'tracker' | 'client', purpose: Grant['purpose'] = 'repair') {
    const { signKey, peer } = identityOf(crypto.sha256(utf8(by)), crypto)
    const grant = {
      segment: set.segment,
      index: 0,
      reader: reader.self,
      expiresMs: this.clock.now() + 60_000,
      tracker: peer,
      purpose,
    }
    return { kind: 'grant' as const, grant: signDocument(GRANT, grant, signKey) }
  }

  tombstone(set: TestSet, by = owner): SignedDocument {
    return signDocument(TOMBSTONE, { network: 'net', owner: by.publicKey, segment: set.segment, deletedMs: 2 }, by)
  }

  async discard(...tombstones: SignedDocument[]): Promise<number> {
    return (await this.tracker.ask(PROVIDER, discard, { tombstones })).answer.removed
  }

  /** Used and reserved bytes as the next heartbeat reports them. */
  async room(): Promise<{ usedBytes: number; reservedBytes: number; shards: number }> {
    const seen = this.heard.beats.length
    while (this.heard.beats.length < seen + 1) await this.clock.sleep(100)
    const { usedBytes, reservedBytes, shards } = present(this.heard.beats.at(-1))
    return { usedBytes, reservedBytes, shards }
  }

  #answerReports(): void {
    this.tracker.answer(heartbeat, async (beat) => {
      this.heard.beats.push(beat)
      return { epoch: 0, inventorySequence: this.known, drain: this.drain, challenges: [] }
    })
    this.tracker.answer(inventory, async (page) => {
      this.heard.pages.push(page)
      if (page.sequence !== null) this.known = page.sequence
      const unknown = unpackShardKeys(page.held).map(({ segment }) => segment)
      return { taken: true, next: null, unknown, tombstones: this.tombstones }
    })
    this.tracker.answer(compareInventory, async ({ ranges }) => ({
      compared: ranges.length,
      differing: ranges.map((_, at) => ({ at, shards: 0 })),
    }))
    this.tracker.answer(teach, async ({ records }) => {
      this.heard.records.push(...records)
      return { accepted: records.length }
    })
  }
}

type Authority = QuestionOf<typeof retrieve>['authority']
export const PROVIDER = { host: 'provider', controlPort: 1, dataPort: 2 }

export async function* chunks(bytes: Uint8Array, chunkBytes = 10_000): Body & AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.slice(at, at + chunkBytes)
}

/** What a test knows to be there. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the test expected something to be there')
  return value
}
