/**
 * Convictions of tickets that are kept, whoever found them. Durable, and bounded by tracker and owner (room.ts), so that nobody's can push out
 * another's: what is kept stays for its time, and more of the same proves no more.
 *
 * c ‖ time, 8 bytes ‖ id → conviction.
 *
 * @module
 */
import {
  convictionId,
  decodeAnyEvidence,
  encodeConviction,
  SWEEP_CHALLENGE,
  TICKET,
  type Convicted,
  type TicketConviction,
} from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentId, readDocument, SEGMENT_RECORD } from '@lunarx/core/document'
import { concatBytes, hexOf, utf8 } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { TRACKER_LIMITS } from '../../limits.ts'
import { hasRoomFor, isRecent, type KeptConviction } from './room.ts'

const CONVICTED = utf8('c')
const AFTER = utf8('d')
const TIME_BYTES = 8
/** Read at a time when a tracker starts: a conviction may be a quarter of a mebibyte. */
const PAGE = 16

export interface KeptConvictionsDeps {
  readonly store: KeyValueStore
  readonly clock: Clock
  readonly crypto: CryptoEngine
}

interface Kept {
  readonly key: Uint8Array
  readonly about: KeptConviction
}

export class KeptConvictions {
  readonly #deps: KeptConvictionsDeps
  /** By id as hex, oldest first. */
  readonly #kept = new Map<string, Kept>()

  private constructor(deps: KeptConvictionsDeps) {
    this.#deps = deps
  }

  /** @throws {LunarError} STORE_FAILED */
  static async open(deps: KeptConvictionsDeps): Promise<KeptConvictions> {
    const kept = new KeptConvictions(deps)
    let from = CONVICTED
    for (;;) {
      const page = await deps.store.scan({ from, until: AFTER, limit: PAGE })
      for (const { key, value } of page) {
        const keptMs = Number(new DataView(key.buffer, key.byteOffset).getBigUint64(CONVICTED.length))
        const about = aboutOf(value, keptMs, deps.crypto)
        if (about) kept.#kept.set(hexOf(about.id), { key, about })
      }
      const last = page.at(-1)
      if (!last || page.length < PAGE) break
      from = concatBytes(last.key, new Uint8Array(1))
    }
    await kept.forgetOld()
    return kept
  }

  get size(): number {
    return this.#kept.size
  }

  get ids(): Uint8Array[] {
    return [...this.#kept.values()].map(({ about }) => about.id)
  }

  /** Newest first. */
  list(): KeptConviction[] {
    return [...this.#kept.values()].map(({ about }) => about).reverse()
  }

  has(id: Uint8Array): boolean {
    return this.#kept.has(hexOf(id))
  }

  /** As `lunarx verify` takes it. */
  async read(id: Uint8Array): Promise<Uint8Array | undefined> {
    const kept = this.#kept.get(hexOf(id))
    return kept && (await this.#deps.store.get(kept.key))
  }

  /** Undefined: it is not kept here. */
  async conviction(id: Uint8Array): Promise<TicketConviction | undefined> {
    const bytes = await this.read(id)
    const evidence = bytes && decodeAnyEvidence(bytes)
    return evidence?.kind === 'ticket' ? evidence.conviction : undefined
  }

  /** True if it says something that those kept do not, lately, and there is room for it. @param quorum trackers that do not all lie */
  takes(convicted: Convicted, quorum: number): boolean {
    const isNew = !this.has(convicted.id) && isRecent(convicted, this.#deps.clock.now())
    return isNew && hasRoomFor(convicted, this.list(), quorum)
  }

  /**
   * One that was judged. Durable when it resolves.
   * @returns false: it says nothing new, is older than they are kept, or there is no room for it
   */
  async keep(conviction: TicketConviction, { kind, ...convicted }: Convicted, quorum: number): Promise<boolean> {
    const { store, clock } = this.#deps
    if (!this.takes({ kind, ...convicted }, quorum)) return false
    const keptMs = Math.max(0, Math.floor(clock.now()))
    const time = new Uint8Array(TIME_BYTES)
    new DataView(time.buffer).setBigUint64(0, BigInt(keptMs))
    const key = concatBytes(CONVICTED, time, convicted.id)
    const name = hexOf(convicted.id)
    this.#kept.set(name, { key, about: { ...convicted, keptMs } }) // at once: another of the same would find room meanwhile
    try {
      await store.write([{ put: key, value: encodeConviction(conviction) }])
    } catch (error) {
      this.#kept.delete(name)
      throw error
    }
    return true
  }

  /** Drops those that were asked, or taken, longer ago than they are kept. */
  async forgetOld(): Promise<void> {
    const { store, clock } = this.#deps
    const isOld = ({ askedMs, keptMs }: KeptConviction): boolean =>
      clock.now() - Math.min(askedMs, keptMs) > TRACKER_LIMITS.audit.convictionMs
    const old = [...this.#kept].filter(([, { about }]) => isOld(about))
    if (old.length === 0) return
    await store.write(old.map(([, { key }]) => ({ remove: key })))
    for (const [name] of old) this.#kept.delete(name)
  }
}

/** What a conviction that was judged before it was kept says. Undefined: it is of another kind. @throws {LunarError} BAD_MESSAGE */
function aboutOf(bytes: Uint8Array, keptMs: number, crypto: CryptoEngine): KeptConviction | undefined {
  const evidence = decodeAnyEvidence(bytes)
  if (evidence.kind !== 'ticket') return undefined
  const { conviction } = evidence
  const { tracker, slot, round } = readDocument(TICKET, conviction.ticket)
  const { provider, askedMs } = readDocument(SWEEP_CHALLENGE, conviction.challenge)
  const record = conviction.leaves[0]?.record
  return {
    cause: record ? 'leaf' : 'opening',
    tracker,
    slot,
    round,
    provider,
    segment: record ? documentId(SEGMENT_RECORD, record, crypto) : null,
    owner: record ? readDocument(SEGMENT_RECORD, record).owner : null,
    askedMs,
    id: convictionId(conviction, crypto),
    keptMs,
  }
}
