/**
 * The owner's keyring row: read by every client, written by rotations. Any device that has the secret finds it, since its author is
 * the root key and its table a name of its own.
 *
 * What was read counts for {@link KEYRING_FRESH_MS}; a rotation waits longer than that before it moves anything, so that no client
 * looks for a row where it was.
 *
 * @module
 */
import { encodeBytes, parseBytes } from '@lunarx/core/document'
import { generationsOf, keyringSchema, mergeKeyrings, type Keyring, type OwnerKeys, type TableKeys } from '@lunarx/core/keys'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { nextClock, signCommit, type RowDraft } from '@lunarx/core/row'
import type { Clock } from '@lunarx/runtime/clock'
import type { Random } from '@lunarx/runtime/random'
import { openValue, sealValue } from '../manifest/index.ts'
import type { RowClient, RowHead } from '../rows/index.ts'

export const KEYRING_FRESH_MS = 10_000
const NAME = 'keyring'

export interface KeyringDeps {
  /** Of any generation. */
  readonly keys: OwnerKeys
  readonly rowsOf: (author: Uint8Array) => RowClient
  readonly clock: Clock
  readonly random: Random
  readonly crypto: CryptoEngine
}

export class KeyringRow {
  readonly #deps: KeyringDeps
  readonly #table: TableKeys
  #known: { readonly keyring: Keyring; readonly readMs: number } | undefined

  constructor(deps: KeyringDeps) {
    this.#deps = deps
    this.#table = deps.keys.table(NAME)
  }

  /** As read a moment ago. @throws {LunarError} NOT_ENOUGH_REPLICAS, WRONG_KEY */
  async current(signal: AbortSignal): Promise<Keyring> {
    const readMs = this.#deps.clock.elapsed()
    if (this.#known && readMs - this.#known.readMs < KEYRING_FRESH_MS) return this.#known.keyring
    const keyring = await this.#keyringOf(await this.#read(signal))
    this.#known = { keyring, readMs }
    return keyring
  }

  /** Keys of the generation that writes now. */
  async keys(signal: AbortSignal): Promise<OwnerKeys> {
    return this.#deps.keys.at((await this.current(signal)).present)
  }

  /** Keys of all generations that are read now, the present one first. */
  async readKeys(signal: AbortSignal): Promise<OwnerKeys[]> {
    return generationsOf(await this.current(signal)).map((generation) => this.#deps.keys.at(generation))
  }

  /** Reads, changes, writes; durable when it resolves. @throws {LunarError} NOT_ENOUGH_REPLICAS */
  async change(change: (keyring: Keyring) => Keyring, signal: AbortSignal): Promise<Keyring> {
    const { keys, rowsOf, clock, random, crypto } = this.#deps
    const heads = await this.#read(signal)
    const keyring = change(await this.#keyringOf(heads))
    const row = { author: keys.root.publicKey, ...this.#key() }
    const value = await sealValue(encodeBytes(keyring), this.#table.valueKey(NAME, row.row), random.bytes(12), row, crypto)
    const writer = random.bytes(8)
    const parents = heads.map(({ id }) => id)
    const commit: RowDraft = { ...row, parents, writer, clock: nextClock(heads, writer), timeMs: clock.now(), value }
    const readMs = clock.elapsed()
    await rowsOf(row.author).write(row.table, signCommit(commit, keys.root, crypto), signal)
    this.#known = { keyring, readMs }
    return keyring
  }

  #key(): { table: Uint8Array; row: Uint8Array } {
    return { table: this.#table.token, row: this.#table.rowToken(NAME) }
  }

  async #read(signal: AbortSignal): Promise<RowHead[]> {
    const { keys, rowsOf } = this.#deps
    return await rowsOf(keys.root.publicKey).read(this.#key(), signal)
  }

  async #keyringOf(heads: readonly RowHead[]): Promise<Keyring> {
    const keyrings: Keyring[] = []
    for (const { commit, value } of heads) {
      if (!value) continue
      const key = this.#table.valueKey(NAME, commit.row)
      keyrings.push(parseBytes(keyringSchema, await openValue(value, key, commit, this.#deps.crypto)))
    }
    return mergeKeyrings(keyrings)
  }
}
