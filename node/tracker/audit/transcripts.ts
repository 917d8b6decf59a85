/**
 * Transcripts that are kept: the newest of those that proved something to somebody's harm, and a few of the others. Anyone of the
 * network may read them (admin API) and judge them again (`lunarx verify`).
 *
 * t ‖ kind ‖ time, 8 bytes ‖ id → transcript. Bounded: the oldest of a kind go.
 *
 * @module
 */
import {
  encodeRowTranscript,
  encodeTranscript,
  rowTranscriptId,
  transcriptId,
  type RowTranscript,
  type Transcript,
  type VerdictWord,
} from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { PeerId } from '@lunarx/core/membership'
import { concatBytes, hexOf, utf8 } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { TRACKER_LIMITS } from '../limits.ts'
import { aboutOf } from './about.ts'

const KINDS = { proved: 'p', other: 'o' } as const
const HEAD_BYTES = 2 + 8

export interface KeptTranscript {
  /** 32 bytes. */
  readonly id: Uint8Array
  readonly keptMs: number
  readonly provider: PeerId
  readonly verdict: VerdictWord
}

export interface TranscriptsDeps {
  readonly store: KeyValueStore
  readonly clock: Clock
  readonly crypto: CryptoEngine
}

interface Kept extends KeptTranscript {
  readonly key: Uint8Array
}

export class Transcripts {
  readonly #deps: TranscriptsDeps
  /** By id as hex, oldest first. */
  readonly #kept = { proved: new Map<string, Kept>(), other: new Map<string, Kept>() }

  private constructor(deps: TranscriptsDeps) {
    this.#deps = deps
  }

  static async open(deps: TranscriptsDeps): Promise<Transcripts> {
    const transcripts = new Transcripts(deps)
    const limit = TRACKER_LIMITS.audit.transcripts + TRACKER_LIMITS.audit.provedTranscripts + 1
    for (const { key, value } of await deps.store.scan({ from: utf8('t'), until: utf8('u'), limit })) {
      const keptMs = Number(new DataView(key.buffer, key.byteOffset).getBigUint64(2))
      const found = aboutOf(value)
      if (found) transcripts.#note({ key, id: key.slice(HEAD_BYTES), keptMs, ...found })
    }
    return transcripts
  }

  has(id: Uint8Array): boolean {
    const hex = hexOf(id)
    return this.#kept.other.has(hex) || this.#kept.proved.has(hex)
  }

  /** Newest first. */
  list(): KeptTranscript[] {
    return [...this.#kept.other.values(), ...this.#kept.proved.values()].sort((a, b) => b.keptMs - a.keptMs)
  }

  /** As `lunarx verify` takes it. */
  async read(id: Uint8Array): Promise<Uint8Array | undefined> {
    const hex = hexOf(id)
    const kept = this.#kept.other.get(hex) ?? this.#kept.proved.get(hex)
    return kept && (await this.#deps.store.get(kept.key))
  }

  /** Durable when it resolves. Returns its id. */
  async keep(transcript: Transcript, verdict: VerdictWord, provider: PeerId): Promise<Uint8Array> {
    const id = transcriptId(transcript, this.#deps.crypto)
    await this.#keep(id, encodeTranscript(transcript), verdict, provider)
    return id
  }

  /** Durable when it resolves; left out where it is longer than what is kept. */
  async keepRow(transcript: RowTranscript, verdict: VerdictWord, provider: PeerId): Promise<void> {
    const bytes = encodeRowTranscript(transcript)
    if (bytes.length > TRACKER_LIMITS.audit.keptTranscriptBytes) return
    await this.#keep(rowTranscriptId(transcript, this.#deps.crypto), bytes, verdict, provider)
  }

  async #keep(id: Uint8Array, bytes: Uint8Array, verdict: VerdictWord, provider: PeerId): Promise<void> {
    const { store, clock } = this.#deps
    if (this.has(id)) return
    const keptMs = Math.max(0, Math.floor(clock.now()))
    const time = new Uint8Array(8)
    new DataView(time.buffer).setBigUint64(0, BigInt(keptMs))
    const key = concatBytes(utf8(`t${verdict === 'proved' ? KINDS.proved : KINDS.other}`), time, id)
    const dropped = this.#note({ key, id, keptMs, provider, verdict })
    await store.write([{ put: key, value: bytes }, ...dropped.map((remove) => ({ remove }))])
  }

  /** @returns keys of those that are one too many */
  #note(kept: Kept): Uint8Array[] {
    const isProved = kept.verdict === 'proved'
    const limit = isProved ? TRACKER_LIMITS.audit.provedTranscripts : TRACKER_LIMITS.audit.transcripts
    const those = isProved ? this.#kept.proved : this.#kept.other
    those.set(hexOf(kept.id), kept)
    const dropped: Uint8Array[] = []
    for (const [hex, { key }] of those) {
      if (those.size <= limit) break
      those.delete(hex)
      dropped.push(key)
    }
    return dropped
  }
}
