/**
 * One attempt at a put, from its first set to its name: goes on where an earlier one stopped, and leaves things in order however it
 * ends.
 *
 * - A failure that may pass, a kill, a client that is closed: the journal stays, the next put of the name goes on.
 * - An abort, a failure that will not pass: reservations are given back, sets buried, the journal goes.
 *
 * @module
 */
import { keyCommitment, type Suite } from '@lunarx/core/crypto'
import { LEASE } from '@lunarx/core/document'
import { equalBytes, LunarError, type ErasureClass } from '@lunarx/core/model'
import { allVersions, type Names } from '../names/index.ts'
import { buryAll, giveUp, type GiveUpDeps } from './give-up.ts'
import { fingerprintOf, superseded, type Journal, type JournalLease, type Journals } from './journal/index.ts'
import { release, type ReleaseDeps } from './release.ts'
import { Upload, type UploadDeps } from './upload.ts'

/** What is there of an earlier put. */
export interface Resumption {
  /** Segments that it had stored; they are sent again only where the source has changed. */
  readonly storedSegments: number
  /** Bytes of every segment but the last. */
  readonly segmentBytes: number
}

export interface AttemptOptions {
  readonly name: string
  readonly erasureClass: ErasureClass
  readonly suite: Suite
  /** Plaintext of every segment but the last. */
  readonly segmentBytes: number
  /** Holders of a set that must confirm. */
  readonly needed: number
  readonly isResumable: boolean
  readonly onResume: (found: Resumption) => void
  readonly signal: AbortSignal
}

export type AttemptDeps = UploadDeps &
  GiveUpDeps &
  ReleaseDeps & {
    readonly journals: Journals
    readonly names: Names
  }

/** Nodes of the manifest are bound to numbers from here on. */
const FIRST_NODE_INDEX = 2 ** 28

export class Attempt implements AsyncDisposable {
  readonly #options: AttemptOptions
  readonly #deps: AttemptDeps
  readonly #lease: JournalLease | undefined
  #journal: Journal | undefined
  #upload: Upload | undefined
  /** That the name may stand for sets of this put, as far as this process did it. */
  isNaming = false

  constructor(options: AttemptOptions, deps: AttemptDeps) {
    this.#options = options
    this.#deps = deps
    this.#lease = options.isResumable ? deps.journals.lease(options.name) : undefined
  }

