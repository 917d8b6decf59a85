/**
 * Correction without knowing which shards are wrong, over the `reconstruct` of any engine.
 *
 * Column by column the answer is the only code word within the bound. The bulk is done by the engine: hide those that were wrong
 * last, rebuild all other shards from k, compare. Where found shards disagree, the first such column is decoded (locate.ts), which
 * tells whom to hide next. Sets of wrong shards that change from column to column cost time, not soundness: after a few rounds the
 * columns that are settled are told from the others, and at last each column is decoded by itself.
 *
 * @module
 */
import { LunarError } from '../model/error.ts'
import { itemAt } from '../model/item.ts'
import { LIMITS } from '../model/limits.ts'
import type { Corrected, ErasureCode } from './engine.ts'
import { ErrorLocator, type SymbolError } from './locate.ts'
import { commonLength, foundShards } from './shards.ts'

type Sparse = readonly (Uint8Array | undefined)[]
type Code = Pick<ErasureCode, 'required' | 'total' | 'reconstruct'>

/** Rounds of hiding and rebuilding that settle all columns of a slice or none. */
const WHOLE_ROUNDS = 3
/** Rounds that settle some of its columns, before the others are decoded one by one. */
const PART_ROUNDS = 4

/** What `ErasureCode.correct` does; engines differ in `reconstruct` alone. */
export function correctShards(code: Code, shards: Sparse): Corrected {
  const sizeBytes = commonLength(shards, code.total)
  const correction = new Correction(code, shards, foundShards(shards, code.required), sizeBytes)
  for (let from = 0; from < sizeBytes; from += LIMITS.shareBytes) correction.correct(from, Math.min(from + LIMITS.shareBytes, sizeBytes))
  return correction.result()
}

interface Rebuilt {
  /** Indices: first those checked, then suspects and missing ones. */
  readonly wanted: readonly number[]
  /** As found. */
  readonly checked: Sparse
  /** One for each wanted. */
  readonly shards: readonly Uint8Array[]
}

class Correction {
  readonly #code: Code
  readonly #shards: Sparse
  readonly #found: readonly number[]
  readonly #missing: readonly number[]
  readonly #locator: ErrorLocator
  /** Wrong symbols of one column that can be corrected. */
  readonly #bound: number
  /** Data shards that are not as given. */
  readonly #made = new Map<number, Uint8Array>()
  readonly #wrong = new Set<number>()
  /** Wrong in the columns decoded last, at most the bound: hidden first in the next slice. */
  #suspects: readonly number[] = []

