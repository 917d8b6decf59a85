/**
 * The rows of an owner under all generations of identities in use, as if they were of one author: heads are merged by what they have
 * seen, which does not depend on who signed.
 *
 * @module
 */
import { compareBytes, hexOf } from '@lunarx/core/model'
import { mergeHeads } from '@lunarx/core/row'
import type { RowClient, RowHead, RowKey, RowPage } from '../rows/index.ts'
import type { KeyringRow } from './keyring.ts'

export interface OwnerRowsDeps {
  readonly keyring: KeyringRow
  readonly rowsOf: (author: Uint8Array) => RowClient
}

export class OwnerRows {
  readonly #deps: OwnerRowsDeps

  constructor(deps: OwnerRowsDeps) {
    this.#deps = deps
  }

  /** @throws {LunarError} NOT_ENOUGH_REPLICAS; absence is an empty array, not an error */
  async read(key: RowKey, signal: AbortSignal): Promise<RowHead[]> {
    const authors = await this.#authors(signal)
    return merged(await Promise.all(authors.map((rows) => rows.read(key, signal))))
  }

  /** One page of a table after a row token, as {@link RowClient.list}. */
  async list(table: Uint8Array, after: Uint8Array | null, signal: AbortSignal): Promise<RowPage> {
    const authors = await this.#authors(signal)
    const pages = await Promise.all(authors.map((rows) => rows.list(table, after, signal)))
    // up to the least page end every author has said all it has
    const next = pages.flatMap((page) => page.next ?? []).sort(compareBytes)[0]
    const within = pages.flatMap(({ rows }) => rows).filter(({ row }) => next === undefined || compareBytes(row, next) <= 0)
    const byRow = Map.groupBy(within, ({ row }) => hexOf(row))
    const rows = [...byRow.values()].flatMap((same) => {
      const [first] = same
      return first ? [{ row: first.row, heads: merged(same.map(({ heads }) => heads)) }] : []
    })
    return { rows: rows.sort((a, b) => compareBytes(a.row, b.row)), next }
  }

  async #authors(signal: AbortSignal): Promise<RowClient[]> {
    return (await this.#deps.keyring.readKeys(signal)).map(({ identity }) => this.#deps.rowsOf(identity.publicKey))
  }
}

function merged(heads: readonly (readonly RowHead[])[]): RowHead[] {
  const [only] = heads
  return only && heads.length === 1 ? [...only] : mergeHeads([], heads.flat(), Number.MAX_SAFE_INTEGER)
}
