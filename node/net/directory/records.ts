/**
 * Announcements that this peer keeps for others: who says that he serves a key. In memory, bounded in all, by key and by peer; the
 * oldest make room. What a peer announced before it started again is forgotten with its neighbours, not here.
 *
 * The datastore of kad-dht, which would keep any record of anybody for ever, and announce its own again at its own pace: that one is
 * decided elsewhere, so that a query over all keys finds nothing.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import { BaseDatastore } from 'datastore-core'
import type { Key, Pair, Query } from 'interface-datastore'
import { base32 } from 'multiformats/bases/base32'
import { NET_LIMITS } from '../limits.ts'

export interface RecordStoreDeps {
  readonly clock: Clock
  /** This peer may announce: it is known, and no client. */
  readonly mayAnnounce: (peer: string) => boolean
}

export type RecordLimits = Readonly<Record<'records' | 'recordsOfKey' | 'recordsOfPeer' | 'recordMs', number>>

interface Kept extends Pair {
  readonly sinceMs: number
}

/** `/dht/provider/<multihash of the key>/<peer>` */
interface Parsed {
  readonly group: string
  readonly peer: string
}

export class RecordStore extends BaseDatastore {
  readonly #deps: RecordStoreDeps
  readonly #limits: RecordLimits
  /** By their key, then by peer; oldest first. */
  readonly #groups = new Map<string, Map<string, Kept>>()
  /** All of them, oldest first. */
  readonly #order = new Map<string, Parsed>()
  readonly #ofPeer = new Map<string, number>()

  constructor(deps: RecordStoreDeps, limits: RecordLimits = NET_LIMITS.directory) {
    super()
    this.#deps = deps
    this.#limits = limits
  }

  get size(): number {
    return this.#order.size
  }

  /** Who announced the key with this multihash. */
  peersOf(multihash: Uint8Array): string[] {
    this.#forgetOld()
    return [...(this.#groups.get(base32.encode(multihash).slice(1))?.keys() ?? [])]
  }

  /** @throws {LunarError} BAD_MESSAGE: no announcement; UNAUTHORIZED; TOO_MANY_REQUESTS: of this peer */
  override put(key: Key, value: Uint8Array): Key {
    const parsed = parse(key)
    if (!parsed) throw new LunarError('BAD_MESSAGE', 'the directory keeps announcements only')
    const { group, peer } = parsed
    if (!this.#deps.mayAnnounce(peer)) throw new LunarError('UNAUTHORIZED', 'this peer may not announce', { detail: { peer } })
    this.#forgetOld()
    this.#remove(key.toString())
    if ((this.#ofPeer.get(peer) ?? 0) >= this.#limits.recordsOfPeer)
      throw new LunarError('TOO_MANY_REQUESTS', 'the peer has announced too much', { detail: { peer } })
    const kept = this.#groups.get(group) ?? new Map<string, Kept>()
    const [oldest] = kept.values()
    if (kept.size >= this.#limits.recordsOfKey && oldest) this.#remove(oldest.key.toString())
    const [first] = this.#order.keys()
    if (this.#order.size >= this.#limits.records && first !== undefined) this.#remove(first)
    kept.set(peer, { key, value, sinceMs: this.#deps.clock.elapsed() })
    this.#groups.set(group, kept)
    this.#order.set(key.toString(), parsed)
    this.#ofPeer.set(peer, (this.#ofPeer.get(peer) ?? 0) + 1)
    return key
  }

  override get(key: Key): Uint8Array {
    const kept = this.#find(key)
    // as kad-dht expects it
    if (!kept) throw Object.assign(new Error('no such record'), { name: 'NotFoundError' })
    return kept.value
  }

  override has(key: Key): boolean {
    return this.#find(key) !== undefined
  }

  override delete(key: Key): void {
    this.#remove(key.toString())
  }

  /** Those of one key. */
  override async *query({ prefix = '' }: Query): AsyncGenerator<Pair> {
    this.#forgetOld()
    const group = prefix.split('/')[3]
    yield* group === undefined ? [] : [...(this.#groups.get(group)?.values() ?? [])]
  }

  #find(key: Key): Kept | undefined {
    this.#forgetOld()
    const parsed = parse(key)
    return parsed && this.#groups.get(parsed.group)?.get(parsed.peer)
  }

  #forgetOld(): void {
    const { clock } = this.#deps
    for (const [name, { group, peer }] of this.#order) {
      const kept = this.#groups.get(group)?.get(peer)
      if (kept && clock.elapsed() - kept.sinceMs < this.#limits.recordMs) return
      this.#remove(name)
    }
  }

  #remove(name: string): void {
    const parsed = this.#order.get(name)
    if (!parsed) return
    const { group, peer } = parsed
    this.#order.delete(name)
    const kept = this.#groups.get(group)
    kept?.delete(peer)
    if (kept?.size === 0) this.#groups.delete(group)
    const left = (this.#ofPeer.get(peer) ?? 1) - 1
    if (left > 0) this.#ofPeer.set(peer, left)
    else this.#ofPeer.delete(peer)
  }
}

function parse(key: Key): Parsed | undefined {
  const [empty, dht, provider, group, peer, ...rest] = key.toString().split('/')
  const isRecord = empty === '' && dht === 'dht' && provider === 'provider' && rest.length === 0
  return isRecord && group && peer ? { group, peer } : undefined
}