  constructor(code: Code, shards: Sparse, found: readonly number[], sizeBytes: number) {
    this.#code = code
    this.#shards = shards
    this.#found = found
    this.#missing = Array.from({ length: code.required }, (_, index) => index).filter((index) => shards[index] === undefined)
    for (const index of this.#missing) this.#made.set(index, new Uint8Array(sizeBytes))
    this.#bound = (found.length - code.required) >> 1
    this.#locator = new ErrorLocator(code.required, found)
  }

  result(): Corrected {
    const shards = Array.from({ length: this.#code.required }, (_, index) => this.#made.get(index) ?? this.#given(index))
    return { shards, wrong: [...this.#wrong].toSorted((a, b) => a - b) }
  }

  correct(from: number, until: number): void {
    const slices = this.#shards.map((shard) => shard?.subarray(from, until))
    for (let round = 0; round < WHOLE_ROUNDS; round++) {
      const rebuilt = this.#rebuild(slices)
      const column = firstDisagreement(rebuilt.checked, rebuilt.shards)
      if (column === undefined) {
        this.#takeAll(slices, rebuilt, from, undefined)
        return
      }
      this.#suspect(this.#locate(slices, column))
    }
    let open: readonly number[] | undefined
    for (let round = 0; round < PART_ROUNDS; round++) {
      open = this.#settle(slices, from, open)
      const [first] = open
      if (first === undefined) return
      this.#suspect(this.#locate(slices, first))
    }
    this.#settleOneByOne(slices, from, open ?? [])
  }

  /** These, and those before as long as so many can be wrong in one column: a column with more is not within the bound. */
  #suspect(errors: readonly SymbolError[]): void {
    const now = errors.map(({ index }) => index)
    const all = [...new Set([...now, ...this.#suspects])]
    this.#suspects = all.length <= this.#bound ? all : now
  }

  /** Hides the suspects and rebuilds every other shard from k that are trusted. */
  #rebuild(slices: Sparse): Rebuilt {
    const trusted = this.#found.filter((index) => !this.#suspects.includes(index))
    const basis = new Set(trusted.slice(0, this.#code.required))
    const checked = trusted.slice(this.#code.required)
    const wanted = [...checked, ...this.#suspects, ...this.#missing]
    const shards = this.#code.reconstruct(
      slices.map((slice, index) => (basis.has(index) ? slice : undefined)),
      wanted,
    )
    return { wanted, checked: checked.map((index) => slices[index]), shards }
  }

  /**
   * Takes over what is rebuilt in columns where all trusted shards agree.
   * @param open columns still to be settled; undefined: all of the slice
   * @returns those that remain
   */
  #settle(slices: Sparse, from: number, open: readonly number[] | undefined): readonly number[] {
    const rebuilt = this.#rebuild(slices)
    const disagree = disagreement(rebuilt.checked, rebuilt.shards)
    if (disagree === undefined) {
      this.#takeAll(slices, rebuilt, from, open)
      return []
    }
    const columns = open ?? Array.from(disagree, (_, column) => column)
    const settled = columns.filter((column) => disagree[column] === 0)
    this.#takeAll(slices, rebuilt, from, settled)
    return columns.filter((column) => disagree[column] !== 0)
  }

  #takeAll(slices: Sparse, { wanted, checked, shards }: Rebuilt, from: number, columns: readonly number[] | undefined): void {
    for (let i = checked.length; i < wanted.length; i++) {
      const index = itemAt(wanted, i)
      this.#take(index, slices[index], itemAt(shards, i), from, columns)
    }
  }

  /** Takes over a rebuilt slice in these columns; undefined: in all. */
  #take(index: number, given: Uint8Array | undefined, rebuilt: Uint8Array, from: number, columns: readonly number[] | undefined): void {
    if (given !== undefined) {
      const isRight = columns ? columns.every((column) => given[column] === rebuilt[column]) : isSame(given, rebuilt)
      if (isRight) return
      this.#wrong.add(index)
      if (index >= this.#code.required) return
    }
    const target = this.#target(index)
    if (columns === undefined) target.set(rebuilt, from)
    else for (const column of columns) target[from + column] = itemAt(rebuilt, column)
  }

  #settleOneByOne(slices: Sparse, from: number, columns: readonly number[]): void {
    const compact = slices.map((slice) => slice && Uint8Array.from(columns, (column) => itemAt(slice, column)))
    for (const [at, column] of columns.entries())
      for (const { index, difference } of this.#locate(slices, column)) {
        this.#wrong.add(index)
        const symbols = compact[index]
        if (symbols) symbols[at] = itemAt(symbols, at) ^ difference
        if (index < this.#code.required) this.#target(index)[from + column] = itemAt(symbols ?? [], at)
      }
    for (const [i, symbols] of this.#code.reconstruct(compact, this.#missing).entries())
      this.#take(itemAt(this.#missing, i), undefined, scattered(symbols, columns), from, columns)
  }

  #locate(slices: Sparse, column: number): SymbolError[] {
    const errors = this.#locator.locate(this.#found.map((index) => itemAt(slices[index] ?? [], column)))
    if (errors) return errors
    throw new LunarError('TOO_MANY_WRONG_SHARDS', 'more shards are wrong than the code can correct', {
      detail: { required: this.#code.required, found: this.#found.length, correctable: this.#bound },
    })
  }

  #target(index: number): Uint8Array {
    const target = this.#made.get(index) ?? this.#given(index).slice()
    this.#made.set(index, target)
    return target
  }

  #given(index: number): Uint8Array {
    return itemAt(this.#shards as readonly Uint8Array[], index)
  }
}

/** The first column where a rebuilt slice is not as found. */
function firstDisagreement(found: Sparse, rebuilt: readonly Uint8Array[]): number | undefined {
  for (const [i, slice] of found.entries()) {
    const other = itemAt(rebuilt, i)
    if (slice !== undefined && !isSame(slice, other)) return slice.findIndex((symbol, column) => symbol !== other[column])
  }
  return undefined
}

/** For each column 1 where a rebuilt slice is not as found; undefined where all are. */
function disagreement(found: Sparse, rebuilt: readonly Uint8Array[]): Uint8Array | undefined {
  let flags: Uint8Array | undefined
  for (const [i, slice] of found.entries()) {
    const other = itemAt(rebuilt, i)
    if (slice === undefined || isSame(slice, other)) continue
    flags ??= new Uint8Array(slice.length)
    for (let column = 0; column < slice.length; column++) if (slice[column] !== other[column]) flags[column] = 1
  }
  return flags
}

/** Four bytes at a time where both lie so that they can be read that way. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  const words = (a.byteOffset | b.byteOffset) % 4 === 0 ? a.length >> 2 : 0
  const wordsOfA = new Uint32Array(words > 0 ? a.buffer : new ArrayBuffer(0), words > 0 ? a.byteOffset : 0, words)
  const wordsOfB = new Uint32Array(words > 0 ? b.buffer : new ArrayBuffer(0), words > 0 ? b.byteOffset : 0, words)
  for (let i = 0; i < words; i++) if (wordsOfA[i] !== wordsOfB[i]) return false
  for (let i = words * 4; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Symbols at their columns, zeros between. */
function scattered(symbols: Uint8Array, columns: readonly number[]): Uint8Array {
  const slice = new Uint8Array((columns.at(-1) ?? 0) + 1)
  for (const [i, column] of columns.entries()) slice[column] = itemAt(symbols, i)
  return slice
}
