/**
 * The keys of one store in the database, and the right to write them. Who opened them last has it; a writer from before is refused.
 *
 * Each commit moves the sequence of its space on, from what was committed last to a number that was never used before, in the same
 * transaction. So a commit whose answer was lost is tried again without harm: it is found to have been made, or is made now. And one
 * that hangs on a connection that was given up can do nothing any more once a later one was made.
 *
 * @module
 */
import type pg from 'pg'
import { LunarError } from '@lunarx/core/model'
import type { Change } from '@lunarx/runtime/store'

const OPEN = `
  INSERT INTO lunarx_spaces (name, owner, sequence) VALUES ($1, $2, 0)
  ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, sequence = 0 RETURNING id
`
const ADVANCE = 'UPDATE lunarx_spaces SET sequence = $4 WHERE id = $1 AND owner = $2 AND sequence = $3'
const LOOK = 'SELECT owner, sequence FROM lunarx_spaces WHERE id = $1'
const PUT = `
  INSERT INTO lunarx_entries (space, k, v) SELECT $1, n.k, n.v FROM unnest($2::bytea[], $3::bytea[]) AS n (k, v)
  ON CONFLICT (space, k) DO UPDATE SET v = excluded.v
`
const REMOVE = 'DELETE FROM lunarx_entries WHERE space = $1 AND k = ANY ($2::bytea[])'

/** Of each key the last change: the order of others does not matter within a transaction. */
export interface Commit {
  readonly puts: readonly (readonly [key: Uint8Array, value: Uint8Array])[]
  readonly removes: readonly Uint8Array[]
  /** Set by the first try. */
  readonly sequence: number
}

export class Space {
  /** As the database numbers it. */
  readonly id: string
  readonly #owner: string
  /** Committed last, as far as is known here. */
  #committed = 0
  /** Handed out last. */
  #sequence = 0

  private constructor(id: string, owner: string) {
    this.id = id
    this.#owner = owner
  }

  /** @param owner a name that nobody had before; the same when it is tried again */
  static async open(client: pg.Client, name: string, owner: string): Promise<Space> {
    const { rows } = await client.query<{ id: string }>(OPEN, [name, owner])
    return new Space(String(rows[0]?.id), owner)
  }

  plan(changes: Iterable<Change>): Commit {
    const last = new Map<string, Change>()
    for (const change of changes) last.set(textOfKey('put' in change ? change.put : change.remove), change)
    const puts: [Uint8Array, Uint8Array][] = []
    const removes: Uint8Array[] = []
    for (const change of last.values())
      if ('put' in change) puts.push([change.put, change.value])
      else removes.push(change.remove)
    return { puts, removes, sequence: ++this.#sequence }
  }

  /**
   * Durable when it resolves, once however often it is tried. One at a time.
   * @throws what the client throws; {LunarError} STORE_FAILED
   */
  async commit(client: pg.Client, { puts, removes, sequence }: Commit): Promise<void> {
    await client.query('BEGIN')
    const { rowCount } = await client.query(ADVANCE, [this.id, this.#owner, this.#committed, sequence])
    if (rowCount === 1) {
      if (puts.length > 0) await client.query(PUT, [this.id, puts.map(([key]) => bufferOf(key)), puts.map(([, value]) => bufferOf(value))])
      if (removes.length > 0) await client.query(REMOVE, [this.id, removes.map(bufferOf)])
      await client.query('COMMIT')
    } else {
      await client.query('ROLLBACK')
      await this.#settle(client, sequence)
    }
    this.#committed = sequence
  }

  /** Somebody else wrote, or an earlier try came through. @throws unless that was the one of `sequence` */
  async #settle(client: pg.Client, sequence: number): Promise<void> {
    const { rows } = await client.query<{ owner: string; sequence: string }>(LOOK, [this.id])
    if (rows[0]?.owner !== this.#owner)
      throw new LunarError('STORE_FAILED', 'another process has taken over what this tracker keeps in the database', {
        detail: { space: this.id },
        retryable: false,
      })
    this.#committed = Number(rows[0].sequence)
    if (this.#committed !== sequence)
      throw new LunarError('STORE_FAILED', 'an earlier commit came through after it was given up', { detail: { space: this.id } })
  }
}

const textOfKey = (key: Uint8Array): string => String.fromCharCode(...key)

const bufferOf = ({ buffer, byteOffset, length }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, length)
