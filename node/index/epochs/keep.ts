/**
 * The last two epochs, durable, and what this member has taken over of the one before. To adopt an epoch is to leave the one
 * before it: from then on nothing of that is acknowledged, so that adopting seals what a handover will list.
 *
 * Never goes back to a lower number. Changes are made one after another.
 *
 * @module
 */
import { signedDocument, documentId, encodeBytes, parseBytes, type SignedDocument } from '@lunarx/core/document'
import { EPOCH, verifyEpoch, type Epoch } from '@lunarx/core/epoch'
import type { NetworkConfig, PeerId } from '@lunarx/core/membership'
import { equalBytes, peerId, utf8 } from '@lunarx/core/model'
import type { Platform } from '@lunarx/runtime/platform'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { z } from 'zod'
import { hasHeardAll, type Standing } from './standing.ts'

const KEY = utf8('e')

const keptSchema = z.object({
  current: signedDocument,
  previous: signedDocument.nullable(),
  isMerged: z.boolean(),
  /** This member had merged `previous` when it left it. */
  hadMerged: z.boolean(),
  /** Newest epoch that it ever merged. */
  mergedEpoch: z.number().int().min(0),
  heard: z.array(peerId),
  left: z.array(peerId),
})
type Kept = z.infer<typeof keptSchema>

export interface EpochDeps extends Pick<Platform, 'crypto' | 'log'> {
  readonly network: NetworkConfig
  readonly self: PeerId
  readonly store: KeyValueStore
}

export class EpochKeeper {
  readonly #deps: EpochDeps
  #kept: Kept | undefined
  #standing: Standing | undefined
  #last: Promise<unknown> = Promise.resolve()

  private constructor(deps: EpochDeps, kept: Kept | undefined) {
    this.#deps = deps
    this.#take(kept)
  }

  static async open(deps: EpochDeps): Promise<EpochKeeper> {
    const bytes = await deps.store.get(KEY)
    return new EpochKeeper(deps, bytes && parseBytes(keptSchema, bytes))
  }

  /** Undefined until the first epoch is known. */
  get standing(): Standing | undefined {
    return this.#standing
  }

  /** Number of the newest epoch; 0: none yet. */
  get number(): number {
    return this.#standing?.current.number ?? 0
  }

  get mergedEpoch(): number {
    return this.#kept?.mergedEpoch ?? 0
  }

  /** This member had merged the epoch before: its word counts in a handover. */
  get hadMerged(): boolean {
    return this.#kept?.hadMerged ?? false
  }

  /** The epoch before the newest is not known, and there is one. */
  get lacksPrevious(): boolean {
    return this.number > 1 && this.#standing?.previous === undefined
  }

  /** Newest first. */
  get documents(): SignedDocument[] {
    if (!this.#kept) return []
    return this.#kept.previous ? [this.#kept.current, this.#kept.previous] : [this.#kept.current]
  }

  /**
   * Takes an epoch that is newer, or the missing one before; others are left.
   * @returns true if anything changed; durable then
   * @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK; FULL, STORE_FAILED
   */
  async adopt(document: SignedDocument): Promise<boolean> {
    const epoch = verifyEpoch(document, this.#deps.network, this.#deps.crypto)
    return this.#inTurn(async () => {
      const next = this.#next(document, epoch)
      if (!next) return false
      await this.#keep(next)
      this.#deps.log.info('epoch adopted', { epoch: epoch.number, members: epoch.members.length })
      return true
    })
  }

  /** A member of the epoch before has this epoch too. */
  noteLeft(peer: PeerId, epoch: number): Promise<void> {
    return this.#note(epoch, 'left', peer)
  }

  /** A member of the epoch before has handed over, and all of it is durable here. */
  noteHeard(peer: PeerId, epoch: number): Promise<void> {
    return this.#note(epoch, 'heard', peer)
  }

  #note(epoch: number, list: 'left' | 'heard', peer: PeerId): Promise<void> {
    return this.#inTurn(async () => {
      const kept = this.#kept
      const wasMember = this.#standing?.previous?.members.some((member) => member.peer === peer)
      if (!kept || epoch !== this.number || !wasMember || kept[list].includes(peer)) return
      await this.#keep({ ...kept, [list]: [...kept[list], peer] })
    })
  }

  #next(document: SignedDocument, epoch: Epoch): Kept | undefined {
    const { self, crypto } = this.#deps
    const kept = this.#kept
    const id = documentId(EPOCH, document, crypto)
    const before = this.#standing?.current
    if (kept && before && this.lacksPrevious && epoch.number === before.number - 1 && before.previous && equalBytes(id, before.previous))
      return { ...kept, previous: document, left: epoch.members.some(({ peer }) => peer === self) ? [self] : [] }
    if (epoch.number <= this.number) return undefined

    const follows = kept !== undefined && epoch.previous !== null && equalBytes(epoch.previous, documentId(EPOCH, kept.current, crypto))
    const wasMember = follows && before?.members.some(({ peer }) => peer === self)
    const hadMerged = follows && kept.isMerged
    return {
      current: document,
      previous: follows ? kept.current : null,
      isMerged: epoch.number === 1 || !epoch.members.some(({ peer }) => peer === self),
      hadMerged,
      mergedEpoch: kept?.mergedEpoch ?? 0,
      heard: wasMember && hadMerged ? [self] : [],
      left: wasMember ? [self] : [],
    }
  }

  /** What follows from a change is decided here, then made durable, then believed. */
  async #keep(next: Kept): Promise<void> {
    const standing = this.#standingOf(next)
    const isMerged = next.isMerged || hasHeardAll(standing)
    const kept = { ...next, isMerged, mergedEpoch: isMerged ? standing.current.number : next.mergedEpoch }
    await this.#deps.store.write([{ put: KEY, value: encodeBytes(kept) }])
    this.#take(kept)
  }

  #take(kept: Kept | undefined): void {
    this.#standing = kept && this.#standingOf(kept)
    this.#kept = kept
  }

  #standingOf({ current, previous, isMerged, heard, left }: Kept): Standing {
    return {
      current: this.#epochIn(current),
      previous: previous ? this.#epochIn(previous) : undefined,
      isMerged,
      heard: new Set(heard),
      left: new Set(left),
    }
  }

  /** Most changes leave the documents as they are: these are not read again. */
  #epochIn(document: SignedDocument): Epoch {
    const { current, previous } = this.#standing ?? {}
    if (current && document === this.#kept?.current) return current
    if (previous && document === this.#kept?.previous) return previous
    return parseBytes(EPOCH.schema, document.body)
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}
