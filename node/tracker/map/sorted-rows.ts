/**
 * Row numbers in an order that their rows have, in leaves of some hundreds: found, added and removed in logarithmic time, counted
 * and walked through range by range. Four bytes per row.
 *
 * The order is the caller's, and must not change while a row is in the list.
 *
 * @module
 */
const LEAF_ROWS = 512

interface Leaf {
  readonly rows: Uint32Array
  count: number
}

/** A place between rows. */
interface Place {
  readonly leaf: number
  readonly at: number
}

export class SortedRows {
  readonly #compare: (row: number, key: Uint8Array) => number
  readonly #leaves: Leaf[] = []
  #size = 0

  /** @param compare below 0: the row comes before the key; 0: the key is the row's */
  constructor(compare: (row: number, key: Uint8Array) => number) {
    this.#compare = compare
  }

  get size(): number {
    return this.#size
  }

  /** The row with this key; 0: there is none. */
  find(key: Uint8Array): number {
    const row = this.#rowAt(this.#lowerBound(key))
    return row !== 0 && this.#compare(row, key) === 0 ? row : 0
  }

  /** @param key of the row, which must not be in the list yet */
  add(row: number, key: Uint8Array): void {
    const { leaf: number, at } = this.#lowerBound(key)
    const leaf = this.#leaves[number] ?? this.#newLeaf()
    if (leaf.count === LEAF_ROWS) {
      this.#split(number, at)
      this.add(row, key)
      return
    }
    leaf.rows.copyWithin(at + 1, at, leaf.count)
    leaf.rows[at] = row
    leaf.count++
    this.#size++
  }

  /** @param key of a row in the list */
  remove(key: Uint8Array): void {
    const { leaf: number, at } = this.#lowerBound(key)
    const leaf = this.#leaves[number]
    if (!leaf) return
    leaf.rows.copyWithin(at, at + 1, leaf.count)
    leaf.count--
    this.#size--
    this.#join(number)
  }

  /** Rows with from <= key < until; undefined: to the end. */
  *range(from: Uint8Array, until: Uint8Array | undefined): Generator<number> {
    const end = this.#end(until)
    const { leaf: first, at: firstAt } = this.#lowerBound(from)
    for (let number = first; number <= end.leaf; number++) {
      const leaf = this.#leaves[number]
      const stop = end.leaf === number ? end.at : (leaf?.count ?? 0)
      for (let at = number === first ? firstAt : 0; at < stop; at++) yield leaf?.rows[at] ?? 0
    }
  }

  /** How many rows {@link range} yields. */
  count(from: Uint8Array, until: Uint8Array | undefined): number {
    const begin = this.#lowerBound(from)
    const end = this.#end(until)
    let rows = end.at - begin.at
    for (let number = begin.leaf; number < end.leaf; number++) rows += this.#leaves[number]?.count ?? 0
    return Math.max(0, rows)
  }

  #end(until: Uint8Array | undefined): Place {
    return until ? this.#lowerBound(until) : { leaf: this.#leaves.length, at: 0 }
  }

  #rowAt({ leaf, at }: Place): number {
    const found = this.#leaves[leaf]
    return found && at < found.count ? (found.rows[at] ?? 0) : 0
  }

  /** In front of the first row that is not before the key; behind the last row of the last leaf if there is none. */
  #lowerBound(key: Uint8Array): Place {
    let low = 0
    let high = this.#leaves.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#compare(this.#last(middle), key) < 0) low = middle + 1
      else high = middle
    }
    const leaf = this.#leaves[low]
    if (!leaf) return { leaf: low, at: 0 }
    let from = 0
    let to = leaf.count
    while (from < to) {
      const middle = (from + to) >> 1
      if (this.#compare(leaf.rows[middle] as number, key) < 0) from = middle + 1
      else to = middle
    }
    return { leaf: low, at: from }
  }

  #last(number: number): number {
    const leaf = this.#leaves[number] as Leaf
    return leaf.rows[leaf.count - 1] as number
  }

  #newLeaf(): Leaf {
    const leaf = { rows: new Uint32Array(LEAF_ROWS), count: 0 }
    this.#leaves.push(leaf)
    return leaf
  }

  /** Cuts a full leaf in halves; at its end, where sorted rows arrive, it stays full instead. */
  #split(number: number, at: number): void {
    const leaf = this.#leaves[number] as Leaf
    const kept = at === LEAF_ROWS && number === this.#leaves.length - 1 ? LEAF_ROWS - 1 : LEAF_ROWS / 2
    const rows = new Uint32Array(LEAF_ROWS)
    rows.set(leaf.rows.subarray(kept))
    this.#leaves.splice(number + 1, 0, { rows, count: LEAF_ROWS - kept })
    leaf.count = kept
  }

  /** Takes a neighbour in when both have become small; an empty leaf goes. */
  #join(number: number): void {
    const leaf = this.#leaves[number] as Leaf
    const next = this.#leaves[number + 1]
    if (leaf.count === 0) this.#leaves.splice(number, 1)
    else if (next && leaf.count + next.count <= LEAF_ROWS / 2) {
      leaf.rows.set(next.rows.subarray(0, next.count), leaf.count)
      leaf.count += next.count
      this.#leaves.splice(number + 1, 1)
    }
  }
}
