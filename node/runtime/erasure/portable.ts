/**
 * The portable erasure engine: runs wherever there is WebAssembly, and is the oracle for faster ones, which take the same place and
 * pass the same suite (test/conformance/erasure.ts).
 *
 * Works in slices of 64 KiB per shard: its memory stays flat however long the shards are. Synchronous once loaded.
 *
 * @module
 */
import type { ErasureCode, ErasureEngine } from '@lunarx/core/erasure'
import { itemAt, LIMITS, LunarError } from '@lunarx/core/model'
import { RustModule, type Slices } from './rust-module.ts'

type Sparse = readonly (Uint8Array | undefined)[]

/** Compiles the module, once for the process's life; asynchronous because engines for browsers must be. */
export async function loadErasureEngine(): Promise<ErasureEngine> {
  const module = new RustModule()
  return { name: 'portable-wasm', code: (required, parity) => new PortableCode(module, required, parity) }
}

class PortableCode implements ErasureCode {
  readonly required: number
  readonly total: number
  readonly #module: RustModule

  constructor(module: RustModule, required: number, parity: number) {
    if (!Number.isInteger(required) || !Number.isInteger(parity) || required < 1 || parity < 1 || required + parity > 255)
      throw new RangeError(`no code of ${required} + ${parity} shards`)
    this.required = required
    this.total = required + parity
    this.#module = module
  }

  encode(data: readonly Uint8Array[]): Uint8Array[] {
    if (data.length !== this.required) throw new RangeError(`expected ${this.required} data shards, got ${data.length}`)
    const parity = Array.from({ length: this.total - this.required }, (_, i) => this.required + i)
    return this.#complete(data, parity, (slices) => slices.encode())
  }

  reconstruct(shards: Sparse, wanted: readonly number[]): Uint8Array[] {
    if (wanted.some((index) => !Number.isInteger(index) || index < 0 || index >= this.total))
      throw new RangeError('no such shard in the code')
    const present = Array.from({ length: this.total }, (_, index) => shards[index] !== undefined)
    const found = present.filter(Boolean).length
    if (found < this.required)
      throw new LunarError('TOO_FEW_SHARDS', 'fewer shards than the code requires', { detail: { required: this.required, found } })
    const missing = wanted.filter((index) => !present[index])
    const decodes = present.slice(0, this.required).includes(false)
    const encodes = missing.some((index) => index >= this.required)
    const rebuilt = this.#complete(shards, missing, (slices) => {
      if (decodes) slices.decode(present)
      if (encodes) slices.encode()
    })
    return wanted.map((index) => shards[index] ?? itemAt(rebuilt, missing.indexOf(index)))
  }

  /** Copies `shards` slice by slice to the module, lets `work` complete them, and copies those at `wanted` back. */
  #complete(shards: Sparse, wanted: readonly number[], work: (slices: Slices) => void): Uint8Array[] {
    const shardBytes = commonLength(shards)
    const completed = wanted.map(() => new Uint8Array(shardBytes))
    for (let from = 0; from < shardBytes && wanted.length > 0; from += LIMITS.shareBytes) {
      const sliceBytes = Math.min(LIMITS.shareBytes, shardBytes - from)
      this.#module.withSlices(this.required, this.total - this.required, sliceBytes, (slices) => {
        const bytes = slices.bytes()
        for (let index = 0; index < this.total; index++) {
          const shard = shards[index]
          if (shard !== undefined) bytes.set(shard.subarray(from, from + sliceBytes), index * sliceBytes)
        }
        work(slices)
        const done = slices.bytes()
        for (const [i, shard] of completed.entries()) {
          const index = itemAt(wanted, i)
          shard.set(done.subarray(index * sliceBytes, (index + 1) * sliceBytes), from)
        }
      })
    }
    return completed
  }
}

function commonLength(shards: Sparse): number {
  const lengths = new Set(shards.flatMap((shard) => (shard === undefined ? [] : [shard.length])))
  const [length = 0] = lengths
  if (lengths.size !== 1 || length === 0) throw new RangeError('shards of a set have one length, at least 1 byte')
  return length
}