  /** The sets of the object; called when the first has to be sealed. */
  async begin(): Promise<Upload> {
    const { erasureClass, suite, needed, signal, onResume } = this.#options
    this.#journal = await this.#openJournal()
    const { dataKey, segmentBytes } = this.#journal?.state.begun ?? { ...this.#plan(), dataKey: this.#deps.random.bytes(32) }
    const copies = erasureClass.copies?.length ?? 0
    this.#upload = new Upload({ plan: { erasureClass, suite, dataKey }, copies, journal: this.#journal, needed, signal }, this.#deps)
    const sets = [...(this.#journal?.state.sets.values() ?? [])]
    const storedSets = sets.filter(({ stored, sealIndex }) => stored && sealIndex < FIRST_NODE_INDEX).length
    const storedSegments = Math.floor(storedSets / this.#upload.setsPerSegment)
    if (sets.length > 0) onResume({ storedSegments, segmentBytes })
    return this.#upload
  }

  /** The object has no sets, so that an earlier put of the name was of another one. */
  async beginInline(): Promise<void> {
    if (!this.#lease || (await this.#deps.journals.isEmpty())) return
    for (const journal of await this.#lease.left()) await giveUp(journal, this.#deps)
  }

  /**
   * After the last set, before the name is written: its sets are kept, while what the name stands for is looked up.
   * @throws {LunarError} SUPERSEDED, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_HOLDERS, TOMBSTONED, PEER_UNREACHABLE
   */
  async beforeNaming(): Promise<void> {
    const { names, crypto } = this.#deps
    const keeping = this.#upload?.keepAll()
    if (!this.#journal) return await keeping
    const [now] = await Promise.all([names.lookUp(this.#options.name, this.#options.signal), keeping])
    await this.#journal.naming(fingerprintOf(allVersions(now), crypto))
  }

  /**
   * The first replica is about to be told: from now on the name may stand for the sets. It may have had to wait for this long.
   * @throws {LunarError} TIMEOUT: then they are to be kept again first
   */
  onNaming(): void {
    this.#upload?.assertKept()
    this.isNaming = true
  }

  /** The name is written. */
  async succeeded(): Promise<void> {
    const journal = this.#journal
    if (!journal) return
    const leftOver = this.#upload?.leftOver ?? []
    try {
      if (!journal.state.namedOver) await buryAll(leftOver, journal.state.begun.owner, this.#deps)
    } catch (error) {
      this.#deps.log.warn('sets that a changed source left over are not buried', { sets: leftOver.length, error })
    }
    await journal.remove()
  }

  /** @returns the error to throw in place of this one */
  async failed(error: unknown): Promise<unknown> {
    const { signal } = this.#options
    const isOver = signal.aborted || !(error instanceof LunarError && error.retryable)
    const journal = this.#journal
    if (journal && !(await journal.isMine())) return superseded(error)
    const isKept = this.#deps.lifetime.aborted || this.isNaming || journal?.state.namedOver || (journal && !isOver)
    if (isKept) return error
    await release(this.#upload?.reserved ?? [], this.#deps)
    try {
      await buryAll(this.#upload?.attempted ?? [], this.#deps.keys.identity.publicKey, this.#deps)
      await journal?.remove()
    } catch (cause) {
      this.#deps.log.warn('sets of a put that failed are not buried', { error: cause })
    }
    return error
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#journal?.close()
    this.#lease?.[Symbol.dispose]()
  }

  /** That of an earlier put if it can be gone on with, or a new one; undefined where none can be kept. */
  async #openJournal(): Promise<Journal | undefined> {
    if (!this.#lease) return undefined
    try {
      let found: Journal | undefined
      for (const journal of await this.#lease.left())
        if (!found && (await this.#goesOn(journal))) found = journal
        else await giveUp(journal, this.#deps)
      return found ?? (await this.#lease.begin({ ...this.#plan(), dataKey: this.#deps.random.bytes(32) }))
    } catch (error) {
      this.#options.signal.throwIfAborted()
      if (!(error instanceof LunarError) || error.code === 'NOT_ENOUGH_REPLICAS') throw error
      this.#deps.log.warn('this put could not be resumed: no journal can be kept', { error })
      return undefined
    }
  }

  #plan() {
    const { erasureClass, suite, segmentBytes } = this.#options
    const { name: className, required, parity, copies } = erasureClass
    const owner = this.#deps.keys.identity.publicKey
    return { owner, className, required, parity, suite, segmentBytes, ...(copies ? { copies: copies.length } : {}) }
  }

  /**
   * True if the object is to be sealed in the same way, and nobody has written the name since that put may have: else its sets may
   * have been replaced already, and be about to go. What is so old that its sets may be about to be freed is begun anew.
   */
  async #goesOn({ state }: Journal): Promise<boolean> {
    const { begun, namedOver } = state
    if (this.#deps.clock.now() - state.lastMs > LEASE.renewUntilMs) return false
    const plan = this.#plan()
    const isSame =
      equalBytes(begun.owner, plan.owner) &&
      (['className', 'required', 'parity', 'suite', 'segmentBytes', 'copies'] as const).every((field) => begun[field] === plan[field])
    if (!isSame || !namedOver) return isSame
    const { names, crypto } = this.#deps
    const now = allVersions(await names.lookUp(this.#options.name, this.#options.signal))
    const commitment = keyCommitment(begun.dataKey, crypto)
    const isNamed = now.some(({ content }) => content.kind === 'sets' && equalBytes(content.keyCommitment, commitment))
    return isNamed || equalBytes(fingerprintOf(now, crypto), namedOver)
  }
}
