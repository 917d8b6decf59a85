/**
 * The owner's table of names: name → manifest, as rows under keyed tokens with sealed values. Providers see neither names nor sizes.
 *
 * Two writers that did not see each other leave two heads. The newest one is what a name stands for; the others are reported and
 * kept, with their sets, until a put or delete replaces them all. A put beats a delete that has not seen it: nothing is lost.
 *
 * @module
 */
import type { OwnerKeys, TableKeys } from '@lunarx/core/keys'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { compareBytes, equalBytes, hexOf, LIMITS, LunarError } from '@lunarx/core/model'
import { nextClock, signCommit, supersedes, type RowCommit, type RowDraft, type Version } from '@lunarx/core/row'
import type { Clock } from '@lunarx/runtime/clock'
import type { Random } from '@lunarx/runtime/random'
import { checkName, decodeManifest, encodeManifest, openValue, sealValue, type Manifest, type ObjectVersion } from '../manifest/index.ts'
import type { RowClient, RowHead, RowKey } from '../rows/index.ts'
import type { KeyringRow } from './keyring.ts'
import { OwnerRows } from './owner-rows.ts'
import { rewrapVersions } from './wrapping.ts'
import { Turns } from './turns.ts'

const TABLE = 'objects'
const COLUMN = 'manifest'
/** Unacknowledged commits remembered, so that the next commit to the name replaces them if they come up. */
const MAX_UNSURE = 1_000

export interface NamesDeps {
  /** Of any generation. */
  readonly keys: OwnerKeys
  readonly keyring: KeyringRow
  readonly rowsOf: (author: Uint8Array) => RowClient
  readonly clock: Clock
  readonly random: Random
  readonly crypto: CryptoEngine
  /** Aborted when the client is closed. A commit that has begun is not given up with its caller: nobody would know how it ended. */
  readonly lifetime: AbortSignal
}

/** What a name stands for. */
export interface NamedObject {
  readonly name: string
  /** Newest first. */
  readonly versions: readonly [ObjectVersion, ...ObjectVersion[]]
  /** Versions of heads that stand beside it. */
  readonly conflicting: readonly (readonly ObjectVersion[])[]
}

/** All versions that any head of the name has. */
export const allVersions = (object: NamedObject | undefined): ObjectVersion[] =>
  object ? [...object.versions, ...object.conflicting.flat()] : []

export class Names {
  readonly #deps: NamesDeps
  readonly #table: TableKeys
  readonly #rows: OwnerRows
  readonly #writer: Uint8Array
  readonly #turns = new Turns()
  readonly #unsure = new Map<string, Version>()

  constructor(deps: NamesDeps) {
    this.#deps = deps
    this.#table = deps.keys.table(TABLE)
    this.#rows = new OwnerRows(deps)
    this.#writer = deps.random.bytes(8)
  }

  /** @throws {LunarError} BAD_NAME, NAME_NOT_FOUND, NOT_ENOUGH_REPLICAS, WRONG_KEY */
  async find(name: string, signal: AbortSignal): Promise<NamedObject> {
    const object = await this.lookUp(name, signal)
    if (!object) throw new LunarError('NAME_NOT_FOUND', 'no object of this name', { detail: { name } })
    return object
  }

  /** The same, undefined for a name that stands for nothing. */
  async lookUp(name: string, signal: AbortSignal): Promise<NamedObject | undefined> {
    checkName(name)
    return await this.#objectOf(await this.#rows.read(this.#keyOf(name), signal))
  }

