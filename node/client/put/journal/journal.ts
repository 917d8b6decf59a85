/**
 * The journal of one put: lets the next put of the same name go on where this one was cut, whatever cut it.
 *
 * Whoever opens a journal takes it over by renaming it, so that it has one owner at a time and the one before finds out: before a name
 * is written the owner makes sure that it still is.
 *
 * @module
 */
import { encodeBytes, parseBytes } from '@lunarx/core/document'
import { hasCode, LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import { InTurn } from '@lunarx/runtime/tasks'
import { entry, type Begun, type Entry, type Sealed } from './entries.ts'
import { readLog, SealedLog, type SealedLogDeps } from './sealed-log.ts'
import { stateOf, type JournalState } from './state.ts'

export const JOURNALS = 'puts'

export interface JournalDeps extends SealedLogDeps {
  readonly clock: Clock
}

type Note<K extends Entry['kind']> = Omit<Extract<Entry, { kind: K }>, 'kind' | 'atMs'>

export class Journal {
  readonly #path: string
  readonly #log: SealedLog
  readonly #deps: JournalDeps
  readonly #turns = new InTurn()
  /** As it was when it was opened. */
  readonly state: JournalState

  private constructor(path: string, log: SealedLog, state: JournalState, deps: JournalDeps) {
    this.#path = path
    this.#log = log
    this.#deps = deps
    this.state = state
  }

  /** A new one, durable. @throws {LunarError} STORE_FAILED, FULL */
  static async begin(file: string, plan: Omit<Begun, 'kind' | 'atMs' | 'version'>, deps: JournalDeps): Promise<Journal> {
    const path = `${JOURNALS}/${file}`
    const begun: Begun = { kind: 'begun', version: 1, atMs: timeOf(deps.clock), ...plan }
    const log = await SealedLog.write(path, [encodeBytes(begun)], deps)
    return new Journal(path, log, { begun, sets: new Map(), replaced: [], namedOver: undefined, lastMs: begun.atMs }, deps)
  }

  /**
   * Takes over the journal in `from` under the name `file`; written anew, so that the owner before cannot write into it any more.
   * @returns undefined if somebody else was faster, or no plan can be read in it: then it is removed
   */
  static async take(from: string, file: string, deps: JournalDeps): Promise<Journal | undefined> {
    const path = `${JOURNALS}/${file}`
    try {
      await deps.disk.rename(`${JOURNALS}/${from}`, path)
    } catch (error) {
      if (hasCode(error, 'STORE_FAILED')) return undefined
      throw error
    }
    const entries = await readLog(path, deps)
    const state = stateOf(readable(entries), deps.crypto)
    if (state) return new Journal(path, await SealedLog.write(path, entries, deps), state, deps)
    await deps.disk.remove(path)
    return undefined
  }

  /** When its last entry was made, without taking it over; 0 if nothing can be read in it. */
  static async lastMs(file: string, deps: JournalDeps): Promise<number> {
    return stateOf(readable(await readLog(`${JOURNALS}/${file}`, deps)), deps.crypto)?.lastMs ?? 0
  }

  /** Before anything of the set leaves the client; durable, so that what is stored of it can be found again. */
  async sealed(set: Omit<Sealed, 'kind' | 'atMs'>): Promise<void> {
    await this.#append({ kind: 'sealed', ...this.#now(), ...set }, true)
  }

  async reserved(note: Note<'reserved'>): Promise<void> {
    await this.#append({ kind: 'reserved', ...this.#now(), ...note }, false)
  }

  async stored(segment: Uint8Array, held: Iterable<number>, holders: ReadonlyMap<number, PeerAddress>): Promise<void> {
    const addresses = [...holders].map(([index, address]) => ({ index, address }))
    await this.#append({ kind: 'stored', ...this.#now(), segment, held: [...held], holders: addresses }, false)
  }

  /** Durable before the name is written. @throws {LunarError} SUPERSEDED */
  async naming(before: Uint8Array): Promise<void> {
    await this.#append({ kind: 'naming', ...this.#now(), before }, true)
    if (!(await this.isMine())) throw superseded()
  }

  /** False once somebody else has taken it over. */
  async isMine(): Promise<boolean> {
    const file = await this.#deps.disk.open(this.#path, 'read')
    await file?.close()
    return file !== undefined
  }

  /** The put is over and nothing is left to be done: the file goes. */
  async remove(): Promise<void> {
    await this.close()
    if (await this.#deps.disk.remove(this.#path)) await this.#deps.disk.syncFolder(JOURNALS)
  }

  /** The file stays for the next put. */
  async close(): Promise<void> {
    await this.#turns.run('', () => this.#log.close())
  }

  async #append(note: Entry, isDurable: boolean): Promise<void> {
    await this.#turns.run('', async () => {
      await this.#log.append(encodeBytes(note))
      if (isDurable) await this.#log.sync()
    })
  }

  #now(): { readonly atMs: number } {
    return { atMs: timeOf(this.#deps.clock) }
  }
}

export const superseded = (cause?: unknown): LunarError =>
  new LunarError('SUPERSEDED', 'a later put of this name has taken this one over', { cause })

const timeOf = (clock: Clock): number => Math.floor(clock.now())

/** Up to the first that is of another format. */
function readable(entries: readonly Uint8Array[]): Entry[] {
  const notes: Entry[] = []
  for (const bytes of entries) {
    try {
      notes.push(parseBytes(entry, bytes))
    } catch (error) {
      if (hasCode(error, 'BAD_MESSAGE')) break
      throw error
    }
  }
  return notes
}
