/**
 * Convictions of tickets that are kept, whoever found them. Durable, and bounded by tracker and owner, so that nobody's can push out
 * another's: what is kept stays, and more of the same proves no more.
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
import { concatBytes, equalBytes, hexOf, utf8 } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { TRACKER_LIMITS } from '../../limits.ts'

const CONVICTED = utf8('c')
const AFTER = utf8('d')
const TIME_BYTES = 8
/** Read at a time when a tracker starts: a conviction may be a quarter of a mebibyte. */
const PAGE = 16

export type KeptConviction = Omit<Convicted, 'kind'> & { readonly keptMs: number }

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
      if (!last || page.length < PAGE) return kept
      from = concatBytes(last.key, new Uint8Array(1))
    }
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

  /** True if it says something that those kept do not, and there is room for it. */
  hasRoomFor({ cause, tracker, owner, segment, id }: Convicted): boolean {
    const { convictions, convictionsOfTracker, convictionsOfOwner } = TRACKER_LIMITS.audit
    if (this.has(id) || this.size >= convictions) return false
    const alike = this.list().filter((one) => one.tracker === tracker && one.cause === cause)
    if (segment && alike.some((one) => one.segment && equalBytes(one.segment, segment))) return false
    const ofOwner = owner ? alike.filter((one) => one.owner && equalBytes(one.owner, owner)) : []
    return alike.length < convictionsOfTracker && ofOwner.length < convictionsOfOwner
  }

  /** One that was judged. Durable when it resolves. @returns false: it says nothing new, or there is no room for it */
  async keep(conviction: TicketConviction, { kind: _kind, ...convicted }: Convicted): Promise<boolean> {
    const { store, clock } = this.#deps
    if (!this.hasRoomFor({ kind: 'convicted', ...convicted })) return false
    const keptMs = Math.max(0, Math.floor(clock.now()))
    const time = new Uint8Array(TIME_BYTES)
    new DataView(time.buffer).setBigUint64(0, BigInt(keptMs))
    const key = concatBytes(CONVICTED, time, convicted.id)
    this.#kept.set(hexOf(convicted.id), { key, about: { ...convicted, keptMs } })
    await store.write([{ put: key, value: encodeConviction(conviction) }])
    return true
  }
}

/** What a conviction that was judged before it was kept says. Undefined: it is of another kind. @throws {LunarError} BAD_MESSAGE */
function aboutOf(bytes: Uint8Array, keptMs: number, crypto: CryptoEngine): KeptConviction | undefined {
  const evidence = decodeAnyEvidence(bytes)
  if (evidence.kind !== 'ticket') return undefined
  const { conviction } = evidence
  const { tracker, slot, round } = readDocument(TICKET, conviction.ticket)
  const { provider } = readDocument(SWEEP_CHALLENGE, conviction.challenge)
  const record = conviction.leaves[0]?.record
  return {
    cause: record ? 'leaf' : 'opening',
    tracker,
    slot,
    round,
    provider,
    segment: record ? documentId(SEGMENT_RECORD, record, crypto) : null,
    owner: record ? readDocument(SEGMENT_RECORD, record).owner : null,
    id: convictionId(conviction, crypto),
    keptMs,
  }
}
