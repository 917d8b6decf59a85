/**
 * Owners whose leases trackers say are over: what they have kept here is asked about, as if nobody had.
 *
 * One tracker's word makes this provider ask and nothing more; the owner must have signed that its lease may run out at all. In memory:
 * after a start trackers tell all of them again.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { openDocument, OWNER_LEASE, type SignedDocument } from '@lunarx/core/document'
import { hasCode, hexOf } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'
import type { AnswerOf, leases, OverPlace } from '@lunarx/wire'
import { PROVIDER_LIMITS } from '../limits.ts'

export interface LapsedOwnersDeps {
  readonly network: string
  readonly crypto: CryptoEngine
  readonly log: Log
}

export class LapsedOwners {
  readonly #deps: LapsedOwnersDeps
  readonly #owners = new Set<string>()
  /** Tracker → up to where it has told. */
  readonly #told = new Map<string, OverPlace>()

  constructor(deps: LapsedOwnersDeps) {
    this.#deps = deps
  }

  get size(): number {
    return this.#owners.size
  }

  has(owner: Uint8Array): boolean {
    return this.#owners.has(hexOf(owner))
  }

  toldBy(tracker: string): OverPlace | null {
    return this.#told.get(tracker) ?? null
  }

  /**
   * What a tracker tells; what does not verify is left out. Owners beyond the limit have to wait for a start.
   * @returns whether it told of one that was not known as lapsed
   */
  hear(tracker: string, { over, overUntil }: Pick<AnswerOf<typeof leases>, 'over' | 'overUntil'>): boolean {
    const before = this.#owners.size
    for (const document of over) {
      const owner = this.#ownerOf(document)
      if (owner && this.#owners.size < PROVIDER_LIMITS.lapsedOwners) this.#owners.add(hexOf(owner))
    }
    this.#told.set(tracker, overUntil)
    return this.#owners.size > before
  }

  /** Trackers say that its keeps count: it is asked about no more, until one tells of it again. */
  forget(owner: Uint8Array): void {
    this.#owners.delete(hexOf(owner))
  }

  #ownerOf(document: SignedDocument): Uint8Array | undefined {
    const { network, crypto, log } = this.#deps
    try {
      const lease = openDocument(OWNER_LEASE, document, ({ owner }) => owner, crypto)
      return lease.network === network && lease.periodMs !== null ? lease.owner : undefined
    } catch (error) {
      if (!hasCode(error, 'BAD_MESSAGE', 'BAD_SIGNATURE')) throw error
      log.warn('a lease that a tracker told of was refused', { error })
      return undefined
    }
  }
}
