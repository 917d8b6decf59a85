/**
 * Providers whose rows stay missing, as this tracker found by its own audits: with the rows that show it, of which they are asked until
 * they have proved them for long enough.
 *
 * Durable, so that a tracker which starts again does not take its word back: m ‖ public key of the provider → what is remembered of it.
 * Who was found by other trackers alone is not here: each says what it has seen.
 *
 * @module
 */
import { foundLacking, isForgotten, provedAgain, provingMs, SILENCE, type Lacking, type VerdictWord } from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentId, encodeBytes, parseBytes, signedDocument, type SignedDocument } from '@lunarx/core/document'
import { peerIdOf, publicKeyOf, type PeerId } from '@lunarx/core/membership'
import { concatBytes, count, hexOf, timeMs, utf8 } from '@lunarx/core/model'
import { ROW_COMMIT } from '@lunarx/core/row'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { z } from 'zod'
import { TRACKER_LIMITS } from '../../limits.ts'

const LACKER = utf8('m')
const AFTER = utf8('n')

const rememberedSchema = z.object({
  sinceMs: timeMs,
  times: z.number().int().min(1),
  provedForMs: z.number().nonnegative(),
  overMs: timeMs.nullable(),
  /** What it takes to ask again: a question names a root, whoever is asked. */
  rows: z
    .array(z.object({ draw: signedDocument, root: signedDocument, leaf: count, commit: signedDocument }))
    .max(TRACKER_LIMITS.audit.lackingRows),
})

/** A row that the provider lacked. */
export type LackedRow = z.infer<typeof rememberedSchema>['rows'][number]

/** As the status tells it. */
export interface LackingNow {
  readonly sinceMs: number
  /** Rows that show it. */
  readonly rows: number
  /** It has proved all of them for so long, and has to for so long. */
  readonly provedForMs: number
  readonly provingMs: number
}

interface Lacker {
  lacking: Lacking
  rows: readonly LackedRow[]
  /** When (elapsed) it was asked for each row, by commit as hex, and those of which the newest answer is a proof. In memory. */
  readonly askedMs: Map<string, number>
  readonly proved: Set<string>
  /** When (elapsed) it last proved while all rows were proved. */
  provedMs: number | undefined
}

export interface LackersDeps {
  readonly store: KeyValueStore
  readonly clock: Clock
  readonly crypto: CryptoEngine
  readonly log: Log
}

const fresh = (lacking: Lacking, rows: readonly LackedRow[]): Lacker => ({
  lacking,
  rows,
  askedMs: new Map(),
  proved: new Set(),
  provedMs: undefined,
})

export class Lackers {
  readonly #deps: LackersDeps
  readonly #known = new Map<PeerId, Lacker>()

  private constructor(deps: LackersDeps) {
    this.#deps = deps
  }

  static async open(deps: LackersDeps): Promise<Lackers> {
    const lackers = new Lackers(deps)
    const entries = await deps.store.scan({ from: LACKER, until: AFTER, limit: TRACKER_LIMITS.audit.lackingProviders })
    for (const { key, value } of entries) {
      const { rows, ...lacking } = parseBytes(rememberedSchema, value)
      lackers.#known.set(peerIdOf(key.slice(1)), fresh(lacking, rows))
    }
    return lackers
  }

  /** Undefined: it does not lack rows, as far as this tracker has found. */
  of(provider: PeerId): LackingNow | undefined {
    const known = this.#lacking(provider)
    if (!known) return undefined
    const { sinceMs, provedForMs } = known.lacking
    return { sinceMs, rows: known.rows.length, provedForMs: Math.floor(provedForMs), provingMs: provingMs(known.lacking) }
  }

  /** One more row of it changes nothing: enough show that it lacks rows, and it has not begun to prove them. */
  isPlain(provider: PeerId): boolean {
    const known = this.#lacking(provider)
    return known !== undefined && known.rows.length >= TRACKER_LIMITS.audit.lackingRows && known.lacking.provedForMs === 0
  }

