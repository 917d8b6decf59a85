/**
 * Slot keys that owners dealt to this tracker: where the watermarks of its slots are, and what they are. Secret: they are told to nobody,
 * and a tracker that loses them gets them again from the owner's client; until then the owner's sets are asked for leaves only.
 *
 * k ‖ owner ‖ slot → SLOT_KEYS, signed by the owner.
 *
 * @module
 */
import { SLOT_KEYS, type SlotKeysDealt } from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { encodeBytes, openDocument, parseBytes, readDocument, signedDocument, type SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { concatBytes, hexOf, LIMITS, LunarError, utf8 } from '@lunarx/core/model'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { TRACKER_LIMITS } from '../../limits.ts'

const KEYS = utf8('k')
const AFTER_KEYS = utf8('l')

export interface SlotKeysDeps {
  readonly network: string
  readonly self: PeerId
  readonly store: KeyValueStore
  readonly crypto: CryptoEngine
  /** Trackers by slot, of the epoch in force. */
  readonly trackerSlots: () => readonly PeerId[]
  /** True for owners of whom a set is known. */
  readonly isOwner: (owner: Uint8Array) => boolean
}

export interface WantedKeys {
  readonly owner: Uint8Array
  readonly slot: number
}

export class SlotKeys {
  readonly #deps: SlotKeysDeps
  readonly #dealt = new Map<string, SlotKeysDealt>()
  /** Owners of whom no set is known here, and one was shown with its owners on the ring. Lost with the process: keys that were dealt stay. */
  readonly #shown = new Set<string>()

  private constructor(deps: SlotKeysDeps) {
    this.#deps = deps
  }

  static async open(deps: SlotKeysDeps): Promise<SlotKeys> {
    const keys = new SlotKeys(deps)
    for (const { value } of await deps.store.scan({ from: KEYS, until: AFTER_KEYS, limit: TRACKER_LIMITS.audit.slotKeys }))
      keys.#note(readDocument(SLOT_KEYS, parseBytes(signedDocument, value)))
    return keys
  }

  /** Slots that this tracker sits on, ascending. */
  get slots(): number[] {
    return this.#deps.trackerSlots().flatMap((tracker, slot) => (tracker === this.#deps.self ? [slot] : []))
  }

  of(owner: Uint8Array, slot: number): SlotKeysDealt | undefined {
    return this.#dealt.get(nameOf(owner, slot))
  }

  /** True for owners whose keys are taken. */
  isKnown(owner: Uint8Array): boolean {
    return this.#deps.isOwner(owner) || this.#shown.has(hexOf(owner))
  }

  /** There is a set of this owner. */
  show(owner: Uint8Array): void {
    const [oldest] = this.#shown
    if (oldest !== undefined && this.#shown.size >= TRACKER_LIMITS.audit.shownOwners) this.#shown.delete(oldest)
    this.#shown.add(hexOf(owner))
  }

  /** What of these owners is lacking here. */
  wanted(owners: readonly Uint8Array[]): WantedKeys[] {
    const { slots } = this
    return owners
      .filter((owner) => this.isKnown(owner))
      .flatMap((owner) => slots.filter((slot) => !this.of(owner, slot)).map((slot) => ({ owner, slot })))
  }

  /**
   * Takes what is wanted and for this tracker; durable when it resolves. Keys that are here already stay.
   * @returns how many were taken
   * @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, FULL
   */
  async take(documents: readonly SignedDocument[]): Promise<number> {
    const { network, self, store, crypto } = this.#deps
    const opened = documents.map((document) => ({ document, dealt: openDocument(SLOT_KEYS, document, ({ owner }) => owner, crypto) }))
    const wanted = opened.filter(
      ({ dealt }) =>
        dealt.network === network && dealt.tracker === self && this.wanted([dealt.owner]).some(({ slot }) => slot === dealt.slot),
    )
    if (wanted.length === 0) return 0
    if (this.#dealt.size + wanted.length > TRACKER_LIMITS.audit.slotKeys)
      throw new LunarError('FULL', 'this tracker keeps slot keys of as many owners as it can', {
        detail: { limit: TRACKER_LIMITS.audit.slotKeys },
      })
    await store.write(
      wanted.map(({ document, dealt: { owner, slot } }) => ({
        put: concatBytes(KEYS, owner, Uint8Array.of(slot)),
        value: encodeBytes(document),
      })),
    )
    for (const { dealt } of wanted) this.#note(dealt)
    return wanted.length
  }

  #note(dealt: SlotKeysDealt): void {
    if (dealt.slot < LIMITS.trackerSlots) this.#dealt.set(nameOf(dealt.owner, dealt.slot), dealt)
  }
}

const nameOf = (owner: Uint8Array, slot: number): string => `${hexOf(owner)} ${slot}`