  /**
   * Replaces all heads of a name by one. Commits of this client to one name take turns.
   * @param change from what stands there now to the versions that shall stand there; null deletes the name
   * @returns what stood there before
   * @throws {LunarError} OBJECT_TOO_LARGE, NOT_ENOUGH_REPLICAS, whatever `change` throws
   */
  async commit(
    name: string,
    change: (before: NamedObject | undefined) => readonly ObjectVersion[] | null,
    { signal, onWrite }: { readonly signal: AbortSignal; readonly onWrite?: () => void },
  ): Promise<NamedObject | undefined> {
    checkName(name)
    return await this.#turns.run(name, async () => {
      const heads = await this.#rows.read(this.#keyOf(name), signal)
      const before = await this.#objectOf(heads)
      const versions = change(before)
      const keys = await this.#deps.keyring.keys(signal)
      const value = versions && (await this.#seal({ version: 1, name, versions: [...versions] }, keys))
      signal.throwIfAborted()
      onWrite?.()
      await this.#write(name, heads, value, keys)
      return before
    })
  }

  /** All names, in order of nothing that means anything. */
  async *list(signal: AbortSignal): AsyncGenerator<NamedObject, void> {
    for (let after: Uint8Array | null = null; ;) {
      const { rows, next } = await this.#rows.list(this.#table.token, after, signal)
      for (const { heads } of rows) {
        const object = await this.#objectOf(heads)
        if (object) yield object
      }
      if (!next) return
      after = next
    }
  }

  /** Rows that a generation before this one has written to and that hold something there, some at a time. */
  async *rowsBefore(generation: number, atATime: number, signal: AbortSignal): AsyncGenerator<Uint8Array[], void> {
    const { keyring, rowsOf } = this.#deps
    for (const keys of await keyring.readKeys(signal)) {
      if (keys.generation >= generation) continue
      const rows = rowsOf(keys.identity.publicKey)
      for (let after: Uint8Array | null = null; ;) {
        const page = await rows.list(this.#table.token, after, signal)
        const held = page.rows.filter(({ heads }) => heads.some(({ value }) => value)).map(({ row }) => row)
        for (let at = 0; at < held.length; at += atATime) yield held.slice(at, at + atATime)
        if (!page.next) break
        after = page.next
      }
    }
  }

  /**
   * Moves what earlier generations have written to a row to the present one: first each head anew, then a delete in its old place. The
   * new heads do not see the delete nor each other, so that a move cut off in the middle, or done twice, loses nothing.
   */
  async moveRow(row: Uint8Array, signal: AbortSignal): Promise<void> {
    const key = { table: this.#table.token, row }
    const present = await this.#deps.keyring.keys(signal)
    const isOld = ({ commit }: RowHead): boolean => !equalBytes(commit.author, present.identity.publicKey)
    for (const head of await this.#rows.read(key, signal)) if (isOld(head) && head.value) await this.#moveHead(head, present, signal)
    for (const keys of await this.#deps.keyring.readKeys(signal)) {
      if (keys.generation === present.generation) continue
      const heads = await this.#deps.rowsOf(keys.identity.publicKey).read(key, signal)
      if (heads.some(({ value }) => value)) await this.#writeOver(heads, key, null, keys, this.#deps.clock.now())
    }
  }

  /** Whoever replaced the head while it was moved wins: their commit is put over the moved one. */
  async #moveHead(head: RowHead, present: OwnerKeys, signal: AbortSignal): Promise<void> {
    const { table, row, timeMs } = head.commit
    const moved = await this.#writeOver([head], { table, row }, await this.#resealed(head, present), present, timeMs)
    const raced = (await this.#rows.read({ table, row }, signal)).find(
      (other) => !equalBytes(other.commit.writer, moved.writer) && supersedes(other, head),
    )
    if (raced) await this.#writeOver([moved, raced], { table, row }, await this.#resealed(raced, present), present, raced.commit.timeMs)
  }

  /** The value of a head for a row of the present generation, data keys wrapped anew. */
  async #resealed({ commit, value }: RowHead, present: OwnerKeys): Promise<Uint8Array | null> {
    if (!value) return null
    const { name, versions } = await this.#open(commit, value)
    return await this.#seal(
      { version: 1, name, versions: await rewrapVersions(versions, present, present.wrappingKey, this.#deps) },
      present,
    )
  }

  /** A commit over these heads alone, by a writer of its own: nothing else that this client wrote has seen it. */
  async #writeOver(heads: readonly Version[], key: RowKey, value: Uint8Array | null, keys: OwnerKeys, timeMs: number): Promise<RowDraft> {
    const writer = this.#deps.random.bytes(8)
    const commit: RowDraft = {
      author: keys.identity.publicKey,
      ...key,
      parents: [],
      writer,
      clock: nextClock(heads, writer),
      timeMs,
      value,
    }
    const rows = this.#deps.rowsOf(commit.author)
    await rows.write(key.table, signCommit(commit, keys.identity, this.#deps.crypto), this.#deps.lifetime)
    return commit
  }

  #keyOf(name: string): { table: Uint8Array; row: Uint8Array } {
    return { table: this.#table.token, row: this.#table.rowToken(name) }
  }

  async #write(name: string, heads: readonly RowHead[], value: Uint8Array | null, keys: OwnerKeys): Promise<void> {
    const { clock, lifetime, rowsOf } = this.#deps
    const key = this.#keyOf(name)
    const hex = hexOf(key.row)
    const unsure = this.#unsure.get(hex)
    const commit: RowDraft = {
      author: keys.identity.publicKey,
      ...key,
      parents: heads.map(({ id }) => id).slice(0, LIMITS.rowHeads),
      writer: this.#writer,
      clock: nextClock(unsure ? [...heads, unsure] : heads, this.#writer),
      timeMs: clock.now(),
      value,
    }
    this.#remember(hex, commit)
    await rowsOf(commit.author).write(key.table, signCommit(commit, keys.identity, this.#deps.crypto), lifetime)
    this.#unsure.delete(hex)
  }

  #remember(hex: string, version: Version): void {
    this.#unsure.set(hex, version)
    const [oldest] = this.#unsure.keys()
    if (this.#unsure.size > MAX_UNSURE && oldest !== undefined) this.#unsure.delete(oldest)
  }

  async #seal(manifest: Manifest, keys: OwnerKeys): Promise<Uint8Array> {
    const { crypto, random } = this.#deps
    const { table, row } = this.#keyOf(manifest.name)
    const identity = { author: keys.identity.publicKey, table, row }
    return await sealValue(encodeManifest(manifest), this.#table.valueKey(COLUMN, row), random.bytes(12), identity, crypto)
  }

  async #open({ author, table, row }: RowCommit, value: Uint8Array): Promise<Manifest> {
    return decodeManifest(await openValue(value, this.#table.valueKey(COLUMN, row), { author, table, row }, this.#deps.crypto))
  }

  /** Newest head first, by time, then by id; heads that are deletes do not count beside one that is not. */
  async #objectOf(heads: readonly RowHead[]): Promise<NamedObject | undefined> {
    const manifests: Manifest[] = []
    const ordered = heads.toSorted((a, b) => b.commit.timeMs - a.commit.timeMs || compareBytes(b.id, a.id))
    for (const { commit, value } of ordered) if (value) manifests.push(await this.#open(commit, value))
    const [newest, ...others] = manifests
    const [current, ...earlier] = newest?.versions ?? []
    if (!newest || !current) return undefined
    return { name: newest.name, versions: [current, ...earlier], conflicting: others.map(({ versions }) => versions) }
  }
}
