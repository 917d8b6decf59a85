/**
 * Questions that wait for a provider's next heartbeat, and the answers that come that way: the only way to a provider that this tracker
 * cannot dial.
 *
 * @module
 */
import { LEAF_ANSWER, LEAF_CHALLENGE } from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentId, readDocument, type SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import { TRACKER_LIMITS } from '../limits.ts'

interface Waiting {
  readonly challenge: SignedDocument
  readonly answered: (answer: SignedDocument) => void
}

export class HeartbeatQuestions {
  readonly #clock: Clock
  readonly #crypto: CryptoEngine
  /** For one answer. */
  readonly waitMs: number
  /** By provider, then by id of the challenge as hex. */
  readonly #waiting = new Map<PeerId, Map<string, Waiting>>()

  constructor({ clock, crypto, heartbeatMs }: { readonly clock: Clock; readonly crypto: CryptoEngine; readonly heartbeatMs: number }) {
    this.#clock = clock
    this.#crypto = crypto
    this.waitMs = TRACKER_LIMITS.audit.heartbeats * heartbeatMs
  }

  /** Undefined: no answer came within some heartbeats, or too many questions wait for this provider. Not checked. */
  async ask(provider: PeerId, challenge: SignedDocument, signal: AbortSignal): Promise<SignedDocument | undefined> {
    const waiting = this.#waiting.get(provider) ?? new Map<string, Waiting>()
    if (waiting.size >= TRACKER_LIMITS.audit.questions) return undefined
    this.#waiting.set(provider, waiting)
    const id = hexOf(documentId(LEAF_CHALLENGE, challenge, this.#crypto))
    const answer = Promise.withResolvers<SignedDocument | undefined>()
    waiting.set(id, { challenge, answered: answer.resolve })
    const over = new AbortController()
    const limit = this.#clock.sleep(this.waitMs, AbortSignal.any([signal, over.signal])).catch(() => undefined)
    try {
      return await Promise.race([answer.promise, limit.then(() => undefined)])
    } finally {
      over.abort()
      waiting.delete(id)
      if (waiting.size === 0) this.#waiting.delete(provider)
    }
  }

  /** For the answer to its heartbeat. */
  for(provider: PeerId): SignedDocument[] {
    return [...(this.#waiting.get(provider)?.values() ?? [])].map(({ challenge }) => challenge)
  }

  /** @returns false: nobody waits for it. @throws {LunarError} BAD_MESSAGE */
  submit(provider: PeerId, answer: SignedDocument): boolean {
    const waiting = this.#waiting.get(provider)?.get(hexOf(readDocument(LEAF_ANSWER, answer).challenge))
    waiting?.answered(answer)
    return waiting !== undefined
  }
}
