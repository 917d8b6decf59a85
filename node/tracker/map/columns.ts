/**
 * Columns of numbers and of byte strings, one value per row: what a million rows need is some tens of bytes each, where objects
 * need hundreds, and nothing for the garbage collector to walk through.
 *
 * Made of chunks, so that growing copies nothing. Rows are counted by whoever uses the columns; a row that was never written is 0.
 *
 * @module
 */
type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array

const CHUNK_BITS = 12
const CHUNK_ROWS = 1 << CHUNK_BITS
const IN_CHUNK = CHUNK_ROWS - 1

export class Column {
  readonly #make: (rows: number) => Numbers
  readonly #chunks: Numbers[] = []

  constructor(make: (rows: number) => Numbers) {
    this.#make = make
  }

  get(row: number): number {
    return this.#chunks[row >>> CHUNK_BITS]?.[row & IN_CHUNK] ?? 0
  }

  set(row: number, value: number): void {
    while (this.#chunks.length <= row >>> CHUNK_BITS) this.#chunks.push(this.#make(CHUNK_ROWS))
    const chunk = this.#chunks[row >>> CHUNK_BITS]
    if (chunk) chunk[row & IN_CHUNK] = value
  }
}

export class BytesColumn {
  readonly #width: number
  readonly #chunks: Uint8Array[] = []

  /** @param width bytes of every value */
  constructor(width: number) {
    this.#width = width
  }

  /** A view: good until the row is written again. */
  get(row: number): Uint8Array {
    const at = (row & IN_CHUNK) * this.#width
    return this.#chunk(row).subarray(at, at + this.#width)
  }

  set(row: number, value: Uint8Array): void {
    this.#chunk(row).set(value, (row & IN_CHUNK) * this.#width)
  }

  /** As `compareBytes` of the value and `bytes`, which has at least as many; without making a view. */
  compare(row: number, bytes: Uint8Array): number {
    const chunk = this.#chunk(row)
    const at = (row & IN_CHUNK) * this.#width
    for (let i = 0; i < this.#width; i++) {
      const difference = (chunk[at + i] ?? 0) - (bytes[i] ?? 0)
      if (difference !== 0) return difference
    }
    return 0
  }

  /** Copies the value to `out` from `at` on. */
  copy(row: number, out: Uint8Array, at: number): void {
    const chunk = this.#chunk(row)
    const from = (row & IN_CHUNK) * this.#width
    for (let i = 0; i < this.#width; i++) out[at + i] = chunk[from + i] ?? 0
  }

  #chunk(row: number): Uint8Array {
    while (this.#chunks.length <= row >>> CHUNK_BITS) this.#chunks.push(new Uint8Array(CHUNK_ROWS * this.#width))
    return this.#chunks[row >>> CHUNK_BITS] as Uint8Array
  }
}

/** Hands out rows, those first that were given back last. */
export class Rows {
  readonly #free: number[] = []
  #next: number

  /** @param first the first row; rows below it mean something else */
  constructor(first: number) {
    this.#next = first
  }

  take(): number {
    return this.#free.pop() ?? this.#next++
  }

  giveBack(row: number): void {
    this.#free.push(row)
  }

  /** Above every row that was ever handed out. */
  get end(): number {
    return this.#next
  }
}