  /** A row of it is missing, and others have shown it. Durable when it resolves. */
  async found(provider: PeerId, row: LackedRow): Promise<void> {
    const before = this.#known.get(provider)
    if (!before && !(await this.#makeRoom())) return
    const rows = before?.lacking.overMs === null ? before.rows : []
    const others = rows.filter(({ commit }) => this.#nameOf(commit) !== this.#nameOf(row.commit))
    const next = fresh(foundLacking(before?.lacking, this.#nowMs), [...others, row].slice(-TRACKER_LIMITS.audit.lackingRows))
    this.#known.set(provider, next)
    if (rows.length === 0) this.#deps.log.warn('a provider lacks rows that others have', { peer: provider, times: next.lacking.times })
    await this.#write(provider)
  }

  /** Rows to be asked for now, of providers that may be asked. */
  due(mayAsk: (provider: PeerId) => boolean): { readonly provider: PeerId; readonly row: LackedRow }[] {
    const nowMs = this.#deps.clock.elapsed()
    return [...this.#known].flatMap(([provider, { lacking, rows, askedMs }]) => {
      if (lacking.overMs !== null || !mayAsk(provider)) return []
      const due = rows.filter(({ commit }) => nowMs - (askedMs.get(this.#nameOf(commit)) ?? Number.NEGATIVE_INFINITY) >= SILENCE.askAgainMs)
      for (const { commit } of due) askedMs.set(this.#nameOf(commit), nowMs)
      return due.map((row) => ({ provider, row }))
    })
  }

  /** What came of asking for one of its rows. Silence changes nothing. Durable when it resolves. */
  async heard(provider: PeerId, { commit }: LackedRow, verdict: VerdictWord): Promise<void> {
    const known = this.#lacking(provider)
    if (!known || verdict === 'silent') return
    if (verdict === 'proved') return await this.#proved(provider, known, this.#nameOf(commit))
    known.proved.delete(this.#nameOf(commit))
    known.provedMs = undefined
    if (known.lacking.provedForMs === 0) return
    known.lacking = foundLacking(known.lacking, this.#nowMs)
    await this.#write(provider)
  }

  /** The row is not to lie with it any more. Where no other shows it, nothing says that it lacks rows. */
  async drop(provider: PeerId, { commit }: LackedRow): Promise<void> {
    const known = this.#lacking(provider)
    if (!known) return
    known.rows = known.rows.filter((row) => this.#nameOf(row.commit) !== this.#nameOf(commit))
    if (known.rows.length === 0) known.lacking = { ...known.lacking, overMs: this.#nowMs }
    await this.#write(provider)
  }

  /** Of those that are gone for good, and of those that were whole again for long, nothing is remembered. */
  async forget(isGone: (provider: PeerId) => boolean): Promise<void> {
    const gone = [...this.#known].filter(([provider, { lacking }]) => isGone(provider) || isForgotten(lacking, this.#nowMs))
    await this.#remove(gone.map(([provider]) => provider))
  }

  async #proved(provider: PeerId, known: Lacker, name: string): Promise<void> {
    known.proved.add(name)
    if (!known.rows.every(({ commit }) => known.proved.has(this.#nameOf(commit)))) return
    const nowMs = this.#deps.clock.elapsed()
    const forMs = known.provedMs === undefined ? 0 : nowMs - known.provedMs
    known.provedMs = nowMs
    if (forMs === 0) return
    known.lacking = provedAgain(known.lacking, forMs, this.#nowMs)
    if (known.lacking.overMs !== null) this.#deps.log.info('a provider proved again the rows that it lacked', { peer: provider })
    await this.#write(provider)
  }

  #lacking(provider: PeerId): Lacker | undefined {
    const known = this.#known.get(provider)
    return known?.lacking.overMs === null ? known : undefined
  }

  #nameOf(commit: SignedDocument): string {
    return hexOf(documentId(ROW_COMMIT, commit, this.#deps.crypto))
  }

  get #nowMs(): number {
    return Math.max(0, Math.floor(this.#deps.clock.now()))
  }

  /** @returns false: so many lack rows now */
  async #makeRoom(): Promise<boolean> {
    if (this.#known.size < TRACKER_LIMITS.audit.lackingProviders) return true
    const over = [...this.#known].filter(([, { lacking }]) => lacking.overMs !== null)
    const [oldest] = over.toSorted(([, a], [, b]) => (a.lacking.overMs ?? 0) - (b.lacking.overMs ?? 0))
    if (!oldest) return false
    await this.#remove([oldest[0]])
    return true
  }

  async #remove(providers: readonly PeerId[]): Promise<void> {
    if (providers.length === 0) return
    for (const provider of providers) this.#known.delete(provider)
    await this.#deps.store.write(providers.map((provider) => ({ remove: keyOf(provider) })))
  }

  async #write(provider: PeerId): Promise<void> {
    const known = this.#known.get(provider)
    if (!known) return
    const value = encodeBytes({ ...known.lacking, rows: known.lacking.overMs === null ? [...known.rows] : [] })
    await this.#deps.store.write([{ put: keyOf(provider), value }])
  }
}

const keyOf = (provider: PeerId): Uint8Array => concatBytes(LACKER, publicKeyOf(provider))
